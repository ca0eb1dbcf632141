/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ring.c - a virtqueue, the driver's side (virtio 1.3, 2.7 and 2.8). */
#include "ring.h"

#include "settle.h"

#include <errno.h>
#include <unistd.h>

enum {
	AVAIL = 1 << VRING_PACKED_DESC_F_AVAIL,
	USED = 1 << VRING_PACKED_DESC_F_USED,
	WRAP = 1 << VRING_PACKED_EVENT_F_WRAP_CTR,
};

struct ring_areas ring_areas(bool packed, size_t entries)
{
	if (packed)
		return (struct ring_areas){ sizeof(struct vring_packed_desc) * entries,
					    sizeof(struct vring_packed_desc_event),
					    sizeof(struct vring_packed_desc_event) };
	return (struct ring_areas){ sizeof(struct vring_desc) * entries,
				    sizeof(uint16_t) * (entries + 3),
				    sizeof(struct vring_used_elem) * entries +
					    3 * sizeof(uint16_t) };
}

/* A line that the device reads is written to only where something changes. */
static void lay(struct vring_desc *d, uint64_t addr, uint32_t len, uint16_t flags,
		uint16_t next)
{
	if (d->addr != addr)
		d->addr = addr;
	if (d->len != len)
		d->len = len;
	if (d->flags != flags)
		d->flags = flags;
	if (d->next != next)
		d->next = next;
}

/* Each chain has descriptors of its own, so that only what changes is written. */
static void put_split(struct ring *r, uint16_t id, const struct ring_part *part, size_t n)
{
	uint16_t own = (uint16_t)(id * r->parts), first = r->tables ? 0 : own;
	struct vring_desc *d =
		r->tables ? (struct vring_desc *)r->tables + own : r->desc + own;

	for (size_t i = 0; i < n; i++) {
		bool more = i + 1 < n;

		lay(d + i, part[i].addr, part[i].len,
		    (uint16_t)((more ? VRING_DESC_F_NEXT : 0) |
			       (part[i].write ? VRING_DESC_F_WRITE : 0)),
		    (uint16_t)(more ? first + i + 1 : 0));
	}
	if (r->tables) {
		lay(r->desc + id, r->tables_addr + own * sizeof(*d),
		    (uint32_t)(n * sizeof(*d)), VRING_DESC_F_INDIRECT, 0);
		first = id;
	}
	r->avail->ring[r->next++ & (r->size - 1)] = first;
	r->added++;
	r->held[id] = 1;
}

/* Takes the next place of a packed ring; its flags say that it is available. */
static struct vring_packed_desc *next_slot(struct ring *r, uint16_t *flags)
{
	struct vring_packed_desc *d = &r->slots[r->next];

	*flags = r->next_wrap ? AVAIL : USED;
	r->added++;
	if (++r->next == r->size) {
		r->next = 0;
		r->next_wrap = !r->next_wrap;
	}
	return d;
}

/*
 * A device that clears a descriptor to write it byte by byte leaves zeros for a moment:
 * where its wrap counter is 0 that is a used one, of id 0. So no chain has that id.
 */
static uint16_t packed_id(uint16_t chain)
{
	return (uint16_t)(chain + 1);
}

/* In the order of use. The first of a chain becomes available last. */
static void put_packed(struct ring *r, uint16_t id, const struct ring_part *part,
		       size_t n)
{
	struct vring_packed_desc *first = NULL;
	uint16_t first_flags = 0;

	for (size_t i = 0; i < n; i++) {
		uint16_t flags;
		struct vring_packed_desc *d = next_slot(r, &flags);

		d->addr = part[i].addr;
		d->len = part[i].len;
		d->id = packed_id(id);
		flags |= (uint16_t)((i + 1 < n ? VRING_DESC_F_NEXT : 0) |
				    (part[i].write ? VRING_DESC_F_WRITE : 0));
		if (i)
			d->flags = flags;
		else
			first = d, first_flags = flags;
	}
	r->held[id] = (uint16_t)n;
	__atomic_store_n(&first->flags, first_flags, __ATOMIC_RELEASE);
}

static void put_packed_table(struct ring *r, uint16_t id, const struct ring_part *part,
			     size_t n)
{
	struct vring_packed_desc *t =
		(struct vring_packed_desc *)r->tables + (size_t)id * r->parts;
	uint16_t flags;
	struct vring_packed_desc *d = next_slot(r, &flags);

	for (size_t i = 0; i < n; i++)
		t[i] = (struct vring_packed_desc){ part[i].addr, part[i].len, 0,
						   part[i].write ? VRING_DESC_F_WRITE
								 : 0 };
	d->addr = r->tables_addr + (size_t)id * r->parts * sizeof(*t);
	d->len = (uint32_t)(n * sizeof(*t));
	d->id = packed_id(id);
	r->held[id] = 1;
	__atomic_store_n(&d->flags, (uint16_t)(flags | VRING_DESC_F_INDIRECT),
			 __ATOMIC_RELEASE);
}

void ring_put(struct ring *r, uint16_t id, const struct ring_part *part, size_t n)
{
	r->inflight++;
	if (!r->packed)
		put_split(r, id, part, n);
	else if (r->tables)
		put_packed_table(r, id, part, n);
	else
		put_packed(r, id, part, n);
}

/* Whether `event` lies among the last `added` steps to `next`: its passing is awaited. */
static bool passed(uint16_t event, uint16_t next, uint16_t added)
{
	return (uint16_t)(next - event - 1) < added;
}

