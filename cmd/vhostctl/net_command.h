/* SPDX-License-Identifier: GPL-2.0-or-later */
/* net_command.h - vhostctl net. */
#ifndef VHOSTCTL_NET_COMMAND_H
#define VHOSTCTL_NET_COMMAND_H

#include "tool.h"

extern const struct command net_command;

#endif
