/* SPDX-License-Identifier: GPL-2.0-or-later */
/* send.h - vhostctl send. */
#ifndef VHOSTCTL_SEND_H
#define VHOSTCTL_SEND_H

#include "tool.h"

extern const struct command send_command;

#endif
