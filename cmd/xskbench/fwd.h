/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fwd.h - what forwarding costs: packets go back from the frames that they came in. */
#ifndef XSKBENCH_FWD_H
#define XSKBENCH_FWD_H

#include "tool.h"

extern const struct command fwd_command;

#endif
