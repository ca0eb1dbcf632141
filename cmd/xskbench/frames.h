/* SPDX-License-Identifier: GPL-2.0-or-later */
/* frames.h - who owns each frame of a UMEM. Pure. */
#ifndef XSKBENCH_FRAMES_H
#define XSKBENCH_FRAMES_H

#include "util.h"

/*
 * A frame is ours, or it was lent to the kernel by one ring and comes back by another:
 * by fill and rx, or by tx and comp.
 */
enum owner { OWNER_US, OWNER_FILL, OWNER_TX };

struct frames {
	uint32_t *free; /* stack of the numbers of our frames: the last used is still in
			   cache */
	uint8_t *owner; /* of each frame */
	uint32_t nfree, n;
	uint32_t size;  /* of one, bytes */
	uint32_t shift; /* 1 << shift is the size, where it is a power of two, or 0 */
	uint64_t first; /* offset of the first one in the UMEM */
};

/*
 * n frames of `size` bytes from the offset `first` on, all ours. Returns 0 or -ENOMEM.
 */
MUST_CHECK int frames_init(struct frames *f, uint32_t n, uint32_t size, uint64_t first)
	NONNULL(1);
void frames_free(struct frames *f) NONNULL(1);

/* How far an offset in the UMEM, not before the first frame, is into its frame. */
static inline uint64_t frames_into(const struct frames *f, uint64_t offset)
{
	return f->shift ? (offset - f->first) & (f->size - 1)
			: (offset - f->first) % f->size;
}

/* Lends a frame to the kernel. nfree must not be 0. Returns its offset in the UMEM. */
uint64_t frames_lend(struct frames *f, enum owner to) NONNULL(1);

/*
 * Takes back the frame in which the offset lies, which the kernel names in a descriptor.
 * Returns false, and changes nothing, where it is none of these or was not lent so.
 */
MUST_CHECK bool frames_take(struct frames *f, uint64_t offset, enum owner from)
	NONNULL(1);

/* From one ring to the other without coming back between: rx to tx. As frames_take. */
MUST_CHECK bool frames_pass(struct frames *f, uint64_t offset, enum owner from,
			    enum owner to) NONNULL(1);

#endif
