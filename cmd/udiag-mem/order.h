/* SPDX-License-Identifier: GPL-2.0-or-later */
/* order.h - rows by the value of a column, 16 bytes each. */
#ifndef UDIAG_MEM_ORDER_H
#define UDIAG_MEM_ORDER_H

#include "rec.h"

struct order_row {
	uint64_t key;
	uint32_t row;
	bool absent;
};

/* Zeroed but for the first three, which the caller sets. */
struct order {
	const struct field *by; /* NULL: as they come */
	bool descending;
	uint64_t top; /* only so many are wanted, 0 for all */
	struct order_row *v;
	size_t n, cap;
	struct buf texts; /* keys that are bytes: length and content */
};

/* Takes row number `row`, whose record this is. Returns 0 or -ENOMEM. */
MUST_CHECK int order_add(struct order *o, uint32_t row, const void *record) NONNULL(1, 3);

/* As order_add for a record whose key is known to be this number. */
MUST_CHECK int order_add_key(struct order *o, uint32_t row, uint64_t key) NONNULL(1);

/* Sorts: v[0..n) are the rows wanted, absent values last, equal ones by row if rows were
 * added so. Returns 0 or -ENOMEM. */
MUST_CHECK int order_finish(struct order *o) NONNULL(1);
void order_free(struct order *o) NONNULL(1);

/* Sorts n rows by their keys alone, absent ones last, equal ones in the order that they
 * have. Returns 0 or -ENOMEM. */
MUST_CHECK int order_by_number(struct order_row *v, size_t n, bool descending);

#endif
