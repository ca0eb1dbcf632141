/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check_io.c - requests of a disk through one ring, honest and not. */
#include "check_io.h"

#include "clock.h"
#include "settle.h"
#include "spec.h"

#include <linux/virtio_blk.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>
#include <poll.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* Where things lie in the region: guest addresses and offsets are the same. */
enum {
	REGION_SIZE = 1 << 20,
	ENTRIES = 128,
	DESC_AT = 0,
	USED_AT = 0x3000,
	TABLE_AT = 0x8000, /* an indirect one */
	HEAD_AT = 0x10000,
	STATUS_AT = 0x10100,
	DATA_AT = 0x11000,
	DATA = CHECK_IO_BYTES,
	OUTSIDE = 0x40000000, /* no region is there */
	NOTHING = 0xff,       /* in the status byte before */
};

/* One ring, and the request that is made in it. */
struct io {
	struct talk *t;
	uint8_t *m; /* the region */
	bool packed, indirect, event_idx;
	uint16_t made; /* requests so far */
	/* As the device gave the last one back. */
	uint32_t id, written;
};

/* A descriptor of either kind of ring; in a chain of n, this is the i-th. */
struct part {
	uint64_t addr;
	uint32_t len;
	uint16_t flags; /* VRING_DESC_F_* */
};

static struct vring_desc *split(struct io *io)
{
	return (struct vring_desc *)(void *)(io->m + DESC_AT);
}

static struct vring_packed_desc *packed(struct io *io)
{
	return (struct vring_packed_desc *)(void *)(io->m + DESC_AT);
}

static uint16_t *word_at(struct io *io, size_t at)
{
	return (uint16_t *)(void *)(io->m + at);
}

static void put_table(struct io *io, const struct part *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct vring_desc *d =
			(struct vring_desc *)(void *)(io->m + TABLE_AT) + i;
		bool more = i + 1 < n;

		*d = (struct vring_desc){ v[i].addr, v[i].len, v[i].flags, 0 };
		if (io->packed)
			continue;
		d->flags |= more ? VRING_DESC_F_NEXT : 0;
		d->next = (uint16_t)(more ? i + 1 : 0);
	}
}

static void put_split(struct io *io, const struct part *v, size_t n)
{
	uint16_t *avail = word_at(io, AVAIL_AT);

	for (size_t i = 0; i < n; i++)
		split(io)[i] = (struct vring_desc){
			v[i].addr, v[i].len,
			(uint16_t)(v[i].flags | (i + 1 < n ? VRING_DESC_F_NEXT : 0)),
			(uint16_t)(i + 1 < n ? i + 1 : 0)
		};
	avail[2 + io->made % ENTRIES] = 0;
	/* A call for this very request, where event indices are on. */
	avail[2 + ENTRIES] = io->made;
	__atomic_store_n(&avail[1], (uint16_t)(io->made + 1), __ATOMIC_SEQ_CST);
}

/* Each request takes the next n places; a ring this long does not wrap in a case. */
static void put_packed(struct io *io, const struct part *v, size_t n)
{
	size_t first = (size_t)io->made * (io->indirect ? 1 : 3);

	for (size_t i = n; i-- > 0;) {
		struct vring_packed_desc *d = packed(io) + first + i;

		d->addr = v[i].addr;
		d->len = v[i].len;
		d->id = 7;
		__atomic_store_n(&d->flags,
				 (uint16_t)(v[i].flags |
					    (i + 1 < n ? VRING_DESC_F_NEXT : 0) |
					    1 << VRING_PACKED_DESC_F_AVAIL),
				 __ATOMIC_SEQ_CST);
	}
}

static bool kick(struct io *io)
{
	const uint64_t one = 1;

	return write(io->t->fds[1], &one, sizeof(one)) == sizeof(one);
}

/* Whether the last request was given back. */
static bool is_done(struct io *io)
{
	const struct vring_used_elem *e;
	uint16_t at = (uint16_t)(io->made * (io->indirect ? 1 : 3)), flags;

	if (io->packed) {
		flags = __atomic_load_n(&packed(io)[at].flags, __ATOMIC_ACQUIRE);
		io->id = packed(io)[at].id;
		io->written = packed(io)[at].len;
		return flags & 1 << VRING_PACKED_DESC_F_USED;
	}
	e = (const void *)(io->m + USED_AT + 4 + 8UL * (io->made % ENTRIES));
	io->id = e->id;
	io->written = e->len;
	return settled_index(word_at(io, USED_AT + 2), io->made, 1) != io->made;
}

