/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tx.h - what sending costs: into a program that counts and drops, or an ifb. */
#ifndef XSKBENCH_TX_H
#define XSKBENCH_TX_H

#include "tool.h"

extern const struct command tx_command;

#endif
