/* SPDX-License-Identifier: GPL-2.0-or-later */
/* suite.h - all tests, and where the time goes. */
#ifndef XSKBENCH_SUITE_H
#define XSKBENCH_SUITE_H

#include "tool.h"

extern const struct command suite_command;

#endif
