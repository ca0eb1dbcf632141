/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sender.h"

#include "clock.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#define FLUSH_NS 1000000000u

/* Takes back the frames of what is complete. */
static int reap(struct sender *s)
{
	struct xsk *x = s->w.xsk;
	uint32_t at, n = xsk_ring_cons__peek(&x->comp, x->config.ring, &at);

	for (uint32_t i = 0; i < n; i++)
		if (!frames_take(&x->frames, *xsk_ring_cons__comp_addr(&x->comp, at + i),
				 OWNER_TX))
			return -EBADMSG;
	xsk_ring_cons__release(&x->comp, n);
	s->completed += n;
	return 0;
}

/* Descriptors in the tx ring that the kernel has not taken yet. */
static uint32_t pending(struct xsk *x)
{
	return x->config.ring - xsk_prod_nb_free(&x->tx, x->config.ring);
}

static void queue(struct sender *s)
{
	struct xsk *x = s->w.xsk;
	uint32_t at, n = s->w.batch;

	/* Whole batches: a call for the few that fit again would cost more than it sends.
	 */
	if (n > s->window - (s->queued - s->completed) || n > x->frames.nfree)
		return;
	if (s->limit)
		n = (uint32_t)MIN(n, s->limit - s->queued);
	n = xsk_ring_prod__reserve(&x->tx, n, &at);
	for (uint32_t i = 0; i < n; i++) {
		uint64_t addr = frames_lend(&x->frames, OWNER_TX);

		if (s->w.verify)
			packet_write(x->area + addr, s->w.form, s->queued + i);
		*xsk_ring_prod__tx_desc(&x->tx, at + i) =
			(struct xdp_desc){ .addr = addr, .len = s->w.form->size };
	}
	xsk_ring_prod__submit(&x->tx, n);
	s->queued += n;
}

/*
 * Has the kernel send. In copy mode it takes at most 32 descriptors a call (EAGAIN: there
 * are more, or buffers are short for now) and EBUSY is the one packet that the device
 * would not have: it is dropped, and complete (net/xdp/xsk.c, __xsk_generic_xmit).
 */
static int kick(struct sender *s)
{
	s->w.syscalls++;
	if (sendto(s->w.xsk->fd, NULL, 0, MSG_DONTWAIT, NULL, 0) >= 0)
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
static int round_trip(struct sender *s, bool ending)
{
	uint32_t left = pending(s->w.xsk);
	int err;

	if (!left && !ending) {
		queue(s);
		left = pending(s->w.xsk);
	}
	err = left ? kick(s) : 0;
	if (!err)
		err = reap(s);
	if (err)
		return err;
	return !ending || left || s->completed < s->queued;
}

static void *sender_run(void *arg)
{
	struct sender *s = arg;
	const uint64_t one = 1;
	uint64_t give_up = 0;
	bool ending;
	int r;

	s->w.start_ns = clock_mono_ns();
	do {
		ending = worker_stopping(&s->w) || (s->limit && s->queued >= s->limit);
		if (ending && !give_up)
			give_up = clock_mono_ns() + FLUSH_NS;
		r = round_trip(s, ending);
	} while (r > 0 && !(ending && clock_mono_ns() >= give_up));
	s->w.end_ns = clock_mono_ns();
	s->w.err = MIN(r, 0);
	s->sent = s->queued - pending(s->w.xsk);
	worker_account(&s->w);
	/* An eventfd takes a 1 whenever nobody fills it up. */
	if (write(s->done_fd, &one, sizeof(one)) < 0)
		s->w.err = -errno;
	return NULL;
}

int sender_start(struct sender *s)
{
	const struct xsk *x = s->w.xsk;

	for (uint32_t i = 0; i < x->config.frames; i++)
		packet_write(x->area + (size_t)i * x->config.frame_size, s->w.form, i);
	return worker_start(&s->w, sender_run, s);
}