/* Waits until it is given back and a call for it came. What is wrong, or NULL. */
static const char *await(struct io *io)
{
	uint64_t deadline = clock_mono_ns() + io->t->ns, count;
	bool called = false;

	while (!(is_done(io) && called) && clock_mono_ns() < deadline) {
		struct pollfd p = { .fd = io->t->fds[2], .events = POLLIN };

		if (poll(&p, 1, 1) > 0 && read(io->t->fds[2], &count, sizeof(count)) > 0)
			called |= is_done(io);
	}
	if (!is_done(io))
		return "did not give the request back";
	if (!called)
		return "gave the request back, and did not call";
	return NULL;
}

static const char *judge_used(struct io *io, uint32_t room)
{
	uint16_t used = *word_at(io, USED_AT + 2);

	if (!io->packed && used != (uint16_t)(io->made + 1))
		return "the used index is not one more than before";
	if (io->id != (io->packed ? 7 : 0))
		return "gave back a buffer that it was not given";
	if (io->written > room)
		return "says that it wrote more than there was room for";
	return NULL;
}

/* One whole request. What is wrong, or NULL; its status is in memory. */
static const char *request(struct io *io, uint32_t type, uint64_t sector, uint32_t n,
			   bool writes)
{
	const struct virtio_blk_outhdr h = { .type = type, .sector = sector };
	struct part v[] = { { HEAD_AT, sizeof(h), 0 },
			    { DATA_AT, n, writes ? 0 : VRING_DESC_F_WRITE },
			    { STATUS_AT, 1, VRING_DESC_F_WRITE } };
	size_t count = COUNT(v);
	const char *wrong;

	memcpy(io->m + HEAD_AT, &h, sizeof(h));
	io->m[STATUS_AT] = NOTHING;
	if (!n) {
		v[1] = v[2];
		count = 2;
	}
	if (io->indirect) {
		put_table(io, v, count);
		v[0] = (struct part){ TABLE_AT,
				      (uint32_t)(count * sizeof(struct vring_desc)),
				      VRING_DESC_F_INDIRECT };
		count = 1;
	}
	if (io->packed)
		put_packed(io, v, count);
	else
		put_split(io, v, count);
	if (!kick(io))
		return "we could not kick";
	wrong = await(io);
	if (!wrong)
		wrong = judge_used(io, writes ? 1 : n + 1);
	io->made++;
	return wrong;
}

static const char *with_status(struct io *io, const char *wrong, uint8_t status)
{
	if (wrong)
		return wrong;
	if (io->m[STATUS_AT] == NOTHING)
		return "wrote no status";
	if (io->m[STATUS_AT] == status)
		return NULL;
	return status == VIRTIO_BLK_S_OK      ? "the request failed"
	       : status == VIRTIO_BLK_S_IOERR ? "the status is not IOERR"
					      : "the status is not UNSUPP";
}

static const char *read_first(struct io *io, void *to)
{
	const char *wrong;

	memset(io->m + DATA_AT, 0xee, DATA);
	wrong = with_status(io, request(io, VIRTIO_BLK_T_IN, 0, DATA, false),
			    VIRTIO_BLK_S_OK);
	memcpy(to, io->m + DATA_AT, DATA);
	return wrong;
}

static const char *read_twice(struct io *io)
{
	uint8_t one[DATA], two[DATA];
	const char *wrong = read_first(io, one);

	if (!wrong)
		wrong = read_first(io, two);
	if (!wrong && memcmp(one, two, DATA) != 0)
		return "reading it again gives other data";
	return wrong;
}

static const char *write_first(struct io *io, const void *from)
{
	memcpy(io->m + DATA_AT, from, DATA);
	return with_status(io, request(io, VIRTIO_BLK_T_OUT, 0, DATA, true),
			   VIRTIO_BLK_S_OK);
}

