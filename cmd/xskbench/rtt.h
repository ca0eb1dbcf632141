/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rtt.h - how long a packet takes to another AF_XDP socket and back.
 */
#ifndef XSKBENCH_RTT_H
#define XSKBENCH_RTT_H

#include "tool.h"

extern const struct command rtt_command;

#endif
