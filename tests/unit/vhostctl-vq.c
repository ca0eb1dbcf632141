/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a packed ring of a front-end begins that leaves out a part of that. */
#undef NDEBUG
#include "vq.h"

#include <assert.h>

enum { SIZE = 4, A = 1 << VRING_PACKED_DESC_F_AVAIL, U = 1 << VRING_PACKED_DESC_F_USED };

/* The base after a ring, whose descriptors have these flags, is told to begin at base. */
static uint32_t begins(uint16_t first, uint16_t others, uint32_t base)
{
	struct vring_packed_desc ring[SIZE] = { { .flags = first },
						{ .flags = others },
						{ .flags = others },
						{ .flags = others } };
	struct vq q = { .packed = true, .size = SIZE, .ring = ring };

	vq_set_base(&q, base);
	vq_mend_base(&q);
	return vq_base(&q);
}

int main(void)
{
	/* virtio_uml: 0 for a new ring, which starts late, when buffers are in it. */
	assert(begins(0, 0, 0) == 0x80008000);
	assert(begins(A, 0, 0) == 0x80008000);
	assert(begins(A, A, 0) == 0x80008000);
	/* The same, looked at when some are used already. */
	assert(begins(A | U, 0, 0) == 0x80008000);
	/* 0 after one round, all used; available again, some or all. */
	assert(begins(A | U, A | U, 0) == 0);
	assert(begins(U, A | U, 0) == 0);
	assert(begins(A | U, A, 0) == 0); /* the last was the end of a chain */
	assert(begins(U, U, 0) == 0);
	/* virtio_user: no used index. */
	assert(begins(0, 0, 0x8000) == 0x80008000);
	/* A whole round in flight. */
	assert(begins(U, U, 0x00008000) == 0x00008000);
	return 0;
}
