/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "receiver.h"

#include "clock.h"

#include <errno.h>
#include <string.h>

#define CANARY 0xa5

/* Whoever sends is another process: its first packet tells addresses and size, and from
 * its number on they are counted. */
static void learn(struct receiver *r, const uint8_t *p, uint32_t len)
{
	uint64_t seq;

	if (len < PACKET_MIN)
		return;
	packet_form(&r->learned, p, p + ETH_ALEN, len);
	/* The kernel's packets all have the pattern of number 0; so has number 0 itself,
	 * after which the next one tells. */
	if (!packet_read(p, len, &r->learned, &seq)) {
		r->learned.fixed = true;
		r->learned.fixed = packet_read(p, len, &r->learned, &seq);
	}
	if (!r->check.next)
		packet_seen(&r->check, p, len, &r->learned);
	r->w.form = &r->learned;
	r->learn = packet_seq(p) == 0;
}

static void look_into(struct receiver *r, const uint8_t *p, uint32_t len)
{
	if (r->learn)
		learn(r, p, len);
	packet_check(&r->check, p, len, r->w.form);
}

static bool untouched(const uint8_t *p, size_t n)
{
	size_t i = 0;

	while (i < n && p[i] == CANARY)
		i++;
	return i == n;
}

/* The frame is looked at around the packet, and made ready for the next one. */
static void check_frame(struct receiver *r, uint64_t frame, uint64_t begins, uint32_t len)
{
	uint32_t size = r->w.xsk->config.frame_size;
	uint8_t *p = r->w.xsk->mem + frame;

	if (!untouched(p, begins) || !untouched(p + begins + len, size - begins - len))
		r->overwritten++;
	memset(p, CANARY, size);
}

/* A descriptor comes from the kernel: its bytes have to lie in one frame. Returns how
 * many packets it completes, or -EBADMSG. */
static int take(struct receiver *r, const struct xdp_desc *desc)
{
	struct xsk *x = r->w.xsk;
	uint64_t at = xsk_offset(x, desc->addr);
	uint32_t size = x->config.frame_size;
	uint64_t begins = frames_into(&x->frames, at);
	const uint8_t *packet;
	uint32_t len;

	if (desc->len > size - begins || !frames_take(&x->frames, at, OWNER_FILL))
		return -EBADMSG;
	if (r->begins && begins != r->begins)
		r->misplaced++;
	if (r->w.verify) {
		packet = pieces_take(&r->pieces, x->mem + at, desc, &len);
		if (packet)
			look_into(r, packet, len);
	}
	if (r->canary)
		check_frame(r, at - begins, begins, desc->len);
	return !(desc->options & XDP_PKT_CONTD);
}

/* Takes a batch and gives the frames back to be filled. Returns how many descriptors it
 * were, or -errno. */
static int receive(struct receiver *r, uint64_t *packets)
{
	struct xsk *x = r->w.xsk;
	uint32_t at, n = xsk_ring_cons__peek(&x->rx, r->w.batch, &at);

	for (uint32_t i = 0; i < n; i++) {
		int done = take(r, xsk_ring_cons__rx_desc(&x->rx, at + i));

		if (done < 0)
			return done;
		*packets += (uint64_t)done;
	}
	if (n) {
		xsk_ring_cons__release(&x->rx, n);
		xsk_refill(x);
	}
	return (int)n;
}

static void *receiver_run(void *arg)
{
	struct receiver *r = arg;
	uint64_t received = 0;
	bool stop, fresh = false;
	int n;

	do {
		stop = worker_stopping(&r->w); /* before the ring is seen to be empty */
		n = receive(r, &received);
		if (n > 0) {
			if (!r->first_ns)
				r->first_ns = clock_mono_ns();
			atomic_store_explicit(&r->received, received,
					      memory_order_relaxed);
			fresh = true;
			continue;
		}
		if (fresh)
			r->w.end_ns = clock_mono_ns();
		fresh = false;
		if (!n && !stop)
			n = worker_wait(&r->w);
	} while (n > 0 || (!n && !stop));
	r->w.err = MIN(n, 0);
	pieces_free(&r->pieces);
	worker_account(&r->w);
	return NULL;
}

int receiver_start(struct receiver *r)
{
	const struct frames *f = &r->w.xsk->frames;
	int err = 0;

	if (r->canary)
		memset(r->w.xsk->mem + f->first, CANARY, (size_t)f->n * f->size);
	if (r->w.xsk->config.frags)
		err = pieces_init(&r->pieces);
	if (!err)
		err = worker_start(&r->w, receiver_run, r);
	if (err)
		pieces_free(&r->pieces);
	return err;
}
