/* SPDX-License-Identifier: GPL-2.0-or-later */
/* inflight.c - what a back-end has begun, in memory that outlives it. */
#include "inflight.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { VERSION_1 = 1 };

size_t inflight_queue_size(uint16_t size, bool packed)
{
	size_t n = packed ? sizeof(struct inflight_packed) +
				    size * sizeof(struct inflight_packed_desc)
			  : sizeof(struct inflight_split) +
				    size * sizeof(struct inflight_desc);

	return (n + 63) & ~(size_t)63;
}

static int by_counter(const void *a, const void *b, void *arg)
{
	const struct inflight_split *s = arg;
	uint64_t x = s->desc[*(const uint16_t *)a].counter,
		 y = s->desc[*(const uint16_t *)b].counter;

	return (x > y) - (x < y);
}

/* The memory is shared: a number that is read from it is checked by its use. */
static void find_unfinished(struct inflight *f)
{
	struct inflight_split *s = f->split;

	for (uint32_t i = 0; i < f->size; i++) {
		if (s->desc[i].inflight != 1)
			continue;
		f->again[f->nagain++] = (uint16_t)i;
		f->counter = MAX(f->counter, s->desc[i].counter + 1);
	}
	qsort_r(f->again, f->nagain, sizeof(*f->again), by_counter, s);
}

int inflight_resume(struct inflight *f, uint16_t size, uint16_t used_idx)
{
	struct inflight_split *s = f->split;
	uint16_t last = s->last_batch_head;

	free(f->again);
	f->again = NULL;
	f->nagain = f->taken = 0;
	if (size > f->size)
		return -EINVAL;
	if (s->version != VERSION_1 || s->desc_num != size) {
		memset(s, 0, inflight_queue_size(f->size, false));
		s->version = VERSION_1;
		s->desc_num = size;
		s->used_idx = used_idx;
		return 0;
	}
	f->again = calloc(f->size, sizeof(*f->again));
	if (!f->again)
		return -ENOMEM;
	/* It was given back, and we died before we could note it. */
	if (s->used_idx != used_idx && last < f->size)
		s->desc[last].inflight = 0;
	s->used_idx = used_idx;
	find_unfinished(f);
	return 0;
}

void inflight_begin(struct inflight *f, uint16_t head)
{
	struct inflight_desc *d;

	if (head >= f->size)
		return;
	d = &f->split->desc[head];
	d->counter = f->counter++;
	__atomic_store_n(&d->inflight, 1, __ATOMIC_RELEASE);
}

void inflight_give(struct inflight *f, uint16_t head)
{
	__atomic_store_n(&f->split->last_batch_head, head, __ATOMIC_RELEASE);
}

void inflight_end(struct inflight *f, uint16_t head, uint16_t used_idx)
{
	if (head < f->size)
		__atomic_store_n(&f->split->desc[head].inflight, 0, __ATOMIC_RELEASE);
	__atomic_store_n(&f->split->used_idx, used_idx, __ATOMIC_RELEASE);
}

bool inflight_packed_resume(struct inflight *f, uint16_t size, uint16_t *place,
			    bool *wrap)
{
	struct inflight_packed *p = f->packed;

	if (size > f->size)
		return false;
	if (p->version == VERSION_1 && p->desc_num == size && p->used_idx < size) {
		*place = p->used_idx;
		*wrap = p->used_wrap_counter & 1;
		return true;
	}
	memset(p, 0, inflight_queue_size(f->size, true));
	p->version = VERSION_1;
	p->desc_num = size;
	inflight_packed_end(f, *place, *wrap);
	return false;
}

void inflight_packed_end(struct inflight *f, uint16_t place, bool wrap)
{
	struct inflight_packed *p = f->packed;

	p->used_idx = p->old_used_idx = place;
	p->used_wrap_counter = p->old_used_wrap_counter = wrap;
}
