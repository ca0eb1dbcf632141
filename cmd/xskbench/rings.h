/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rings.h - what a descriptor costs in the rings themselves, and a system call beside. */
#ifndef XSKBENCH_RINGS_H
#define XSKBENCH_RINGS_H

#include "tool.h"

extern const struct command rings_command;

#endif
