/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pinger.h"

#include "clock.h"
#include "pace.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define GIVE_UP_NS 100000000u  /* then the next one is sent */
#define LATE_NS    1000000000u /* for all of them, in the end */
#define HOPELESS   10u         /* unanswered from the first on: nobody is there */

static int send_one(struct pinger *p)
{
	struct xsk *x = p->w.xsk;
	uint32_t at, size = p->w.form->size, n = pieces_of(x, size);
	uint64_t addr;

	if (x->frames.nfree < n || !xsk_ring_prod__reserve(&x->tx, n, &at))
		return -ENOBUFS;
	if (n > 1) {
		packet_write(p->packet, p->w.form, p->sent);
		pieces_queue(x, at, p->packet, size);
	} else {
		addr = frames_lend(&x->frames, OWNER_TX);
		packet_write(x->mem + addr, p->w.form, p->sent);
		*xsk_ring_prod__tx_desc(&x->tx, at) =
			(struct xdp_desc){ .addr = addr, .len = size };
	}
	xsk_ring_prod__submit(&x->tx, n);
	p->sent_ns[p->sent % PINGS] = clock_mono_ns();
	p->sent++;
	return 0;
}

/* It may be the answer to an earlier one that was given up. */
static void time_answer(struct pinger *p, const uint8_t *packet, uint64_t now)
{
	uint64_t seq = packet_seq(packet);

	if (seq >= p->sent || p->sent - seq > PINGS)
		return;
	hist_add(p->latency, now - p->sent_ns[seq % PINGS]);
	p->answered = MAX(p->answered, seq + 1);
}

/* See sender.c about copy mode's answers; EAGAIN: again. */
static int kick(struct pinger *p)
{
	do {
		p->w.syscalls++;
		if (sendto(p->w.xsk->tx_fd, NULL, 0, MSG_DONTWAIT, NULL, 0) >= 0)
			return 0;
	} while (errno == EAGAIN || errno == EINTR);
	if (errno != EBUSY)
		return -errno;
	p->refused++;
	return 0;
}

/* A descriptor of what has come. Returns how many packets it completes, or -EBADMSG. */
static int take(struct pinger *p, const struct xdp_desc *desc, uint64_t now)
{
	struct xsk *x = p->w.xsk;
	uint64_t at = xsk_offset(x, desc->addr);
	const uint8_t *packet;
	uint32_t len;

	if (desc->len > x->config.frame_size - frames_into(&x->frames, at) ||
	    !frames_take(&x->frames, at, OWNER_FILL))
		return -EBADMSG;
	packet = pieces_take(&p->pieces, x->mem + at, desc, &len);
	if (!packet)
		return 0;
	if (len >= PACKET_MIN)
		time_answer(p, packet, now);
	if (p->learn && len >= PACKET_MIN && !memcmp(packet, p->back.head, ETH_ALEN)) {
		memcpy(p->back.head + ETH_ALEN, packet + ETH_ALEN, ETH_ALEN);
		p->learn = false;
	}
	if (p->w.verify)
		packet_check(&p->check, packet, len, &p->back);
	return 1;
}

/* Takes what has come. Returns 0 or -errno. */
static int receive(struct pinger *p)
{
	struct xsk *x = p->w.xsk;
	uint32_t at, n = xsk_ring_cons__peek(&x->rx, x->config.ring, &at);
	uint64_t now, packets = 0;

	if (!n)
		return 0;
	now = clock_mono_ns();
	for (uint32_t i = 0; i < n; i++) {
		int done = take(p, xsk_ring_cons__rx_desc(&x->rx, at + i), now);

		if (done < 0)
			return done;
		packets += (uint64_t)done;
	}
	xsk_ring_cons__release(&x->rx, n);
	xsk_refill_to(x, x->config.frames / 2);
	atomic_fetch_add_explicit(&p->received, packets, memory_order_relaxed);
	return 0;
}

/* One round trip. Returns 0 or -errno. */
static int round_trip(struct pinger *p)
{
	uint32_t reaped;
	uint64_t give_up, refused = p->refused;
	int err = send_one(p);

	if (!err)
		err = kick(p);
	if (err)
		return err;
	give_up = clock_mono_ns() + GIVE_UP_NS;
	while (!err && p->answered < p->sent && p->refused == refused) {
		err = receive(p);
		p->w.end_ns = clock_mono_ns();
		if (p->w.end_ns >= give_up)
			break;
	}
	if (!err)
		err = xsk_reap(p->w.xsk, &reaped);
	/* Where frames are few, those that were sent make up for what was kept. */
	xsk_refill_to(p->w.xsk, p->w.xsk->config.frames / 2);
	return err;
}

/* What was given up may still come. */
static int take_late(struct pinger *p)
{
	uint64_t give_up = clock_mono_ns() + LATE_NS;
	int err = 0;

	while (!err && clock_mono_ns() < give_up &&
	       atomic_load_explicit(&p->received, memory_order_relaxed) + p->refused <
		       p->sent)
		err = receive(p);
	return err;
}

static bool is_over(struct pinger *p)
{
	return worker_stopping(&p->w) || (p->limit && p->sent == p->limit) ||
	       (p->sent == HOPELESS && !p->answered);
}

static void release(struct pinger *p)
{
	pieces_free(&p->pieces);
	free(p->packet);
	p->packet = NULL;
}

static void *pinger_run(void *arg)
{
	struct pinger *p = arg;
	const uint64_t one = 1;
	struct pace pace;
	int err = 0;

	p->w.start_ns = p->w.end_ns = clock_mono_ns();
	pace_init(&pace, p->rate, p->w.start_ns);
	while (!err && !is_over(p))
		if (pace_allows(&pace, 1, p->sent))
			err = round_trip(p);
	p->w.err = err ? err : take_late(p);
	release(p);
	worker_account(&p->w);
	if (write(p->done_fd, &one, sizeof(one)) < 0)
		p->w.err = -errno;
	return NULL;
}

int pinger_start(struct pinger *p)
{
	int err = 0;

	if (p->w.xsk->config.frags) {
		err = pieces_init(&p->pieces);
		p->packet = malloc(p->w.form->size);
	}
	if (!err && p->w.xsk->config.frags && !p->packet)
		err = -ENOMEM;
	if (!err)
		err = worker_start(&p->w, pinger_run, p);
	if (err)
		release(p);
	return err;
}
