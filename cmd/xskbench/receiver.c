/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "receiver.h"

#include "clock.h"

#include <errno.h>
#include <poll.h>

#define WAIT_MS 10

/* A descriptor comes from the kernel: its bytes have to lie in one frame. */
static int take(struct receiver *r, const struct xdp_desc *desc)
{
	struct xsk *x = r->w.xsk;
	uint32_t size = x->config.frame_size;

	if (desc->len > size - (desc->addr & (size - 1)) ||
	    !frames_take(&x->frames, desc->addr, OWNER_FILL))
		return -EBADMSG;
	if (r->w.verify)
		packet_check(&r->check, x->area + desc->addr, desc->len, r->w.form);
	return 0;
}

/* Takes a batch and gives the frames back to be filled. Returns how many, or -errno. */
static int receive(struct receiver *r)
{
	struct xsk *x = r->w.xsk;
	uint32_t at, n = xsk_ring_cons__peek(&x->rx, r->w.batch, &at);

	for (uint32_t i = 0; i < n; i++)
		if (take(r, xsk_ring_cons__rx_desc(&x->rx, at + i)))
			return -EBADMSG;
	if (n) {
		xsk_ring_cons__release(&x->rx, n);
		xsk_refill(x);
	}
	return (int)n;
}

/* Sleeps rather than spins: the kernel may need this very CPU to fill the ring. */
static int wait_for_packets(struct receiver *r)
{
	struct pollfd p = { .fd = r->w.xsk->fd, .events = POLLIN };

	r->w.syscalls++;
	return poll(&p, 1, WAIT_MS) < 0 && errno != EINTR ? -errno : 0;
}

static void *receiver_run(void *arg)
{
	struct receiver *r = arg;
	uint64_t received = 0;
	bool stop, fresh = false;
	int n;

	do {
		stop = worker_stopping(&r->w); /* before the ring is seen to be empty */
		n = receive(r);
		if (n > 0) {
			received += (uint64_t)n;
			atomic_store_explicit(&r->received, received,
					      memory_order_relaxed);
			fresh = true;
			continue;
		}
		if (fresh)
			r->w.end_ns = clock_mono_ns();
		fresh = false;
		if (!n && !stop)
			n = wait_for_packets(r);
	} while (n > 0 || (!n && !stop));
	r->w.err = MIN(n, 0);
	worker_account(&r->w);
	return NULL;
}

int receiver_start(struct receiver *r)
{
	return worker_start(&r->w, receiver_run, r);
}
