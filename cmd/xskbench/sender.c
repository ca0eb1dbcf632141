/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sender.h"

#include "clock.h"
#include "pace.h"
#include "pieces.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define FLUSH_NS 1000000000u

static int reap(struct sender *s)
{
	uint32_t n;
	int err = xsk_reap(s->w.xsk, &n);

	if (!err)
		s->completed += n;
	return err;
}

/* Descriptors in the tx ring that the kernel has not taken yet. */
static uint32_t pending(struct xsk *x)
{
	return x->config.ring - xsk_prod_nb_free(&x->tx, x->config.ring);
}

static void queue_packet(struct sender *s, uint32_t at, uint64_t number)
{
	struct xsk *x = s->w.xsk;
	uint64_t addr;

	if (s->pieces > 1) {
		packet_write(s->packet, s->w.form, number);
		pieces_queue(x, at, s->packet, s->w.form->size);
		return;
	}
	addr = frames_lend(&x->frames, OWNER_TX);
	if (s->w.verify)
		packet_write(x->mem + addr, s->w.form, number);
	*xsk_ring_prod__tx_desc(&x->tx, at) =
		(struct xdp_desc){ .addr = addr, .len = s->w.form->size };
}

static void queue(struct sender *s, const struct pace *pace)
{
	struct xsk *x = s->w.xsk;
	uint32_t at, n = s->w.batch;

	/* Whole batches: a call for the few that fit again would cost more than it sends.
	 */
	if (n > s->window - (s->queued - s->completed / s->pieces) ||
	    n * s->pieces > x->frames.nfree)
		return;
	if (s->limit)
		n = (uint32_t)MIN(n, s->limit - s->queued);
	n = (uint32_t)pace_allows(pace, n, s->queued);
	if (!xsk_ring_prod__reserve(&x->tx, n * s->pieces, &at))
		return;
	for (uint32_t i = 0; i < n; i++)
		queue_packet(s, at + i * s->pieces, s->queued + i);
	xsk_ring_prod__submit(&x->tx, n * s->pieces);
	s->queued += n;
	atomic_store_explicit(&s->progress, s->queued, memory_order_relaxed);
}

/*
 * Has the kernel send. In copy mode it takes at most 32 descriptors a call (EAGAIN: there
 * are more, or buffers are short for now) and EBUSY is the one packet that the device
 * would not have: it is dropped, and complete (net/xdp/xsk.c, __xsk_generic_xmit).
 */
static int kick(struct sender *s)
{
	s->w.syscalls++;
	if (sendto(s->w.xsk->tx_fd, NULL, 0, MSG_DONTWAIT, NULL, 0) >= 0)
		return 0;
	switch (errno) {
	case EBUSY:
		s->refused++;
		return 0;
	case EAGAIN:
	case ENOBUFS:
	case EINTR:
		return 0;
	default:
		return -errno;
	}
}

/* One round. Returns 1 to go on, 0 when all is sent and complete, or -errno. */
static int round_trip(struct sender *s, const struct pace *pace, bool ending)
{
	uint32_t left = pending(s->w.xsk);
	int err;

	if (!left && !ending) {
		queue(s, pace);
		left = pending(s->w.xsk);
	}
	err = left ? kick(s) : 0;
	if (!err)
		err = reap(s);
	if (err)
		return err;
	return !ending || left || s->completed < s->queued * s->pieces;
}

static void *sender_run(void *arg)
{
	struct sender *s = arg;
	const uint64_t one = 1;
	uint64_t give_up = 0;
	struct pace pace;
	bool ending;
	int r;

	s->w.start_ns = clock_mono_ns();
	pace_init(&pace, s->rate, s->w.start_ns);
	do {
		ending = worker_stopping(&s->w) || (s->limit && s->queued >= s->limit);
		if (ending && !give_up)
			give_up = clock_mono_ns() + FLUSH_NS;
		r = round_trip(s, &pace, ending);
	} while (r > 0 && !(ending && clock_mono_ns() >= give_up));
	s->w.end_ns = clock_mono_ns();
	s->w.err = MIN(r, 0);
	s->sent = s->queued - pending(s->w.xsk) / s->pieces;
	free(s->packet);
	s->packet = NULL;
	worker_account(&s->w);
	/* An eventfd takes a 1 whenever nobody fills it up. */
	if (write(s->done_fd, &one, sizeof(one)) < 0)
		s->w.err = -errno;
	return NULL;
}

int sender_start(struct sender *s)
{
	const struct xsk *x = s->w.xsk;
	uint32_t size = x->config.frame_size;
	int err;

	s->pieces = pieces_of(x, s->w.form->size);
	if (s->pieces > 1) {
		s->packet = malloc(s->w.form->size);
		if (!s->packet)
			return -ENOMEM;
	} else {
		for (uint32_t i = 0; i < x->config.frames; i++)
			packet_write(x->mem + x->frames.first + (size_t)i * size,
				     s->w.form, i);
	}
	err = worker_start(&s->w, sender_run, s);
	if (err)
		free(s->packet);
	return err;
}
