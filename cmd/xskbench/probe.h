/* SPDX-License-Identifier: GPL-2.0-or-later */
/* probe.h - what an interface and this kernel can do for AF_XDP; changes nothing. */
#ifndef XSKBENCH_PROBE_H
#define XSKBENCH_PROBE_H

#include "tool.h"

extern const struct command probe_command;

#endif
