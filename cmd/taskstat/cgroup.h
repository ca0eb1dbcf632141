/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cgroup.h - the command cgroup. */
#ifndef TASKSTAT_CGROUP_H
#define TASKSTAT_CGROUP_H

#include "tool.h"

extern const struct command cgroup_command;

#endif
