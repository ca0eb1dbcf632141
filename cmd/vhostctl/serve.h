/* SPDX-License-Identifier: GPL-2.0-or-later */
/* serve.h - vhostctl serve. */
#ifndef VHOSTCTL_SERVE_H
#define VHOSTCTL_SERVE_H

#include "tool.h"

extern const struct command serve_command;

#endif
