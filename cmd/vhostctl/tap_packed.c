/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tap_packed.c - how far a packed ring is, told by its descriptors alone. */
#include "tap_packed.h"

enum {
	AVAIL = 1 << VRING_PACKED_DESC_F_AVAIL,
	USED = 1 << VRING_PACKED_DESC_F_USED,
	ALIKE = 8, /* so many buffers of one length make it the rule */
};

static uint16_t flags_at(const struct vq *q, uint32_t index)
{
	return __atomic_load_n(&q->ring[index].flags, __ATOMIC_ACQUIRE);
}

/* Both sides write the bit as the driver's wrap counter of that round: whoever wrote a
 * descriptor last, the bit changes where the driver stands. */
static bool round_of(const struct vq *q, uint32_t index)
{
	return flags_at(q, index) & AVAIL;
}

uint32_t packed_next(const struct vq *q)
{
	bool first = round_of(q, 0);
	uint32_t low = 1, high = q->size;

	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (round_of(q, middle) == first)
			low = middle + 1;
		else
			high = middle;
	}
	return vq_place(q, low, first) % (2U * q->size);
}

/* The flags of what lies `back` places before `next`, and the wrap counter there. */
static uint16_t flags_before(const struct vq *q, uint32_t next, uint32_t back, bool *wrap)
{
	uint32_t place = (next + 2U * q->size - back) % (2U * q->size);

	*wrap = place < q->size;
	return flags_at(q, place % q->size);
}

/* Whether the device has written it last. */
static bool is_used(const struct vq *q, uint32_t next, uint32_t back)
{
	bool wrap;
	uint16_t flags = flags_before(q, next, back, &wrap);

	return !!(flags & AVAIL) == wrap && !!(flags & USED) == wrap;
}

uint32_t packed_mark(const struct vq *q, uint32_t next, uint32_t most)
{
	for (uint32_t back = 1; back <= most; back++)
		if (is_used(q, next, back))
			return back;
	return 0;
}

/* Lengths of used buffers: from each one's descriptor that was written to the next. */
struct lengths {
	uint32_t shortest, longest, n;
};

static struct lengths lengths_before(const struct vq *q, uint32_t next, uint32_t mark,
				     uint32_t most)
{
	struct lengths l = { .shortest = q->size };

	for (uint32_t back = mark + 1; back <= most; back++) {
		if (!is_used(q, next, back))
			continue;
		l.shortest = MIN(l.shortest, back - mark);
		l.longest = MAX(l.longest, back - mark);
		l.n++;
		mark = back;
	}
	return l;
}

/* The descriptor `back` places before `next`. */
static struct vring_packed_desc before(const struct vq *q, uint32_t next, uint32_t back)
{
	return q->ring[(next + 2U * q->size - back) % q->size];
}

static bool ends_buffer(const struct vq *q, uint32_t next, uint32_t back)
{
	return !(before(q, next, back).flags & VRING_DESC_F_NEXT);
}

/* Where a device works in order, the last descriptor of a buffer still has the id that
 * was written to its first. Whether that speaks for another length than n. */
static bool is_longer(const struct vq *q, uint32_t next, uint32_t mark, uint32_t n)
{
	uint32_t back = mark - 1;

	while (back > 1 && !ends_buffer(q, next, back))
		back--;
	return mark - back + 1 != n &&
	       before(q, next, back).id == before(q, next, mark).id;
}

/* In a ring without any that is used: the first may be the end of one that was. */
static uint32_t behind_first_end(const struct vq *q, uint32_t next)
{
	uint32_t back = q->size;

	while (back > 1 && !ends_buffer(q, next, back))
		back--;
	return back - 1;
}

void packed_flying(const struct vq *q, uint32_t next, uint32_t most, uint32_t *least,
		   uint32_t *most_flying)
{
	uint32_t mark = packed_mark(q, next, most), n;
	struct lengths l;

	*least = *most_flying = most;
	if (!mark && most == q->size)
		*least = behind_first_end(q, next);
	if (!mark)
		return;
	/* A table of descriptors is a buffer of its own. */
	*least = *most_flying = mark - 1;
	if (mark == 1 || before(q, next, mark - 1).flags & VRING_DESC_F_INDIRECT)
		return;
	l = lengths_before(q, next, mark, most);
	n = MIN(mark, l.longest);
	*least = l.n ? MIN(mark - n, mark - 2) : 0;
	/* All were alike, and so is this one. */
	if (l.n >= ALIKE && l.shortest == l.longest &&
	    (n == 1 || ends_buffer(q, next, mark - n + 1)) &&
	    !is_longer(q, next, mark, n))
		*least = *most_flying = mark - n;
}
