/* SPDX-License-Identifier: GPL-2.0-or-later */
/* diff.h - vhostctl diff. */
#ifndef VHOSTCTL_DIFF_H
#define VHOSTCTL_DIFF_H

#include "tool.h"

extern const struct command diff_command;

#endif
