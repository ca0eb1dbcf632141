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

static int compare(const struct order_row *a, const struct order_row *b,
		   const struct order *o)
{
	int r;

	if (a->absent != b->absent)
		return a->absent - b->absent;
	if (o->texts.n && !a->absent)
		r = compare_texts(o, a->key, b->key);
	else
		r = (a->key > b->key) - (a->key < b->key);
	if (o->descending)
		r = -r;
	return r ? r : (a->row > b->row) - (a->row < b->row);
}

/* Lets v[at] sink to its place in a heap of n whose greatest is on top. */
static void sink_down(struct order *o, size_t at, size_t n)
{
	struct order_row row = o->v[at];

	for (size_t child; (child = 2 * at + 1) < n; at = child) {
		if (child + 1 < n && compare(&o->v[child], &o->v[child + 1], o) < 0)
			child++;
		if (compare(&row, &o->v[child], o) >= 0)
			break;
		o->v[at] = o->v[child];
	}
	o->v[at] = row;
}

/* By heap: qsort(3) would take as much memory again. */
static void sort(struct order *o)
{
	for (size_t i = o->n / 2; i--;)
		sink_down(o, i, o->n);
	for (size_t n = o->n; n-- > 1;) {
		struct order_row greatest = o->v[0];

		o->v[0] = o->v[n];
		o->v[n] = greatest;
		sink_down(o, 0, n);
	}
}

static void cut(struct order *o)
{
	if (o->by)
		sort(o);
	if (o->top && o->n > o->top)
		o->n = o->top;
}

static int make_room(struct order *o)
{
	size_t cap = o->cap ? o->cap * 2 : 1024;
	struct order_row *v;

	/* of a few wanted ones only candidates are kept */
	if (o->top && o->cap >= 2 * o->top && o->by) {
		cut(o);
		return 0;
	}
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

void order_finish(struct order *o)
{
	cut(o);
}

void order_free(struct order *o)
{
	free(o->v);
	buf_free(&o->texts);
}
