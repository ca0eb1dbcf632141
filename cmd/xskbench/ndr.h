/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ndr.h - the highest rate at which nothing is lost. */
#ifndef XSKBENCH_NDR_H
#define XSKBENCH_NDR_H

#include "tool.h"

extern const struct command ndr_command;

#endif
