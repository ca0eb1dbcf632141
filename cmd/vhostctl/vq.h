/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vq.h - a virtqueue, split or packed, the device's side (virtio 1.3, 2.7 and 2.8). */
#ifndef VHOSTCTL_VQ_H
#define VHOSTCTL_VQ_H

#include "dirty.h"
#include "guest.h"
#include "inflight.h"

#include <linux/virtio_ring.h>

enum {
	VQ_SIZE_MAX = 32768,
	VQ_PIECES = 1024 + 2, /* the longest chain: IOV_MAX of data, header, status */
};

/* Where the front-end has the parts of a ring, its own addresses (SET_VRING_ADDR). */
struct vq_addr {
	uint64_t desc, used, avail;
};

/* Nothing that the driver writes is trusted: each value is read once, then checked. */
struct vq {
	struct guest *guest;
	struct inflight *inflight; /* NULL: not tracked */
	struct dirty *dirty;       /* NULL: nothing is logged */
	bool log_used;             /* what is written to the ring, too: */
	uint64_t log_addr;         /* a used ring as if it were there */
	uint16_t size;             /* entries; 0: not told yet */
	bool packed, indirect, event_idx;
	bool physical; /* its addresses are the guest's (GPA_ADDRESSES), not the
			  front-end's */
	struct vq_addr addr;

	/* Translated; NULL where the ring is not mapped. */
	union {
		struct vring_desc *desc;
		struct vring_packed_desc *ring;
	};
	union {
		struct vring_avail *avail;
		struct vring_packed_desc_event *driver;
	};
	union {
		struct vring_used *used;
		struct vring_packed_desc_event *device;
	};

	uint16_t next;             /* what the device takes next: avail index or place */
	uint16_t done;             /* used index, or place of the next used descriptor */
	bool next_wrap, done_wrap; /* packed: the wrap counters of the two */
	uint16_t unsignalled;      /* used since the driver was last asked about calls */
	uint16_t unpublished;      /* split: put in the used ring, index not moved yet */
};

/* A buffer as the driver has made it available. Big: reuse it. */
struct vq_chain {
	uint16_t id;      /* of its head, or of the buffer in a packed ring */
	uint16_t count;   /* places in a packed ring that it takes */
	size_t nout, nin; /* pieces that the device reads, then those it writes */
	uint64_t out_bytes, in_bytes;
	struct iovec v[VQ_PIECES];

	/* While there is a log: where the guest has what the device writes. */
	struct {
		uint64_t addr;
		uint32_t n;
	} in[VQ_PIECES];
	size_t nranges;
};

/* Translates the addresses by the guest's regions of now. Returns 0, or -EFAULT where a
 * part is outside of them or not aligned; then the ring is not mapped. */
MUST_CHECK int vq_map(struct vq *q) NONNULL(1);
void vq_unmap(struct vq *q) NONNULL(1);

static inline bool vq_mapped(const struct vq *q)
{
	return q->desc;
}

/* Where to go on, as SET_VRING_BASE and GET_VRING_BASE have it (vhost-user.rst, "Vring
 * state description"): for a packed ring both places with their wrap counters. */
void vq_set_base(struct vq *q, uint32_t num) NONNULL(1);
uint32_t vq_base(const struct vq *q) NONNULL(1);

/*
 * A place of a packed ring as a number below 2 * size: an index, and the round that a
 * wrap counter tells (virtio 1.3, 2.8.1): 1 in the first, 0 in the second.
 */
static inline uint32_t vq_place(const struct vq *q, uint32_t index, bool wrap)
{
	return index + (wrap ? 0 : q->size);
}

/*
 * A packed ring is mapped and starts at its base, from which a front-end may have left
 * out what it knows nothing of: wrap counters, 1 at first (virtio_uml of Linux), or all
 * of the used index (virtio_user of DPDK), which then is the available one.
 */
void vq_mend_base(struct vq *q) NONNULL(1);

/* For a split ring that starts: the used index is in memory. */
void vq_sync(struct vq *q) NONNULL(1);

/*
 * Takes the next buffer. Returns 1, 0 where there is none, or -errno where the ring is
 * broken: -EPROTO (indices, loops, order or flags that no driver may write), -EFAULT (an
 * address outside the guest's memory), -E2BIG (more pieces than VQ_PIECES).
 */
MUST_CHECK int vq_pop(struct vq *q, struct vq_chain *c) NONNULL(1, 2);

/* Puts the last buffer that was popped back: it will be popped again. */
void vq_unpop(struct vq *q, const struct vq_chain *c) NONNULL(1, 2);

/* Gives it back with `written` bytes; vq_publish makes what was given back seen. */
void vq_push(struct vq *q, const struct vq_chain *c, uint32_t written) NONNULL(1, 2);
void vq_publish(struct vq *q) NONNULL(1);

/* Logs that the first n bytes that the device writes of a buffer were written. */
void vq_mark(struct vq *q, const struct vq_chain *c, uint64_t n) NONNULL(1, 2);

/* The same of n bytes of guest memory at p. */
void vq_mark_data(struct vq *q, const void *p, size_t n) NONNULL(1, 2);

/* Whether the driver wants a call for what was published since it was last asked. */
MUST_CHECK bool vq_needs_call(struct vq *q) NONNULL(1);

/* Whether kicks are wanted. After true, look once more before sleeping. */
void vq_want_kicks(struct vq *q, bool on) NONNULL(1);

/* Whether a buffer waits. */
MUST_CHECK bool vq_pending(const struct vq *q) NONNULL(1);

/* What vq_split.c and vq_packed.c share: adds a descriptor's buffer to c. */
MUST_CHECK int vq_add(struct vq *q, struct vq_chain *c, uint64_t addr, uint32_t len,
		      bool writable) NONNULL(1, 2);

/* The same: logs that n bytes of the used ring, or of a packed ring, were written. */
void vq_mark_ring(struct vq *q, const void *at, size_t n) NONNULL(1, 2);

/* The two kinds of rings. */
int vq_split_pop(struct vq *q, struct vq_chain *c);
void vq_split_push(struct vq *q, uint32_t id, uint32_t written);
void vq_split_publish(struct vq *q);
bool vq_split_needs_call(struct vq *q);
void vq_split_want_kicks(struct vq *q, bool on);
bool vq_split_pending(const struct vq *q);

int vq_packed_pop(struct vq *q, struct vq_chain *c);
void vq_packed_push(struct vq *q, uint16_t id, uint16_t count, uint32_t written);
bool vq_packed_needs_call(struct vq *q);
void vq_packed_want_kicks(struct vq *q, bool on);
bool vq_packed_pending(const struct vq *q);

#endif
