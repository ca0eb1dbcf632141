/* SPDX-License-Identifier: GPL-2.0-or-later */
/* filter.h - conditions on the columns of a record, as people write them. */
#ifndef LIB_FILTER_H
#define LIB_FILTER_H

#include "rec.h"

enum filter_op {
	FILTER_IS,
	FILTER_IS_NOT,
	FILTER_LESS,
	FILTER_LESS_EQUAL,
	FILTER_MORE,
	FILTER_MORE_EQUAL,
};

struct filter_term {
	const struct field *field;
	enum filter_op op;
	const char *words; /* of the first two, separated by commas */
	double number;     /* of the other comparisons */
	uint64_t exact;    /* the same where it is a whole number */
	uint64_t bit;      /* of a bare word: mask, 0 for a column that is yes or no */
	bool bare;
};

/* Terms that must all hold. Zeroed is empty, which every record passes. */
struct filter {
	struct filter_term *v; /* owned */
	size_t n;
};

/*
 * Adds one term for records of type rec. expr, which must outlive the filter, is
 *   COLUMN=WORD[,WORD...]  any of the words; text and names by glob(7), names in any case
 *   COLUMN!=WORD[,...]     none of them
 *   COLUMN>N  >=  <  <=    a number, with the units of the column: 64K, 5ms, 25%
 *   WORD  !WORD            a bit's name or a column that is yes or no
 * COLUMN may be shortened while it stays unique. An absent value passes != and !WORD
 * only. Returns 0, -ENOMEM, or -EINVAL with a sentence about the wrong word appended to
 * why.
 */
MUST_CHECK int filter_add(struct filter *f, const struct record *rec, const char *expr,
			  struct buf *why) NONNULL(1, 2, 3, 4);

/* Whether row passes all terms. */
bool filter_match(const struct filter *f, const void *row) NONNULL(1, 2);

/* Whether some term is about the column: work for columns nobody asks about can be left.
 */
bool filter_uses(const struct filter *f, const char *column) NONNULL(1, 2);

void filter_free(struct filter *f) NONNULL(1);

#endif
