/* SPDX-License-Identifier: GPL-2.0-or-later */
/* run.h - the command run. */
#ifndef TASKSTAT_RUN_H
#define TASKSTAT_RUN_H

#include "tool.h"

extern const struct command run_command;

#endif
