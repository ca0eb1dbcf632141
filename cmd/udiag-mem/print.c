/* SPDX-License-Identifier: GPL-2.0-or-later */
/* print.c - the sockets of a sample, in order. */
#include "order.h"
#include "rows.h"

/* For the change until the next sample, in which other sockets may be wanted. */
static int note_all(struct rows *r)
{
	const struct table *t = &r->got->table;
	int err = 0;

	for (size_t i = 0; r->past && !err && i < t->n; i++)
		if (t->v[i].cookie && !(t->v[i].has & GONE))
			err = past_note(r->past, t->v[i].cookie, t->v[i].alloc);
	return err;
}

/* Which rows, and in which order. If all will be printed they are measured on the way. */
static int choose(struct rows *r, struct order *o)
{
	bool measure = !r->c->common.json && !o->top;
	struct sock s;
	int err = note_all(r);

	r->whole = measure;

	for (size_t i = 0; !err && i < r->got->table.n; i++) {
		if (!rows_wanted(r, i, &s))
			continue;
		if (measure)
			err = sink_measure(r->c->sink, &s);
		if (!err)
			err = order_add(o, (uint32_t)i, &s);
	}
	return err ? err : order_finish(o);
}

static int each(struct rows *r, const struct order *o,
		int (*fn)(struct sink *s, const void *row))
{
	struct sock s;
	int err = 0;

	for (size_t i = 0; !err && i < o->n; i++)
		if (rows_get(r, o->v[i].row, &s))
			err = fn(r->c->sink, &s);
	return err;
}

static void headline(struct rows *r)
{
	const struct common *o = &r->c->common;

	summary_end(&r->sum, r->got);
	if (!o->json && !o->no_headings && !o->columns)
		summary_line(&r->c->out.b, &r->sum);
}

int rows_print(struct rows *r)
{
	struct order o = { .top = r->c->common.top };
	int err;

	o.by = sink_sorted(r->c->sink, &o.descending);
	err = choose(r, &o);
	headline(r);
	if (!err && !r->c->common.json && o.top)
		err = each(r, &o, sink_measure);
	if (!err)
		err = each(r, &o, sink_row);
	order_free(&o);
	return err;
}
