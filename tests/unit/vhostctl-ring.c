/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The driver's side of a ring against a device of our own that reads it by the
 * specification: each chain arrives as it was put, completions come back in any order,
 * and what a device may write never makes up a completion.
 */
#undef NDEBUG
#include "ring.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE = 16, CHAINS = 5, PARTS = 3, ROUNDS = 20000 };

/* The device's view. Addresses are offsets into mem. */
struct dev {
	struct ring *r;
	uint8_t *mem;
	uint16_t at, used; /* next to be read, next to be completed */
	bool at_wrap, used_wrap;
	struct got {
		uint16_t id, entries;
		struct ring_part part[PARTS];
		size_t n;
	} got[CHAINS];
	size_t ngot;
};

static struct ring ring;
static struct dev dev;
static struct ring_part sent[CHAINS][PARTS];
static size_t nsent[CHAINS];

static void begin(bool packed, bool indirect, bool event_idx)
{
	struct ring_areas a = ring_areas(packed, SIZE);
	size_t tables = 16 * CHAINS * PARTS;

	free(dev.mem);
	free(ring.held);
	dev = (struct dev){ .r = &ring, .at_wrap = true, .used_wrap = true };
	dev.mem = aligned_alloc(4096, 4096 * 4);
	assert(dev.mem && tables < 4096 && a.desc < 4096);
	memset(dev.mem, 0, (size_t)4096 * 4);
	ring = (struct ring){ .size = SIZE,
			      .chains = CHAINS,
			      .parts = PARTS,
			      .packed = packed,
			      .event_idx = event_idx,
			      .desc = (void *)dev.mem,
			      .avail = (void *)(dev.mem + 4096),
			      .used = (void *)(dev.mem + 8192),
			      .tables = indirect ? dev.mem + 12288 : NULL,
			      .tables_addr = 12288,
			      .held = calloc(CHAINS, sizeof(uint16_t)),
			      .next_wrap = true,
			      .seen_wrap = true };
	assert(ring.held);
}

static void keep(struct got *g, uint64_t addr, uint32_t len, unsigned int flags)
{
	assert(g->n < PARTS);
	g->part[g->n++] = (struct ring_part){ addr, len, flags & VRING_DESC_F_WRITE };
}

static bool read_split(struct dev *d, struct got *g)
{
	const struct vring_desc *t = d->r->desc;
	uint16_t i;

	if (d->at == d->r->avail->idx)
		return false;
	g->id = i = d->r->avail->ring[d->at++ % SIZE];
	if (t[i].flags & VRING_DESC_F_INDIRECT) {
		assert(t[i].len % 16 == 0 && t[i].len);
		t = (const void *)(d->mem + t[i].addr);
		i = 0;
	}
	while (true) {
		keep(g, t[i].addr, t[i].len, t[i].flags);
		if (!(t[i].flags & VRING_DESC_F_NEXT))
			return true;
		i = t[i].next;
	}
}

static bool available(const struct dev *d, const struct vring_packed_desc *p)
{
	bool avail = p->flags >> VRING_PACKED_DESC_F_AVAIL & 1;
	bool used = p->flags >> VRING_PACKED_DESC_F_USED & 1;

	return avail == d->at_wrap && used != d->at_wrap;
}

static bool read_packed(struct dev *d, struct got *g)
{
	const struct vring_packed_desc *p;

	do {
		p = &d->r->slots[d->at];
		if (!available(d, p)) {
			assert(!g->entries);
			return false;
		}
		if (p->flags & VRING_DESC_F_INDIRECT) {
			const struct vring_packed_desc *t = (void *)(d->mem + p->addr);

			for (size_t i = 0; i < p->len / 16; i++)
				keep(g, t[i].addr, t[i].len, t[i].flags);
		} else {
			keep(g, p->addr, p->len, p->flags);
		}
		g->entries++;
		g->id = p->id; /* the last one's counts */
		if (++d->at == SIZE)
			d->at = 0, d->at_wrap = !d->at_wrap;
	} while (p->flags & VRING_DESC_F_NEXT);
	return true;
}

/* Takes what is there. How many chains. */
static size_t device_read(struct dev *d)
{
	size_t n = 0;

	while (true) {
		struct got g = { 0 };

		if (!(d->r->packed ? read_packed(d, &g) : read_split(d, &g)))
			return n;
		assert(d->ngot < CHAINS);
		d->got[d->ngot++] = g;
		n++;
	}
}

