/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pair.h - from one AF_XDP socket to another: what both cost, and where packets are lost.
 */
#ifndef XSKBENCH_PAIR_H
#define XSKBENCH_PAIR_H

#include "tool.h"

extern const struct command pair_command;

#endif
