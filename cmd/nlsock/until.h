/* SPDX-License-Identifier: GPL-2.0-or-later */
/* until.h - a condition on what was printed. Pure. */
#ifndef NLSOCK_UNTIL_H
#define NLSOCK_UNTIL_H

#include "buf.h"

/*
 * Whether a line of JSON has, at the path a.b.c, the value that PATH=VALUE says: its
 * text, or one of the items of an array; VALUE may have glob(7) patterns. n is the line's
 * length. PATH alone: whether it is there and not null.
 */
bool until_holds(const char *condition, const char *line, size_t n) NONNULL(1, 2);

#endif