/* Completes the one of index k. */
static void device_complete(struct dev *d, size_t k, uint32_t len)
{
	struct got g = d->got[k];

	d->got[k] = d->got[--d->ngot];
	if (!d->r->packed) {
		d->r->used->ring[d->used++ % SIZE] =
			(struct vring_used_elem){ g.id, len };
		d->r->used->idx = d->used;
		return;
	}
	d->r->slots[d->used] = (struct vring_packed_desc){
		.id = g.id,
		.len = len,
		.flags = d->used_wrap ? 1 << VRING_PACKED_DESC_F_AVAIL |
						1 << VRING_PACKED_DESC_F_USED
				      : 0
	};
	d->used = (uint16_t)(d->used + g.entries);
	if (d->used >= SIZE)
		d->used -= SIZE, d->used_wrap = !d->used_wrap;
}

static uint16_t id_of(const struct got *g)
{
	if (ring.packed) {
		assert(g->id); /* what a device leaves that clears it first */
		return (uint16_t)(g->id - 1);
	}
	return ring.tables ? g->id : (uint16_t)(g->id / PARTS);
}

static void put_some(bool *busy)
{
	for (unsigned int id = 0; id < CHAINS; id++) {
		if (busy[id] || rand() % 2)
			continue;
		nsent[id] = 1 + (size_t)rand() % PARTS;
		for (size_t i = 0; i < nsent[id]; i++)
			sent[id][i] = (struct ring_part){ (uint64_t)rand(),
							  (uint32_t)rand(), rand() % 2 };
		ring_put(&ring, (uint16_t)id, sent[id], nsent[id]);
		busy[id] = true;
	}
}

static void check_read(void)
{
	for (size_t k = 0; k < dev.ngot; k++) {
		const struct got *g = &dev.got[k];
		uint16_t id = id_of(g);

		assert(id < CHAINS && g->n == nsent[id]);
		for (size_t i = 0; i < g->n; i++) {
			assert(g->part[i].addr == sent[id][i].addr);
			assert(g->part[i].len == sent[id][i].len);
			assert(g->part[i].write == sent[id][i].write);
		}
	}
}

static void chains_arrive_and_return(void)
{
	bool busy[CHAINS] = { 0 };
	uint32_t len;
	uint16_t id;

	for (int round = 0; round < ROUNDS; round++) {
		size_t before = dev.ngot, inflight = ring.inflight, n;

		put_some(busy);
		n = ring.inflight - inflight;
		if (!ring.packed)
			assert(!device_read(&dev)); /* not published yet */
		assert(ring_publish(&ring) == (n > 0 && !ring.event_idx) ||
		       ring.event_idx);
		device_read(&dev);
		assert(dev.ngot == before + n);
		check_read();
		assert(!ring_ready(&ring));
		while (dev.ngot && rand() % 3) {
			size_t k = (size_t)rand() % dev.ngot;
			uint16_t want = id_of(&dev.got[k]);

			device_complete(&dev, k, (uint32_t)round);
			assert(ring_ready(&ring));
			assert(ring_take(&ring, &id, &len) == 1);
			assert(id == want && busy[id] && len == (uint32_t)round);
			busy[id] = false;
		}
		assert(!ring_take(&ring, &id, &len));
	}
}

/* What the device wishes: no kicks; or, with EVENT_IDX, one at a certain place. */
static void kicks_are_as_wished(void)
{
	const struct ring_part p = { 0, 1, false };
	uint32_t len;
	uint16_t id, *event = ring.packed ? &ring.device->off_wrap
					  : (uint16_t *)&ring.used->ring[SIZE];

	if (ring.packed)
		ring.device->flags = ring.event_idx ? VRING_PACKED_EVENT_FLAG_DESC
						    : VRING_PACKED_EVENT_FLAG_DISABLE;
	else
		ring.used->flags = VRING_USED_F_NO_NOTIFY;
	for (int round = 0; round < 1000; round++) {
		/* In steps of one and two the third place is passed by either. */
		uint16_t n = (uint16_t)(1 + round % 2), ahead = (uint16_t)(rand() % 4);
		unsigned int place = ring.next + ahead;
		bool wrap = ring.next_wrap;

		if (ring.packed && place >= SIZE)
			place -= SIZE, wrap = !wrap;
		*event = (uint16_t)(place | (ring.packed ? (unsigned int)wrap << 15 : 0));
		for (uint16_t i = 0; i < n; i++)
			ring_put(&ring, i, &p, 1);
		assert(ring_publish(&ring) == (ring.event_idx && ahead < n));
		device_read(&dev);
		while (dev.ngot) {
			device_complete(&dev, 0, 0);
			assert(ring_take(&ring, &id, &len) == 1);
		}
	}
}

