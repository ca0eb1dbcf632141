/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rows.h - the sockets of one sample, one at a time, as they will be shown. */
#ifndef UDIAG_MEM_ROWS_H
#define UDIAG_MEM_ROWS_H

#include "gather.h"
#include "past.h"
#include "summary.h"
#include "view.h"

struct rows {
	struct ctx *c;
	const struct view *view;
	const struct places *places;
	const struct gathered *got;
	struct past *past; /* NULL: not watching */
	struct opt_u64 time, sample;
	bool whole;         /* rows_wanted gives all that is shown */
	struct summary sum; /* of those that rows_wanted gave */
	bool fails;         /* one of them met a --fail-if */
};

/* Row i, whether wanted or not. False if it is gone. */
bool rows_get(const struct rows *r, size_t i, struct sock *s) NONNULL(1, 3);

/* Row i if it is wanted; it is counted. Call once for each row of a sample. Of its other
 * end there is only what filters, order and sums look at. */
bool rows_wanted(struct rows *r, size_t i, struct sock *s) NONNULL(1, 3);

/* print.c: the sockets themselves, sorted if asked. Returns 0 or -errno. */
MUST_CHECK int rows_print(struct rows *r) NONNULL(1);

#endif
