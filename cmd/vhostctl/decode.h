/* SPDX-License-Identifier: GPL-2.0-or-later */
/* decode.h - vhostctl decode. */
#ifndef VHOSTCTL_DECODE_H
#define VHOSTCTL_DECODE_H

#include "tool.h"

extern const struct command decode_command;

#endif
