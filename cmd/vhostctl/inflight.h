/* SPDX-License-Identifier: GPL-2.0-or-later */
/* inflight.h - what a back-end has begun, in memory that outlives it. */
#ifndef VHOSTCTL_INFLIGHT_H
#define VHOSTCTL_INFLIGHT_H

#include "util.h"

/* A descriptor of a split ring, and the queue's head before them; as vhost-user.rst
 * ("Inflight I/O tracking") lays them out. */
struct inflight_desc {
	uint8_t inflight, padding[5];
	uint16_t next;
	uint64_t counter;
};
struct inflight_split {
	uint64_t features;
	uint16_t version, desc_num, last_batch_head, used_idx;
	struct inflight_desc desc[];
};

/* The same of a packed ring. */
struct inflight_packed_desc {
	uint8_t inflight, padding;
	uint16_t next, last, num;
	uint64_t counter;
	uint16_t id, flags;
	uint32_t len;
	uint64_t addr;
};
struct inflight_packed {
	uint64_t features;
	uint16_t version, desc_num, free_head, old_free_head, used_idx, old_used_idx;
	uint8_t used_wrap_counter, old_used_wrap_counter, padding[7];
	struct inflight_packed_desc desc[];
};

/* One queue's part of the memory. */
struct inflight {
	union {
		struct inflight_split *split;
		struct inflight_packed *packed;
		void *at;
	};
	uint16_t size;        /* descriptors that it has room for */
	uint16_t *again;      /* split: heads to be done again, oldest first; owned */
	size_t nagain, taken; /* of them, and of those already taken */
	uint64_t counter;     /* of the next request */
};

/* Bytes that one queue takes, a multiple of 64. */
size_t inflight_queue_size(uint16_t size, bool packed);

/*
 * A split ring starts whose used index is used_idx: what was begun and not done goes to
 * `again`. A region that is new, or of another size, is made anew. Returns 0 or -ENOMEM.
 */
MUST_CHECK int inflight_resume(struct inflight *f, uint16_t size, uint16_t used_idx)
	NONNULL(1);

/* A request with this head is begun; it will be given back; it was, used_idx is now so.
 */
void inflight_begin(struct inflight *f, uint16_t head) NONNULL(1);
void inflight_give(struct inflight *f, uint16_t head) NONNULL(1);
void inflight_end(struct inflight *f, uint16_t head, uint16_t used_idx) NONNULL(1);

/*
 * A packed ring: we do its requests in their order, so that the place after the last one
 * done says it all. Returns whether there was one, then in place and wrap.
 */
MUST_CHECK bool inflight_packed_resume(struct inflight *f, uint16_t size, uint16_t *place,
				       bool *wrap) NONNULL(1, 3, 4);
void inflight_packed_end(struct inflight *f, uint16_t place, bool wrap) NONNULL(1);

#endif