/* What was there is put back, whatever comes of it. */
static const char *write_and_read(struct io *io)
{
	uint8_t before[DATA], pattern[DATA], after[DATA];
	const char *wrong = read_first(io, before), *end;

	for (size_t i = 0; i < DATA; i++)
		pattern[i] = (uint8_t)(i * 31 + (i >> 8));
	if (wrong)
		return wrong;
	wrong = write_first(io, pattern);
	if (!wrong)
		wrong = read_first(io, after);
	end = write_first(io, before);
	if (!wrong && memcmp(pattern, after, DATA) != 0)
		return "what was written is not what is read";
	return wrong ? wrong : end;
}

/* A disk may have none. */
static const char *identify(struct io *io)
{
	const char *wrong = request(io, VIRTIO_BLK_T_GET_ID, 0, 20, false);

	if (!wrong && io->m[STATUS_AT] == VIRTIO_BLK_S_UNSUPP)
		return NULL;
	return with_status(io, wrong, VIRTIO_BLK_S_OK);
}

/* A chain that no driver may make. It need not come back. */
static const char *hostile(struct io *io, enum check_io_kind kind)
{
	struct part v[] = { { HEAD_AT, 16, 0 },
			    { DATA_AT, DATA, VRING_DESC_F_WRITE },
			    { STATUS_AT, 1, VRING_DESC_F_WRITE } };
	struct timespec moment = { .tv_nsec = 10000000 };
	size_t n = COUNT(v);

	memset(io->m + HEAD_AT, 0, 16);
	if (kind == IO_OUTSIDE)
		v[1].addr = OUTSIDE;
	if (kind == IO_ENDLESS)
		v[1] = (struct part){ REGION_SIZE - 16, UINT32_MAX, VRING_DESC_F_WRITE };
	if (kind == IO_EMPTY)
		v[0].len = v[1].len = v[2].len = 0;
	if (kind == IO_NO_STATUS)
		n = 1;
	if (kind == IO_ORDER)
		v[0].flags = VRING_DESC_F_WRITE, v[2].flags = 0;
	if (kind == IO_NESTED)
		v[0] = (struct part){ TABLE_AT, 3 * 16, VRING_DESC_F_INDIRECT };
	put_split(io, v, n);
	if (kind == IO_NESTED) {
		put_table(io, v, n);
		split(io)[0].flags = VRING_DESC_F_INDIRECT;
	}
	if (kind == IO_LOOP)
		split(io)[1].next = 1, split(io)[1].flags |= VRING_DESC_F_NEXT;
	if (kind == IO_NEXT_OUTSIDE)
		split(io)[1].next = 60000;
	if (kind == IO_HEAD_OUTSIDE)
		word_at(io, AVAIL_AT)[2] = 60000;
	if (!kick(io))
		return "we could not kick";
	nanosleep(&moment, NULL);
	return NULL;
}

static const char *run(struct io *io, enum check_io_kind kind)
{
	switch (kind) {
	case IO_READ:
		return read_twice(io);
	case IO_WRITE_READ:
		return write_and_read(io);
	case IO_FLUSH:
		return with_status(io, request(io, VIRTIO_BLK_T_FLUSH, 0, 0, true),
				   VIRTIO_BLK_S_OK);
	case IO_ID:
		return identify(io);
	case IO_BEYOND:
		return with_status(
			io, request(io, VIRTIO_BLK_T_IN, UINT64_C(1) << 50, DATA, false),
			VIRTIO_BLK_S_IOERR);
	case IO_UNKNOWN:
		return with_status(io, request(io, 0x7ffffff0, 0, DATA, false),
				   VIRTIO_BLK_S_UNSUPP);
	default:
		return hostile(io, kind);
	}
}

const char *check_io(const struct check_case *k, struct talk *t)
{
	struct io io = { .t = t,
			 .packed = k->features & BIT(VIRTIO_F_RING_PACKED),
			 .indirect = k->features & BIT(VIRTIO_RING_F_INDIRECT_DESC),
			 .event_idx = k->features & BIT(VIRTIO_RING_F_EVENT_IDX) };
	const char *wrong;

	io.m = mmap(NULL, REGION_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, t->fds[0], 0);
	if (io.m == MAP_FAILED)
		return "we could not map our memory";
	/* The driver's event structure of a packed ring says: call always (0). */
	wrong = run(&io, (enum check_io_kind)k->io);
	munmap(io.m, REGION_SIZE);
	return wrong;
}
