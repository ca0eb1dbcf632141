/* SPDX-License-Identifier: GPL-2.0-or-later */
/* probe.h - vhostctl probe. */
#ifndef VHOSTCTL_PROBE_H
#define VHOSTCTL_PROBE_H

#include "tool.h"

extern const struct command probe_command;

#endif
