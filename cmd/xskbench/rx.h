/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rx.h - what receiving costs: the kernel itself is the source. */
#ifndef XSKBENCH_RX_H
#define XSKBENCH_RX_H

#include "tool.h"

extern const struct command rx_command;

#endif
