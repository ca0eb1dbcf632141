/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ring.h - a split virtqueue, the driver's side (virtio 1.3, 2.7). */
#ifndef VHOSTCTL_RING_H
#define VHOSTCTL_RING_H

#include "util.h"

#include <linux/virtio_ring.h>

/*
 * Descriptors are laid out by the user, who makes a chain and says its head. What the
 * device writes is not trusted: heads are checked by the user, counts here.
 */
struct ring {
	struct vring_desc *desc;
	struct vring_avail *avail;
	struct vring_used *used;
	uint16_t size; /* entries, a power of two */
	uint16_t next; /* avail index to be published */
	uint16_t published;
	uint16_t seen;  /* used index up to which completions were taken */
	int kick, call; /* eventfds, owned by the device */
};

/* Makes a chain available by its head; ring_publish makes it seen. */
static inline void ring_put(struct ring *r, uint16_t head)
{
	r->avail->ring[r->next++ & (r->size - 1)] = head;
}

/* Publishes what was put. Whether the device must be kicked. */
static inline bool ring_publish(struct ring *r)
{
	if (r->next == r->published)
		return false;
	__atomic_store_n(&r->avail->idx, r->next, __ATOMIC_RELEASE);
	r->published = r->next;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return !(__atomic_load_n(&r->used->flags, __ATOMIC_RELAXED) &
		 VRING_USED_F_NO_NOTIFY);
}

/* How many completions wait; more than the ring has entries: the device is broken. */
static inline uint16_t ring_done(const struct ring *r)
{
	return (uint16_t)(__atomic_load_n(&r->used->idx, __ATOMIC_ACQUIRE) - r->seen);
}

/* The next of them: head of its chain, bytes written. */
static inline struct vring_used_elem ring_take(struct ring *r)
{
	return r->used->ring[r->seen++ & (r->size - 1)];
}

/* Whether completions shall be signalled. After true, look once more before sleeping. */
static inline void ring_signal(struct ring *r, bool on)
{
	__atomic_store_n(&r->avail->flags, on ? 0 : VRING_AVAIL_F_NO_INTERRUPT,
			 __ATOMIC_RELAXED);
	if (on)
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

#endif
