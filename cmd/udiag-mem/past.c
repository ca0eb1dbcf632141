/* SPDX-License-Identifier: GPL-2.0-or-later */
/* past.c - the last sample, by key; pure. */
#include "past.h"

#include "grow.h"

#include <errno.h>
#include <stdlib.h>

static int by_key(const void *va, const void *vb)
{
	const struct past_item *a = va, *b = vb;

	return (a->key > b->key) - (a->key < b->key);
}

struct opt_i64 past_change(const struct past *p, uint64_t key, uint64_t bytes)
{
	const struct past_item want = { .key = key };
	const struct past_item *hit = NULL;

	if (!p->begun)
		return (struct opt_i64){ 0 };
	if (p->nlast)
		hit = bsearch(&want, p->last, p->nlast, sizeof(want), by_key);
	return some_i64((int64_t)(bytes - (hit ? hit->bytes : 0)));
}

int past_note(struct past *p, uint64_t key, uint64_t bytes)
{
	struct past_item *v = grow(p->now, &p->cap_now, p->nnow, sizeof(*v));

	if (!v)
		return -ENOMEM;
	p->now = v;
	v[p->nnow++] = (struct past_item){ key, bytes };
	return 0;
}

void past_turn(struct past *p)
{
	struct past_item *v = p->last;
	size_t cap = p->cap_last;

	p->last = p->now;
	p->nlast = p->nnow;
	p->cap_last = p->cap_now;
	p->now = v;
	p->nnow = 0;
	p->cap_now = cap;
	p->begun = true;
	if (p->nlast)
		qsort(p->last, p->nlast, sizeof(*p->last), by_key);
}

void past_free(struct past *p)
{
	free(p->last);
	free(p->now);
	*p = (struct past){ 0 };
}
