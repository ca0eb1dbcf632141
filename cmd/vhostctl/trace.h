/* SPDX-License-Identifier: GPL-2.0-or-later */
/* trace.h - vhostctl trace. */
#ifndef VHOSTCTL_TRACE_H
#define VHOSTCTL_TRACE_H

#include "tool.h"

extern const struct command trace_command;

#endif
