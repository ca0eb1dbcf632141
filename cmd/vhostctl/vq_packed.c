/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vq_packed.c - packed virtqueues, the device's side (virtio 1.3, 2.8). */
#include "vq.h"

#include <errno.h>
#include <string.h>

enum {
	AVAIL = 1 << VRING_PACKED_DESC_F_AVAIL,
	USED = 1 << VRING_PACKED_DESC_F_USED,
	EVENT_WRAP = 1 << VRING_PACKED_EVENT_F_WRAP_CTR,
};

bool vq_packed_pending(const struct vq *q)
{
	uint16_t flags = __atomic_load_n(&q->ring[q->next].flags, __ATOMIC_ACQUIRE);

	return !!(flags & AVAIL) == q->next_wrap && !!(flags & USED) != q->next_wrap;
}

/* All descriptors of an indirect table, in their order; their flag is WRITE or not. */
static int add_table(struct vq *q, struct vq_chain *c, uint64_t addr, uint32_t len)
{
	const char *table;
	int err = 0;

	if (!q->indirect || !len || len % sizeof(struct vring_packed_desc))
		return -EPROTO;
	table = guest_at(q->guest, addr, len);
	if (!table)
		return -EFAULT;
	for (uint32_t i = 0; i < len / sizeof(struct vring_packed_desc) && !err; i++) {
		struct vring_packed_desc d;

		memcpy(&d, table + i * sizeof(d), sizeof(d));
		err = d.flags & VRING_DESC_F_INDIRECT
			      ? -EPROTO
			      : vq_add(q, c, d.addr, d.len, d.flags & VRING_DESC_F_WRITE);
	}
	return err;
}

static void advance(const struct vq *q, uint16_t *place, bool *wrap, uint32_t by)
{
	uint32_t at = *place + by;

	if (at >= q->size) {
		at -= q->size;
		*wrap = !*wrap;
	}
	*place = (uint16_t)at;
}

int vq_packed_pop(struct vq *q, struct vq_chain *c)
{
	uint16_t at = q->next;
	bool wrap = q->next_wrap;
	struct vring_packed_desc d;
	int err;

	if (!vq_packed_pending(q))
		return 0;
	for (c->count = 1;; c->count++) {
		memcpy(&d, &q->ring[at], sizeof(d));
		advance(q, &at, &wrap, 1);
		if (d.flags & VRING_DESC_F_INDIRECT && d.flags & VRING_DESC_F_NEXT)
			return -EPROTO;
		err = d.flags & VRING_DESC_F_INDIRECT
			      ? add_table(q, c, d.addr, d.len)
			      : vq_add(q, c, d.addr, d.len, d.flags & VRING_DESC_F_WRITE);
		if (err)
			return err;
		if (!(d.flags & VRING_DESC_F_NEXT))
			break;
		if (c->count == q->size)
			return -EPROTO; /* it runs in a circle */
	}
	c->id = d.id;
	q->next = at;
	q->next_wrap = wrap;
	return 1;
}

void vq_packed_push(struct vq *q, uint16_t id, uint16_t count, uint32_t written)
{
	struct vring_packed_desc *d = &q->ring[q->done];
	uint16_t flags = (uint16_t)((q->done_wrap ? AVAIL | USED : 0) |
				    (written ? VRING_DESC_F_WRITE : 0));

	d->id = id;
	d->len = written;
	__atomic_store_n(&d->flags, flags, __ATOMIC_RELEASE);
	vq_mark_ring(q, d, sizeof(*d));
	advance(q, &q->done, &q->done_wrap, count);
	q->unsignalled = (uint16_t)(q->unsignalled + count);
	if (q->inflight)
		inflight_packed_end(q->inflight, q->done, q->done_wrap);
}

bool vq_packed_needs_call(struct vq *q)
{
	struct vring_packed_desc_event e;
	uint16_t old = (uint16_t)(q->done - q->unsignalled), event;

	e.flags = __atomic_load_n(&q->driver->flags, __ATOMIC_ACQUIRE);
	e.off_wrap = __atomic_load_n(&q->driver->off_wrap, __ATOMIC_RELAXED);
	if (e.flags != VRING_PACKED_EVENT_FLAG_DESC || !q->event_idx)
		return e.flags != VRING_PACKED_EVENT_FLAG_DISABLE;
	event = e.off_wrap & (EVENT_WRAP - 1);
	if (!!(e.off_wrap & EVENT_WRAP) != q->done_wrap)
		event = (uint16_t)(event - q->size);
	return vring_need_event(event, q->done, old);
}

void vq_packed_want_kicks(struct vq *q, bool on)
{
	uint16_t flags = VRING_PACKED_EVENT_FLAG_DISABLE;

	if (on && q->event_idx) {
		__atomic_store_n(&q->device->off_wrap,
				 (uint16_t)(q->next | (q->next_wrap ? EVENT_WRAP : 0)),
				 __ATOMIC_RELAXED);
		flags = VRING_PACKED_EVENT_FLAG_DESC;
	} else if (on) {
		flags = VRING_PACKED_EVENT_FLAG_ENABLE;
	}
	__atomic_store_n(&q->device->flags, flags, __ATOMIC_RELEASE);
	vq_mark_ring(q, q->device, sizeof(*q->device));
}
