/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vq.c - a virtqueue, split or packed, the device's side (virtio 1.3, 2.7 and 2.8). */
#include "vq.h"

#include <errno.h>

enum { WRAP = 1 << 15 };

static void *part(struct vq *q, uint64_t addr, size_t n, size_t align)
{
	uint8_t *p =
		q->physical ? guest_at(q->guest, addr, n) : guest_user(q->guest, addr, n);

	return p && !((uintptr_t)p & (align - 1)) ? p : NULL;
}

int vq_map(struct vq *q)
{
	size_t n = MAX(q->size, 1), event = sizeof(struct vring_packed_desc_event);
	void *desc = part(q, q->addr.desc, n * sizeof(struct vring_desc),
			  VRING_DESC_ALIGN_SIZE);
	void *avail = part(q, q->addr.avail, q->packed ? event : 6 + 2 * n,
			   q->packed ? 4 : VRING_AVAIL_ALIGN_SIZE);
	void *used = part(q, q->addr.used, q->packed ? event : 6 + 8 * n,
			  VRING_USED_ALIGN_SIZE);

	vq_unmap(q);
	if (!desc || !avail || !used)
		return -EFAULT;
	q->desc = desc;
	q->avail = avail;
	q->used = used;
	return 0;
}

void vq_unmap(struct vq *q)
{
	q->desc = NULL;
	q->avail = NULL;
	q->used = NULL;
}

void vq_set_base(struct vq *q, uint32_t num)
{
	uint16_t next = (uint16_t)num, done = (uint16_t)(num >> 16);

	q->unsignalled = q->unpublished = 0;
	if (!q->packed) {
		q->next = next;
		q->done = next;
		return;
	}
	q->next = next & (WRAP - 1);
	q->next_wrap = next & WRAP;
	q->done = done & (WRAP - 1);
	q->done_wrap = done & WRAP;
}

uint32_t vq_base(const struct vq *q)
{
	uint32_t next = q->next | (q->next_wrap ? WRAP : 0),
		 done = q->done | (q->done_wrap ? WRAP : 0);

	return q->packed ? next | done << 16 : q->next;
}

/* A ring that really stands at 0, with a wrap counter of 0, has been round once: its last
 * descriptor was written then, its first one used. That of a new ring was not written,
 * even if it is looked at a little late, or the driver has filled the whole ring already,
 * and nothing was used. */
static bool is_new(const struct vq *q)
{
	const uint16_t avail = 1 << VRING_PACKED_DESC_F_AVAIL,
		       written = avail | 1 << VRING_PACKED_DESC_F_USED;
	uint16_t first = __atomic_load_n(&q->ring[0].flags, __ATOMIC_RELAXED),
		 last = __atomic_load_n(&q->ring[q->size - 1].flags, __ATOMIC_RELAXED);

	return !(last & written) ||
	       ((last & written) == avail && (first & written) == avail);
}

void vq_mend_base(struct vq *q)
{
	uint32_t base = vq_base(q), round = 2U * q->size, flying;

	if (!base && is_new(q))
		q->next_wrap = q->done_wrap = true;
	flying = (vq_place(q, q->next, q->next_wrap) + round -
		  vq_place(q, q->done, q->done_wrap)) %
		 round;
	if (base >> 16)
		return;
	if (flying > q->size || (flying == q->size && is_new(q))) {
		q->done = q->next;
		q->done_wrap = q->next_wrap;
	}
}

void vq_sync(struct vq *q)
{
	if (!q->packed && q->used)
		q->done = __atomic_load_n(&q->used->idx, __ATOMIC_ACQUIRE);
}

int vq_add(struct vq *q, struct vq_chain *c, uint64_t addr, uint32_t len, bool writable)
{
	size_t n = c->nout + c->nin;
	int used;

	if (!writable && c->nin)
		return -EPROTO; /* what is read comes first (virtio 1.3, 2.6.4.2) */
	used = guest_pieces(q->guest, addr, len, c->v + n, VQ_PIECES - n);
	if (used < 0)
		return used;
	if (writable && used && dirty_on(q->dirty)) {
		c->in[c->nranges].addr = addr;
		c->in[c->nranges++].n = len;
	}
	*(writable ? &c->nin : &c->nout) += (size_t)used;
	*(writable ? &c->in_bytes : &c->out_bytes) += len;
	return 0;
}

int vq_pop(struct vq *q, struct vq_chain *c)
{
	c->nout = c->nin = c->nranges = 0;
	c->out_bytes = c->in_bytes = 0;
	return q->packed ? vq_packed_pop(q, c) : vq_split_pop(q, c);
}

void vq_mark(struct vq *q, const struct vq_chain *c, uint64_t n)
{
	if (!dirty_on(q->dirty))
		return;
	for (size_t i = 0; i < c->nranges && n; i++) {
		uint64_t part = MIN(n, (uint64_t)c->in[i].n);

		dirty_mark(q->dirty, c->in[i].addr, part);
		n -= part;
	}
}

void vq_mark_data(struct vq *q, const void *p, size_t n)
{
	uint64_t addr;

	if (dirty_on(q->dirty) && guest_address(q->guest, p, &addr))
		dirty_mark(q->dirty, addr, n);
}

void vq_mark_ring(struct vq *q, const void *at, size_t n)
{
	if (!q->log_used || !dirty_on(q->dirty))
		return;
	if (q->packed)
		vq_mark_data(q, at, n);
	else
		dirty_mark(q->dirty,
			   q->log_addr + (uint64_t)((const char *)at - (char *)q->used),
			   n);
}

void vq_unpop(struct vq *q, const struct vq_chain *c)
{
	if (!q->packed) {
		q->next--;
		return;
	}
	if (q->next < c->count) {
		q->next = (uint16_t)(q->next + q->size);
		q->next_wrap = !q->next_wrap;
	}
	q->next = (uint16_t)(q->next - c->count);
}

void vq_push(struct vq *q, const struct vq_chain *c, uint32_t written)
{
	if (q->packed)
		vq_packed_push(q, c->id, c->count, written);
	else
		vq_split_push(q, c->id, written);
}

void vq_publish(struct vq *q)
{
	if (!q->packed)
		vq_split_publish(q);
}

bool vq_needs_call(struct vq *q)
{
	bool needs;

	if (!q->unsignalled)
		return false;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	needs = q->packed ? vq_packed_needs_call(q) : vq_split_needs_call(q);
	q->unsignalled = 0;
	return needs;
}

void vq_want_kicks(struct vq *q, bool on)
{
	if (q->packed)
		vq_packed_want_kicks(q, on);
	else
		vq_split_want_kicks(q, on);
	if (on)
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

bool vq_pending(const struct vq *q)
{
	return q->packed ? vq_packed_pending(q) : vq_split_pending(q);
}
