/* SPDX-License-Identifier: GPL-2.0-or-later */
/* blk_command.h - vhostctl blk. */
#ifndef VHOSTCTL_BLK_COMMAND_H
#define VHOSTCTL_BLK_COMMAND_H

#include "tool.h"

extern const struct command blk_command;

#endif
