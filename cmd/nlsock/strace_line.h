/* SPDX-License-Identifier: GPL-2.0-or-later */
/* strace_line.h - private to strace.c: a line, and how one walks along it. Pure. */
#ifndef NLSOCK_STRACE_LINE_H
#define NLSOCK_STRACE_LINE_H

#include "util.h"

/* What is left of a line; it is no string. */
struct line {
	const char *at, *end;
};

/* Whether it starts with a word; where a word is, or NULL. */
bool line_starts(const struct line *l, const char *with) NONNULL(1, 2);
const char *line_find(const struct line *l, const char *what) NONNULL(1, 2);

/* Digits, -1 where there are none; no greater than INT32_MAX. */
long line_number(struct line *l) NONNULL(1);
/* The name of a call, in name, which has STRACE_NAME bytes. False: there is none. */
enum { STRACE_NAME = 24 };
bool line_name(struct line *l, char *name) NONNULL(1, 2);
/* The pid, 0 without one, and times, before a call. */
long line_prefix(struct line *l) NONNULL(1);
/* The byte of an escape within quotes, after its backslash; there is one more at least.
 */
char line_escape(struct line *l) NONNULL(1);
/* What a call returned, -1 for an error and what is not there. */
long line_result(const struct line *l) NONNULL(1);

#endif
