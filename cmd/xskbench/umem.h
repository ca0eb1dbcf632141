/* SPDX-License-Identifier: GPL-2.0-or-later */
/* umem.h - what registering and touching a UMEM costs, by the kind of its pages. */
#ifndef XSKBENCH_UMEM_H
#define XSKBENCH_UMEM_H

#include "tool.h"

extern const struct command umem_command;

#endif
