/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef XSKBENCH_PAIR_H
#define XSKBENCH_PAIR_H

#include "tool.h"

extern const struct command pair_command;

#endif