static bool split_wants_kick(const struct ring *r, uint16_t added)
{
	const void *event = &r->used->ring[r->size];

	if (r->event_idx)
		return passed(__atomic_load_n((const uint16_t *)event, __ATOMIC_RELAXED),
			      r->next, added);
	return !(__atomic_load_n(&r->used->flags, __ATOMIC_RELAXED) &
		 VRING_USED_F_NO_NOTIFY);
}

static bool packed_wants_kick(const struct ring *r, uint16_t added)
{
	uint16_t flags = __atomic_load_n(&r->device->flags, __ATOMIC_ACQUIRE);
	uint16_t at = __atomic_load_n(&r->device->off_wrap, __ATOMIC_RELAXED);
	uint16_t event = at & (WRAP - 1);

	if (flags != VRING_PACKED_EVENT_FLAG_DESC || !r->event_idx)
		return flags != VRING_PACKED_EVENT_FLAG_DISABLE;
	if (!!(at & WRAP) != r->next_wrap)
		event = (uint16_t)(event - r->size);
	return passed(event, r->next, added);
}

bool ring_publish(struct ring *r)
{
	uint16_t added = r->added;

	if (!added)
		return false;
	r->added = 0;
	if (!r->packed)
		__atomic_store_n(&r->avail->idx, r->next, __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return r->packed ? packed_wants_kick(r, added) : split_wants_kick(r, added);
}

void ring_kick(const struct ring *r)
{
	const uint64_t one = 1;

	/* A full counter has woken the other side already. */
	if (write(r->kick, &one, sizeof(one)) < 0)
		return;
}

/* Takes the chain of a completion out of flight; how many entries it held, or 0. */
static uint16_t land(struct ring *r, uint32_t id)
{
	uint16_t held = id < r->chains ? r->held[id] : 0;

	if (held) {
		r->held[id] = 0;
		r->inflight--;
	}
	return held;
}

static int take_split(struct ring *r, uint16_t *id, uint32_t *len)
{
	uint32_t head, step = r->tables ? 1 : r->parts;
	const struct vring_used_elem *e;

	if (r->seen == r->known) {
		r->known = r->hopeless
				   ? __atomic_load_n(&r->used->idx, __ATOMIC_ACQUIRE)
				   : settled_index(&r->used->idx, r->seen, r->inflight);
		if (r->seen == r->known)
			return 0;
	}
	if ((uint16_t)(r->known - r->seen) > r->inflight) {
		r->hopeless = true;
		return -EPROTO;
	}
	e = &r->used->ring[r->seen++ & (r->size - 1)];
	head = __atomic_load_n(&e->id, __ATOMIC_RELAXED);
	*len = __atomic_load_n(&e->len, __ATOMIC_RELAXED);
	if (head % step || !land(r, head / step))
		return -EPROTO;
	*id = (uint16_t)(head / step);
	return 1;
}

static bool packed_ready(const struct ring *r)
{
	uint16_t flags = __atomic_load_n(&r->slots[r->seen].flags, __ATOMIC_ACQUIRE);

	return !(flags & AVAIL) == !r->seen_wrap && !(flags & USED) == !r->seen_wrap;
}

static bool is_flying(const struct ring *r, uint16_t id)
{
	return id && id <= r->chains && r->held[id - 1];
}

/* The id in a used descriptor; 0 where it stays one that nothing in flight has. */
static uint16_t settled_id(struct ring *r, const struct vring_packed_desc *d)
{
	unsigned int tries = 0;
	uint16_t id;

	do
		id = __atomic_load_n(&d->id, __ATOMIC_ACQUIRE);
	while (!is_flying(r, id) && !r->hopeless && settle_pause(&tries));
	if (is_flying(r, id))
		return id;
	r->hopeless = true;
	return 0;
}

static int take_packed(struct ring *r, uint16_t *id, uint32_t *len)
{
	const struct vring_packed_desc *d = &r->slots[r->seen];
	uint32_t held, next;

	if (!packed_ready(r))
		return 0;
	*id = settled_id(r, d);
	if (!*id)
		return -EPROTO;
	*len = __atomic_load_n(&d->len, __ATOMIC_RELAXED);
	held = land(r, --*id);
	next = r->seen + held;
	if (next >= r->size) {
		next -= r->size;
		r->seen_wrap = !r->seen_wrap;
	}
	r->seen = (uint16_t)next;
	return 1;
}

int ring_take(struct ring *r, uint16_t *id, uint32_t *len)
{
	return r->packed ? take_packed(r, id, len) : take_split(r, id, len);
}

bool ring_ready(const struct ring *r)
{
	if (r->packed)
		return packed_ready(r);
	return __atomic_load_n(&r->used->idx, __ATOMIC_ACQUIRE) != r->seen;
}

/* With EVENT_IDX the place of the next completion to be told of; far away is none. */
static void signal_split(struct ring *r, bool on)
{
	if (r->event_idx)
		__atomic_store_n(&r->avail->ring[r->size],
				 (uint16_t)(on ? r->seen : r->seen - 1),
				 __ATOMIC_RELAXED);
	else
		__atomic_store_n(&r->avail->flags, on ? 0 : VRING_AVAIL_F_NO_INTERRUPT,
				 __ATOMIC_RELAXED);
}

void ring_signal(struct ring *r, bool on)
{
	if (r->packed)
		__atomic_store_n(&r->driver->flags,
				 on ? VRING_PACKED_EVENT_FLAG_ENABLE
				    : VRING_PACKED_EVENT_FLAG_DISABLE,
				 __ATOMIC_RELAXED);
	else
		signal_split(r, on);
	if (on)
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
}
