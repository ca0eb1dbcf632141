/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pinger.h"

#include "clock.h"
#include "pace.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#define GIVE_UP_NS 100000000u  /* then the next one is sent */
#define LATE_NS    1000000000u /* for all of them, in the end */
#define HOPELESS   10u         /* unanswered from the first on: nobody is there */

static int send_one(struct pinger *p)
{
	struct xsk *x = p->w.xsk;
	uint64_t addr;
	uint32_t at;

	if (!x->frames.nfree || !xsk_ring_prod__reserve(&x->tx, 1, &at))
		return -ENOBUFS;
	addr = frames_lend(&x->frames, OWNER_TX);
	packet_write(x->mem + addr, p->w.form, p->sent);
	*xsk_ring_prod__tx_desc(&x->tx, at) =
		(struct xdp_desc){ .addr = addr, .len = p->w.form->size };
	xsk_ring_prod__submit(&x->tx, 1);
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

/* Takes what has come. Returns how many, or -errno. */
static int receive(struct pinger *p)
{
	struct xsk *x = p->w.xsk;
	uint32_t at, size = x->config.frame_size, n;
	uint64_t now;

	n = xsk_ring_cons__peek(&x->rx, x->config.ring, &at);
	if (!n)
		return 0;
	now = clock_mono_ns();
	for (uint32_t i = 0; i < n; i++) {
		const struct xdp_desc *desc = xsk_ring_cons__rx_desc(&x->rx, at + i);
		uint64_t to = xsk_offset(x, desc->addr);

		if (desc->len > size - (to - x->frames.first) % size ||
		    !frames_take(&x->frames, to, OWNER_FILL))
			return -EBADMSG;
		if (desc->len >= PACKET_MIN)
			time_answer(p, x->mem + to, now);
		if (p->w.verify)
			packet_check(&p->check, x->mem + to, desc->len, p->back);
	}
	xsk_ring_cons__release(&x->rx, n);
	xsk_refill_to(x, x->config.frames / 2);
	atomic_fetch_add_explicit(&p->received, n, memory_order_relaxed);
	return (int)n;
}

/* One round trip. Returns 0 or -errno. */
static int round_trip(struct pinger *p)
{
	uint32_t reaped;
	uint64_t give_up, refused = p->refused;
	int n = 0, err = send_one(p);

	if (!err)
		err = kick(p);
	if (err)
		return err;
	give_up = clock_mono_ns() + GIVE_UP_NS;
	while (n >= 0 && p->answered < p->sent && p->refused == refused) {
		n = receive(p);
		p->w.end_ns = clock_mono_ns();
		if (p->w.end_ns >= give_up)
			break;
	}
	return n < 0 ? n : xsk_reap(p->w.xsk, &reaped);
}

/* What was given up may still come. */
static int take_late(struct pinger *p)
{
	uint64_t give_up = clock_mono_ns() + LATE_NS;
	int n = 0;

	while (n >= 0 && clock_mono_ns() < give_up &&
	       atomic_load_explicit(&p->received, memory_order_relaxed) + p->refused <
		       p->sent)
		n = receive(p);
	return MIN(n, 0);
}

static bool is_over(struct pinger *p)
{
	return worker_stopping(&p->w) || (p->limit && p->sent == p->limit) ||
	       (p->sent == HOPELESS && !p->answered);
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
	worker_account(&p->w);
	if (write(p->done_fd, &one, sizeof(one)) < 0)
		p->w.err = -errno;
	return NULL;
}

int pinger_start(struct pinger *p)
{
	return worker_start(&p->w, pinger_run, p);
}
