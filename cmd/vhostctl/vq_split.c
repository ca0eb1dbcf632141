/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vq_split.c - split virtqueues, the device's side (virtio 1.3, 2.7). */
#include "vq.h"

#include "settle.h"

#include <errno.h>
#include <string.h>

/* After the entries of each ring stands an index that the other side reads. */
static uint16_t *used_event(const struct vq *q)
{
	return (uint16_t *)&q->avail->ring[q->size];
}

static uint16_t *avail_event(const struct vq *q)
{
	return (uint16_t *)&q->used->ring[q->size];
}

/* Follows a chain through n descriptors, from i on. */
static int walk(struct vq *q, struct vq_chain *c, const char *table, uint32_t n,
		uint32_t i, bool is_indirect)
{
	for (uint32_t steps = 0; steps < n; steps++) {
		struct vring_desc d;
		int err;

		if (i >= n)
			return -EPROTO;
		memcpy(&d, table + i * sizeof(d), sizeof(d));
		if (d.flags & VRING_DESC_F_INDIRECT) {
			const char *inner;

			if (!q->indirect || is_indirect || d.flags & VRING_DESC_F_NEXT ||
			    !d.len || d.len % sizeof(d))
				return -EPROTO;
			inner = guest_at(q->guest, d.addr, d.len);
			if (!inner)
				return -EFAULT;
			return walk(q, c, inner, d.len / sizeof(d), 0, true);
		}
		err = vq_add(q, c, d.addr, d.len, d.flags & VRING_DESC_F_WRITE);
		if (err || !(d.flags & VRING_DESC_F_NEXT))
			return err;
		i = d.next;
	}
	return -EPROTO; /* longer than the table: it runs in a circle */
}

/* The head that comes next: of those to be done again, then of those available. */
static int next_head(struct vq *q, uint16_t *head)
{
	struct inflight *f = q->inflight;
	uint16_t waiting;

	if (f && f->taken < f->nagain) {
		*head = f->again[f->taken++];
		return *head < q->size ? 1 : -EPROTO;
	}
	waiting = (uint16_t)(settled_index(&q->avail->idx, q->next, q->size) - q->next);
	if (!waiting)
		return 0;
	if (waiting > q->size)
		return -EPROTO;
	*head = __atomic_load_n(&q->avail->ring[q->next & (q->size - 1)],
				__ATOMIC_RELAXED);
	if (*head >= q->size)
		return -EPROTO;
	if (f)
		inflight_begin(f, *head);
	q->next++;
	return 1;
}

int vq_split_pop(struct vq *q, struct vq_chain *c)
{
	int r = next_head(q, &c->id), err;

	if (r <= 0)
		return r;
	err = walk(q, c, (const char *)q->desc, q->size, c->id, false);
	return err ? err : 1;
}

void vq_split_push(struct vq *q, uint32_t id, uint32_t written)
{
	uint16_t at = (uint16_t)(q->done + q->unpublished) & (q->size - 1);

	q->used->ring[at] = (struct vring_used_elem){ .id = id, .len = written };
	vq_mark_ring(q, &q->used->ring[at], sizeof(q->used->ring[at]));
	q->unpublished++;
	if (q->inflight) {
		inflight_give(q->inflight, (uint16_t)id);
		vq_split_publish(q);
		inflight_end(q->inflight, (uint16_t)id, q->done);
	}
}

void vq_split_publish(struct vq *q)
{
	if (!q->unpublished)
		return;
	q->done = (uint16_t)(q->done + q->unpublished);
	q->unsignalled = (uint16_t)(q->unsignalled + q->unpublished);
	q->unpublished = 0;
	__atomic_store_n(&q->used->idx, q->done, __ATOMIC_RELEASE);
	vq_mark_ring(q, &q->used->idx, sizeof(q->used->idx));
}

bool vq_split_needs_call(struct vq *q)
{
	uint16_t old = (uint16_t)(q->done - q->unsignalled);

	if (!q->event_idx)
		return !(__atomic_load_n(&q->avail->flags, __ATOMIC_RELAXED) &
			 VRING_AVAIL_F_NO_INTERRUPT);
	return vring_need_event(__atomic_load_n(used_event(q), __ATOMIC_RELAXED), q->done,
				old);
}

void vq_split_want_kicks(struct vq *q, bool on)
{
	uint16_t *at = q->event_idx ? avail_event(q) : &q->used->flags;

	if (!q->event_idx)
		__atomic_store_n(at, on ? 0 : VRING_USED_F_NO_NOTIFY, __ATOMIC_RELAXED);
	else if (on)
		__atomic_store_n(at, q->next, __ATOMIC_RELAXED);
	vq_mark_ring(q, at, sizeof(*at));
}

bool vq_split_pending(const struct vq *q)
{
	const struct inflight *f = q->inflight;

	return (f && f->taken < f->nagain) ||
	       __atomic_load_n(&q->avail->idx, __ATOMIC_ACQUIRE) != q->next;
}