static void signals_are_told(void)
{
	ring_signal(&ring, true);
	if (ring.packed)
		assert(ring.driver->flags == VRING_PACKED_EVENT_FLAG_ENABLE);
	else if (ring.event_idx)
		assert(ring.avail->ring[SIZE] == ring.seen);
	else
		assert(!ring.avail->flags);
	ring_signal(&ring, false);
	if (ring.packed)
		assert(ring.driver->flags == VRING_PACKED_EVENT_FLAG_DISABLE);
	else if (ring.event_idx)
		assert(ring.avail->ring[SIZE] == (uint16_t)(ring.seen - 1));
	else
		assert(ring.avail->flags == VRING_AVAIL_F_NO_INTERRUPT);
}

/* Random bytes where the device writes: each chain ends once at the most, or an error. */
static void lies_are_found_out(bool packed)
{
	const struct ring_part p[] = { { 0, 1, false }, { 0, 1, true } };

	for (int round = 0; round < ROUNDS; round++) {
		bool busy[CHAINS] = { 0 };
		uint8_t *lies = packed ? dev.mem : dev.mem + 8192;
		size_t n = packed ? (size_t)SIZE * 16 : (size_t)SIZE * 8 + 6;
		uint32_t len;
		uint16_t id;
		int r;

		ring.inflight = ring.next = ring.seen = ring.known = ring.added = 0;
		ring.next_wrap = ring.seen_wrap = true;
		memset(ring.held, 0, CHAINS * sizeof(*ring.held));
		memset(lies, 0, n);
		for (unsigned int i = 0; i < CHAINS; i++) {
			ring_put(&ring, (uint16_t)i, p, 2);
			busy[i] = true;
		}
		if (ring_publish(&ring))
			ring.added = 0;
		for (int i = rand() % 64; i >= 0; i--)
			lies[(size_t)rand() % n] =
				(uint8_t)(rand() % 2 ? rand() % 8 : rand());
		while ((r = ring_take(&ring, &id, &len)) > 0) {
			assert(id < CHAINS && busy[id]);
			busy[id] = false;
		}
		assert((!r || r == -EPROTO) &&
		       ring.seen < (packed ? SIZE : SIZE + CHAINS));
	}
}

/* A device that writes the flags byte by byte, in any order, or clears all first. */
static void half_written_is_no_completion(bool wrap)
{
	const struct ring_part p = { 0, 1, true };
	const uint16_t both = 1 << VRING_PACKED_DESC_F_AVAIL |
			      1 << VRING_PACKED_DESC_F_USED,
		       used = wrap ? both : 0;
	uint16_t avail, id;
	uint32_t len;

	begin(true, false, false);
	ring.next_wrap = ring.seen_wrap = wrap;
	ring_put(&ring, 0, &p, 1);
	avail = ring.slots[0].flags;
	for (unsigned int i = 0; i < 2; i++) {
		uint16_t kept = i ? 0xff00 : 0xff;

		ring.slots[0].flags = (uint16_t)((avail & kept) | (used & ~kept));
		assert(ring_ready(&ring) == ((ring.slots[0].flags & both) == used));
	}
	ring.hopeless = true; /* nothing will settle */
	memset(ring.slots, 0, sizeof(*ring.slots));
	assert(ring_take(&ring, &id, &len) == (wrap ? 0 : -EPROTO));
}

int main(void)
{
	srand(1);
	for (int i = 0; i < 8; i++) {
		bool packed = i & 1, indirect = i & 2, event_idx = i & 4;

		begin(packed, indirect, event_idx);
		chains_arrive_and_return();
		begin(packed, indirect, event_idx);
		kicks_are_as_wished();
		signals_are_told();
		lies_are_found_out(packed);
	}
	half_written_is_no_completion(true);
	half_written_is_no_completion(false);
	free(dev.mem);
	free(ring.held);
	return 0;
}
