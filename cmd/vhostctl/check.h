/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check.h - vhostctl check. */
#ifndef VHOSTCTL_CHECK_H
#define VHOSTCTL_CHECK_H

#include "tool.h"

extern const struct command check_command;

#endif
