/* SPDX-License-Identifier: GPL-2.0-or-later */
/* get.h - the command get. */
#ifndef TASKSTAT_GET_H
#define TASKSTAT_GET_H

#include "tool.h"

extern const struct command get_command;

#endif
