/* SPDX-License-Identifier: GPL-2.0-or-later */
/* table_sort.c - the kernel lists sockets in no order; here they get one; pure. */
#include "order.h"
#include "table.h"

#include <errno.h>
#include <stdlib.h>

/* Lets each entry move once, along the cycles of the permutation. */
static void permute(struct entry *v, struct order_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct entry first = v[i];
		size_t at = i;

		while (rows[at].row != i) {
			size_t from = rows[at].row;

			v[at] = v[from];
			rows[at].row = (uint32_t)at;
			at = from;
		}
		v[at] = first;
		rows[at].row = (uint32_t)at;
	}
}

int table_sort(struct table *t)
{
	struct order_row *rows = t->n ? reallocarray(NULL, t->n, sizeof(*rows)) : NULL;
	int r;

	if (!rows)
		return t->n ? -ENOMEM : 0;
	for (size_t i = 0; i < t->n; i++)
		rows[i] = (struct order_row){ .key = t->v[i].inode, .row = (uint32_t)i };
	r = order_by_number(rows, t->n, false);
	if (!r) {
		permute(t->v, rows, t->n);
		table_index(t);
	}
	free(rows);
	return r;
}
