/* SPDX-License-Identifier: GPL-2.0-or-later */
/* order.c - sorting rows by one column; pure. */
#include "order.h"

#include <errno.h>
#include <stdlib.h>

static struct bytes text_at(const struct order *o, uint64_t at)
{
	uint32_t n;

	memcpy(&n, o->texts.p + at, sizeof(n));
	return (struct bytes){ o->texts.p + at + sizeof(n), n };
}

static int compare_texts(const struct order *o, uint64_t a, uint64_t b)
{
	struct bytes x = text_at(o, a), y = text_at(o, b);
	int r = memcmp(x.p, y.p, MIN(x.n, y.n));

	return r ? r : (x.n > y.n) - (x.n < y.n);
}

static int compare(const void *va, const void *vb, void *arg)
{
	const struct order_row *a = va, *b = vb;
	const struct order *o = arg;
	int r;

	if (a->absent != b->absent)
		return a->absent - b->absent;
	r = a->absent ? 0 : compare_texts(o, a->key, b->key);
	if (o->descending)
		r = -r;
	return r ? r : (a->row > b->row) - (a->row < b->row);
}

enum { DIGITS = sizeof(uint64_t) + 1, VALUES = 256 };

/* Digit 0 is the least of the key, the last one is whether there is a key. */
static unsigned int digit_of(const struct order_row *row, bool descending,
			     unsigned int digit)
{
	if (digit == DIGITS - 1)
		return row->absent;
	if (row->absent)
		return 0;
	return (descending ? ~row->key : row->key) >> 8 * digit & (VALUES - 1);
}

/* Moves rows to `to` in the order of one digit, those that share it in the order that
 * they have. False if all share it: nothing was moved. */
static bool sort_by_digit(const struct order_row *v, size_t n, bool descending,
			  unsigned int digit, struct order_row *to)
{
	size_t start[VALUES] = { 0 }, sum = 0;

	for (size_t i = 0; i < n; i++)
		start[digit_of(&v[i], descending, digit)]++;
	for (size_t i = 0; i < VALUES; i++) {
		size_t count = start[i];

		if (count == n)
			return false;
		start[i] = sum;
		sum += count;
	}
	for (size_t i = 0; i < n; i++)
		to[start[digit_of(&v[i], descending, digit)]++] = v[i];
	return true;
}

int order_by_number(struct order_row *v, size_t n, bool descending)
{
	struct order_row *spare = n ? reallocarray(NULL, n, sizeof(*spare)) : NULL;
	struct order_row *from = v, *to = spare;

	if (!spare)
		return n ? -ENOMEM : 0;
	for (unsigned int digit = 0; digit < DIGITS; digit++)
		if (sort_by_digit(from, n, descending, digit, to)) {
			to = from;
			from = from == v ? spare : v;
		}
	if (from != v)
		memcpy(v, from, n * sizeof(*v));
	free(spare);
	return 0;
}

static int cut(struct order *o)
{
	int r = 0;

	if (o->by && o->texts.n)
		qsort_r(o->v, o->n, sizeof(*o->v), compare, o);
	else if (o->by)
		r = order_by_number(o->v, o->n, o->descending);
	if (o->top && o->n > o->top)
		o->n = o->top;
	return r;
}

static int make_room(struct order *o)
{
	size_t cap = o->cap ? o->cap * 2 : 1024;
	struct order_row *v;

	/* of a few wanted ones only candidates are kept */
	if (o->top && o->cap >= 2 * o->top && o->by)
		return cut(o);
	v = reallocarray(o->v, cap, sizeof(*v));
	if (!v)
		return -ENOMEM;
	o->v = v;
	o->cap = cap;
	return 0;
}

static int add(struct order *o, struct order_row row)
{
	int r = o->n == o->cap ? make_room(o) : 0;

	if (!r)
		o->v[o->n++] = row;
	return r;
}

int order_add_key(struct order *o, uint32_t row, uint64_t key)
{
	return add(o, (struct order_row){ .key = key, .row = row });
}

/* A number whose unsigned order is that of the value. */
static uint64_t ordered(const struct value *v)
{
	uint64_t bits;

	switch ((enum value_kind)v->kind) {
	case VALUE_BOOL:
		return v->b;
	case VALUE_U64:
		return v->u;
	case VALUE_I64:
		return (uint64_t)v->i ^ 1ULL << 63;
	case VALUE_F64:
		memcpy(&bits, &v->f, sizeof(bits));
		return bits >> 63 ? ~bits : bits | 1ULL << 63;
	default:
		return 0;
	}
}

int order_add(struct order *o, uint32_t row, const void *record)
{
	struct value v = { 0 };
	uint64_t key;
	uint32_t n;

	if (!o->by)
		return order_add_key(o, row, 0);
	v = field_value(o->by, record);
	if (value_absent(&v))
		return add(o, (struct order_row){ .row = row, .absent = true });
	if (v.kind != VALUE_BYTES)
		return order_add_key(o, row, ordered(&v));
	key = o->texts.n;
	n = (uint32_t)v.s.n;
	buf_add(&o->texts, &n, sizeof(n));
	buf_add(&o->texts, v.s.p, n);
	return o->texts.err ? o->texts.err : order_add_key(o, row, key);
}

int order_finish(struct order *o)
{
	return cut(o);
}

void order_free(struct order *o)
{
	free(o->v);
	buf_free(&o->texts);
}
