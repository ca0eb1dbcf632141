/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ring.h - a virtqueue, the driver's side: split or packed (virtio 1.3, 2.7 and 2.8). */
#ifndef VHOSTCTL_RING_H
#define VHOSTCTL_RING_H

#include "util.h"

#include <linux/virtio_ring.h>

enum { RING_PARTS = 4 }; /* of one chain, at the most */

/* A piece of a chain, at an address as the device sees it. */
struct ring_part {
	uint64_t addr;
	uint32_t len;
	bool write; /* by the device */
};

/*
 * Chains have ids, below `chains`, chosen by the user, who keeps each to one use at a
 * time. Nothing that the device writes is trusted: a completion is of a chain that is in
 * flight, or an error.
 */
struct ring {
	uint16_t size; /* entries, a power of two; room for all chains */
	uint16_t chains, parts;
	bool packed, event_idx;
	union {
		struct {
			struct vring_desc *desc;
			struct vring_avail *avail;
			struct vring_used *used;
		};
		struct {
			struct vring_packed_desc *slots;
			struct vring_packed_desc_event *driver, *device;
		};
	};
	void *tables; /* INDIRECT_DESC: `parts` descriptors for each chain; else NULL */
	uint64_t tables_addr;
	uint16_t *held; /* by id: entries that it takes; 0: not in flight. Owned by the
			   device */
	uint16_t inflight;
	uint16_t next;  /* where the next chain begins; of a split ring it only grows */
	uint16_t added; /* to `next` since the last ring_publish */
	uint16_t seen;  /* where the next completion will be */
	uint16_t known; /* split: used index as last read */
	bool hopeless;  /* an index or id did not settle; the next is not waited for */
	bool next_wrap, seen_wrap; /* packed: wrap counters, true at first */
	int kick, call;            /* eventfds, owned by the device */
};

/* Bytes of the three areas of a ring: descriptors, driver's, device's. */
struct ring_areas {
	size_t desc, driver, device;
};
struct ring_areas ring_areas(bool packed, size_t entries);

/* Makes a chain of n parts (1 to r->parts) available; ring_publish makes it count. */
void ring_put(struct ring *r, uint16_t id, const struct ring_part *part, size_t n)
	NONNULL(1, 3);

/* Publishes what was put. Whether the device asks to be kicked. */
MUST_CHECK bool ring_publish(struct ring *r) NONNULL(1);

void ring_kick(const struct ring *r) NONNULL(1);

/*
 * Takes a completion: its id, and how many bytes the device says that it wrote, which
 * may be any number. Returns 1, 0 where there is none, or -EPROTO where the device lies.
 */
MUST_CHECK int ring_take(struct ring *r, uint16_t *id, uint32_t *len) NONNULL(1, 2, 3);

/* Whether ring_take would find something. */
bool ring_ready(const struct ring *r) NONNULL(1);

/* Whether completions shall be signalled. After true, look once more before sleeping. */
void ring_signal(struct ring *r, bool on) NONNULL(1);

#endif
