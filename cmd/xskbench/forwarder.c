/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "forwarder.h"

#include "clock.h"

#include <errno.h>
#include <sys/socket.h>

#define FLUSH_NS 1000000000u

/* From rx to tx the frame stays lent; who has it is only written down anew. */
static int turn(struct forwarder *f, const struct xdp_desc *in, struct xdp_desc *out)
{
	struct xsk *x = f->w.xsk;
	uint64_t at = xsk_offset(x, in->addr);

	if (in->len < ETH_HLEN ||
	    in->len > x->config.frame_size - frames_into(&x->frames, at) ||
	    !frames_pass(&x->frames, at, OWNER_FILL, OWNER_TX))
		return -EBADMSG;
	if (f->w.verify)
		packet_check(&f->check, x->mem + at, in->len, f->w.form);
	packet_turn(x->mem + at, f->mac);
	*out = (struct xdp_desc){ .addr = in->addr, .len = in->len };
	return 0;
}

/* Returns how many were moved, or -errno. */
static int move(struct forwarder *f)
{
	struct xsk *x = f->w.xsk;
	uint32_t in, out, n, room = xsk_prod_nb_free(&x->tx, f->w.batch);

	n = xsk_ring_cons__peek(&x->rx, MIN(f->w.batch, room), &in);
	if (!n)
		return 0;
	n = xsk_ring_prod__reserve(&x->tx, n, &out);
	/* They come from another CPU: all are fetched while the first one is turned. */
	for (uint32_t i = 0; i < n; i++)
		__builtin_prefetch(
			x->mem + xsk_offset(x,
					    xsk_ring_cons__rx_desc(&x->rx, in + i)->addr),
			1);
	for (uint32_t i = 0; i < n; i++)
		if (turn(f, xsk_ring_cons__rx_desc(&x->rx, in + i),
			 xsk_ring_prod__tx_desc(&x->tx, out + i)))
			return -EBADMSG;
	xsk_ring_cons__release(&x->rx, n);
	xsk_ring_prod__submit(&x->tx, n);
	f->queued += n;
	atomic_store_explicit(&f->received, f->queued, memory_order_relaxed);
	return (int)n;
}

/* As turn: the addresses are in the first piece. */
static int turn_piece(struct forwarder *f, const struct xdp_desc *in,
		      struct xdp_desc *out)
{
	struct xsk *x = f->w.xsk;
	uint64_t at = xsk_offset(x, in->addr);
	const uint8_t *packet;
	uint32_t len;

	if (in->len > x->config.frame_size - frames_into(&x->frames, at) ||
	    (!f->inside && in->len < ETH_HLEN) ||
	    !frames_pass(&x->frames, at, OWNER_FILL, OWNER_TX))
		return -EBADMSG;
	if (f->w.verify) {
		packet = pieces_take(&f->pieces, x->mem + at, in, &len);
		if (packet)
			packet_check(&f->check, packet, len, f->w.form);
	}
	if (!f->inside)
		packet_turn(x->mem + at, f->mac);
	f->inside = in->options & XDP_PKT_CONTD;
	*out = (struct xdp_desc){ .addr = in->addr,
				  .len = in->len,
				  .options = in->options & XDP_PKT_CONTD };
	return 0;
}

/* As move, where a packet may be of several frames. One that is cut off at the end of a
 * batch waits in the kernel for the rest. */
static int move_pieces(struct forwarder *f)
{
	struct xsk *x = f->w.xsk;
	uint32_t in, out, n, room = xsk_prod_nb_free(&x->tx, f->w.batch);
	uint64_t packets = 0;

	n = xsk_ring_cons__peek(&x->rx, MIN(f->w.batch, room), &in);
	if (!n)
		return 0;
	n = xsk_ring_prod__reserve(&x->tx, n, &out);
	for (uint32_t i = 0; i < n; i++) {
		if (turn_piece(f, xsk_ring_cons__rx_desc(&x->rx, in + i),
			       xsk_ring_prod__tx_desc(&x->tx, out + i)))
			return -EBADMSG;
		packets += !f->inside;
	}
	xsk_ring_cons__release(&x->rx, n);
	xsk_ring_prod__submit(&x->tx, n);
	f->queued += n;
	atomic_fetch_add_explicit(&f->received, packets, memory_order_relaxed);
	return (int)n;
}

/* See sender.c about copy mode's answers. Returns 0 or -errno. */
static int kick(struct forwarder *f)
{
	f->w.syscalls++;
	if (sendto(f->w.xsk->tx_fd, NULL, 0, MSG_DONTWAIT, NULL, 0) >= 0)
		return 0;
	if (errno == EBUSY)
		atomic_fetch_add_explicit(&f->refused, 1, memory_order_relaxed);
	else if (errno != EAGAIN && errno != ENOBUFS && errno != EINTR)
		return -errno;
	return 0;
}

static int reap(struct forwarder *f)
{
	struct xsk *x = f->w.xsk;
	uint32_t n;
	int err = xsk_reap(x, &n);

	if (err)
		return err;
	f->completed += n;
	if (n)
		xsk_refill(x);
	return 0;
}

/* Descriptors in the tx ring that the kernel has not taken yet. */
static uint32_t pending(struct xsk *x)
{
	return x->config.ring - xsk_prod_nb_free(&x->tx, x->config.ring);
}

/* One round. A call may send fewer than a batch: the rest goes first, or packets would
 * queue up and grow cold. Returns how many packets it moved, or -errno. */
static int forward(struct forwarder *f)
{
	struct xsk *x = f->w.xsk;
	int err, n = pending(x) ? 0 : x->config.frags ? move_pieces(f) : move(f);

	if (n < 0)
		return n;
	err = pending(x) ? kick(f) : 0;
	if (!err)
		err = reap(f);
	return err ? err : n;
}

static void *forwarder_run(void *arg)
{
	struct forwarder *f = arg;
	uint64_t give_up = 0;
	bool stop;
	int n;

	do {
		stop = worker_stopping(&f->w);
		n = forward(f);
		if (n > 0) {
			f->w.end_ns = clock_mono_ns();
			if (!f->first_ns)
				f->first_ns = f->w.end_ns;
			continue;
		}
		if (!n && !stop && !f->spin && f->completed == f->queued)
			n = worker_wait(&f->w);
		if (stop && !give_up)
			give_up = clock_mono_ns() + FLUSH_NS;
		stop = stop && (f->completed == f->queued || clock_mono_ns() >= give_up);
	} while (n > 0 || (!n && !stop));
	f->w.err = MIN(n, 0);
	pieces_free(&f->pieces);
	worker_account(&f->w);
	return NULL;
}

int forwarder_start(struct forwarder *f)
{
	int err = f->w.xsk->config.frags ? pieces_init(&f->pieces) : 0;

	if (!err)
		err = worker_start(&f->w, forwarder_run, f);
	if (err)
		pieces_free(&f->pieces);
	return err;
}
