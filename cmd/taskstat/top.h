/* SPDX-License-Identifier: GPL-2.0-or-later */
/* top.h - the command top. */
#ifndef TASKSTAT_TOP_H
#define TASKSTAT_TOP_H

#include "tool.h"

extern const struct command top_command;

#endif
