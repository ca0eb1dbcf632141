/* SPDX-License-Identifier: GPL-2.0-or-later */
/* listen.h - the command listen. */
#ifndef TASKSTAT_LISTEN_H
#define TASKSTAT_LISTEN_H

#include "tool.h"

extern const struct command listen_command;

#endif
