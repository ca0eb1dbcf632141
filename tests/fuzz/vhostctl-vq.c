/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A ring whose driver writes anything, split or packed, with and without memory of what
 * is in flight: each piece of a buffer lies in what was shared, and there is an end. */
#include "queue.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MEMORY = 1 << 16, BASE = 1 << 20, INFLIGHT = 1 << 12 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct guest guest;
static uint8_t *memory;

static void set_up(void)
{
	struct guest_area a = { 0, MEMORY, BASE, 0 };
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, MEMORY) || guest_add(&guest, &a, fd))
		_exit(1);
	memory = guest_user(&guest, BASE, MEMORY);
}

static void check_pieces(const struct vq_chain *c)
{
	uint64_t bytes = 0;

	if (c->nout + c->nin > VQ_PIECES)
		abort();
	for (size_t i = 0; i < c->nout + c->nin; i++) {
		const uint8_t *p = c->v[i].iov_base;

		if (p < memory || p + c->v[i].iov_len > memory + MEMORY)
			abort();
		bytes += c->v[i].iov_len;
	}
	if (bytes != c->out_bytes + c->in_bytes)
		abort();
}

/* Some are given back, some are kept. */
static void take_all(struct queue *r, uint8_t how)
{
	static struct vq_chain c;
	int left = 1 << 16;

	while (left-- && vq_pop(&r->q, &c) > 0) {
		check_pieces(&c);
		if (how & 16) {
			vq_unpop(&r->q, &c);
			how ^= 16;
			continue;
		}
		vq_push(&r->q, &c, how);
	}
	if (left < 0)
		abort();
	vq_publish(&r->q);
	if (vq_needs_call(&r->q) && how & 32)
		vq_want_kicks(&r->q, how & 64);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static uint64_t inflight[INFLIGHT / 8];
	struct queue r = { .q = { .guest = &guest,
				  .addr = { BASE, BASE + 0x3000, BASE + 0x2000 } },
			   .kick = -1,
			   .call = -1,
			   .err = -1 };
	uint8_t how;

	if (n < 4)
		return 0;
	if (!memory)
		set_up();
	how = data[0];
	memset(memory, 0, MEMORY);
	memset(inflight, 0, sizeof(inflight));
	r.q.packed = how & 1;
	r.q.indirect = how & 2;
	r.q.event_idx = how & 4;
	r.q.size = (uint16_t)(how & 1 ? 1 + data[1] % 64 : 1 << (data[1] % 7));
	if (how & 8) {
		r.inflight = (struct inflight){ .at = inflight, .size = 64 };
		memcpy(inflight, data, MIN(n, sizeof(inflight)));
	}
	vq_set_base(&r.q, how & 128 ? data[2] : 0x80008000);
	/* At a place, some bytes. */
	for (data += 3, n -= 3; n > 3; data += 3, n -= 3) {
		size_t len = MIN(data[2] & 31, n - 3);

		memcpy(memory + data[1] * 64 + data[0], data + 3, len);
		data += len;
		n -= len;
		if (!r.started && queue_start(&r, false))
			break;
		take_all(&r, how);
	}
	queue_reset(&r);
	return 0;
}
