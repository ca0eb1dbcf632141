/* SPDX-License-Identifier: GPL-2.0-or-later */
/* info.h - the command info. */
#ifndef TASKSTAT_INFO_H
#define TASKSTAT_INFO_H

#include "tool.h"

extern const struct command info_command;

#endif
