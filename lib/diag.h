/* SPDX-License-Identifier: GPL-2.0-or-later */
/* diag.h - what a tool says on stderr, and the status it ends with. */
#ifndef LIB_DIAG_H
#define LIB_DIAG_H

#include "util.h"

enum status {
	STATUS_DONE = 0,
	STATUS_FAILED = 1,
	STATUS_USAGE = 2,
	STATUS_INCOMPLETE = 3, /* printed, but something is missing */
	STATUS_TRUE = 4,       /* the condition that the caller asked about holds */
};

struct diag {
	const char *tool;
	bool quiet, verbose;
};

/*
 * One line on stderr, "TOOL: what: why (ERRNO): hint". err is an errno or -errno, 0 for
 * none; hint says what to do about it, NULL for none. what is a format. Names in it may
 * hold any bytes: the whole line is escaped. Returns STATUS_FAILED.
 */
int diag_fail(const struct diag *d, int err, const char *hint, const char *what, ...)
	PRINTF(4, 5) NONNULL(1, 4);

/* A wrong word on the command line. Returns STATUS_USAGE. */
int diag_usage(const struct diag *d, const char *what, ...) PRINTF(2, 3) NONNULL(1, 2);

/* Said unless --quiet; said only with --verbose. */
void diag_warn(const struct diag *d, const char *what, ...) PRINTF(2, 3) NONNULL(1, 2);
void diag_info(const struct diag *d, const char *what, ...) PRINTF(2, 3) NONNULL(1, 2);

/* The word of the list (NULL-terminated) that is nearest to word (n bytes), or NULL. */
const char *nearest(const char *word, size_t n, const char *const *list) NONNULL(1, 3);

#endif
