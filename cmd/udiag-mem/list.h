/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UDIAG_MEM_LIST_H
#define UDIAG_MEM_LIST_H

#include "tool.h"

extern const struct command list_command;

#endif
