/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rows.c - packed sockets become rows to be filtered and shown. */
#include "rows.h"

static void put_place(const struct place *p, struct sock *s)
{
	s->netns = p->inum;
	if (*p->name)
		s->netns_name = (struct bytes){ p->name, strlen(p->name) };
}

static bool get(const struct rows *r, size_t i, unsigned int need, struct sock *s)
{
	const struct table *t = &r->got->table;

	if (t->v[i].has & GONE)
		return false;
	table_sock(t, i, need & NEED_PEER ? WITH_PEER : 0, s);
	put_place(&r->places->v[t->v[i].place], s);
	s->owner_source = source_name(r->got->source);
	s->time = r->time;
	s->sample = r->sample;
	if (r->past && s->cookie.has)
		s->change_bytes = past_change(r->past, s->cookie.v, s->alloc_bytes.v);
	return true;
}

bool rows_get(const struct rows *r, size_t i, struct sock *s)
{
	return get(r, i, r->view->need, s);
}

bool rows_wanted(struct rows *r, size_t i, struct sock *s)
{
	if (!get(r, i, r->whole ? r->view->need : r->view->need_to_choose, s) ||
	    !view_match(r->view, s, &r->fails))
		return false;
	summary_add(&r->sum, s);
	return true;
}
