/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Orders of rows by number and by text, and the order of the table itself. */
#include "order.h"
#include "table.h"

#include <assert.h>
#include <stdlib.h>

enum { ROWS = 5000 };

struct thing {
	struct opt_u64 number;
	double real;
	struct bytes text;
};

static const struct field fields[] = {
	FIELD(thing, number, SHOW, "may be absent"),
	FIELD(thing, real, SHOW, "of either sign"),
	FIELD(thing, text, SHOW, "may be absent"),
};

static struct thing things[ROWS];
static char letters[ROWS][3];

static void make_things(void)
{
	for (int i = 0; i < ROWS; i++) {
		struct thing *t = &things[i];

		t->real = (rand() % 200 - 100) / 8.0;
		if (rand() % 5)
			t->number = some_u64((uint64_t)rand() % 50 << rand() % 60);
		if (rand() % 5) {
			for (int k = 0; k < 3; k++)
				letters[i][k] = (char)(rand() % 256);
			t->text = (struct bytes){ letters[i], (size_t)(rand() % 4) };
		}
	}
}

/* What order.h promises of two rows, one after the other. */
static bool in_order(const struct order *o, uint32_t a, uint32_t b)
{
	struct value x = field_value(o->by, &things[a]);
	struct value y = field_value(o->by, &things[b]);
	int r = value_compare(&x, &y);

	if (o->descending && !value_absent(&x) && !value_absent(&y))
		r = -r;
	return r < 0 || (r == 0 && a < b);
}

static void check(const struct field *by, bool descending, uint64_t top)
{
	struct order o = { .by = by, .descending = descending, .top = top };
	bool taken[ROWS] = { 0 };

	for (uint32_t i = 0; i < ROWS; i++)
		assert(!order_add(&o, i, &things[i]));
	assert(!order_finish(&o));
	assert(o.n == (top ? top : ROWS));
	for (size_t i = 0; i < o.n; i++) {
		assert(!i || in_order(&o, o.v[i - 1].row, o.v[i].row));
		taken[o.v[i].row] = true;
	}
	for (uint32_t i = 0; i < ROWS; i++) /* none of the others is before the last */
		assert(taken[i] || in_order(&o, o.v[o.n - 1].row, i));
	order_free(&o);
}

static void check_table(void)
{
	struct table t = { 0 };

	assert(!table_sort(&t));
	for (int i = 0; i < ROWS; i++) {
		struct sock s = { .inode = (uint32_t)rand() | 1,
				  .cookie = some_u64((uint64_t)i + 1) };

		s.alloc_bytes = some_u64(s.inode);
		assert(table_put(&t, &s, 0) >= 0);
	}
	assert(!table_sort(&t));
	assert(t.n == ROWS);
	for (size_t i = 0; i < t.n; i++) {
		assert(!i || t.v[i - 1].inode <= t.v[i].inode);
		assert(t.v[i].alloc == t.v[i].inode);
		assert(table_find(&t, t.v[i].inode)->inode == t.v[i].inode);
	}
	table_free(&t);
}

int main(void)
{
	srand(1);
	make_things();
	for (size_t i = 0; i < COUNT(fields); i++)
		for (int descending = 0; descending < 2; descending++) {
			check(&fields[i], descending, 0);
			check(&fields[i], descending, 1);
			check(&fields[i], descending, 700);
		}
	check_table();
	return 0;
}
