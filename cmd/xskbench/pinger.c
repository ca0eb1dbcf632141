/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pinger.h"

#include "clock.h"
#include "pace.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#define GIVE_UP_NS 100000000u
#define LATE_NS    1000000000u

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
	p->sent++;
	return 0;
}

/* See sender.c about copy mode's answers; EAGAIN: again. */
static int kick(struct pinger *p)
{
	do {
		p->w.syscalls++;
		if (sendto(p->w.xsk->fd, NULL, 0, MSG_DONTWAIT, NULL, 0) >= 0)
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

	n = xsk_ring_cons__peek(&x->rx, x->config.ring, &at);
	for (uint32_t i = 0; i < n; i++) {
		const struct xdp_desc *desc = xsk_ring_cons__rx_desc(&x->rx, at + i);
		uint64_t to = xsk_offset(x, desc->addr);

		if (desc->len > size - (to - x->frames.first) % size ||
		    !frames_take(&x->frames, to, OWNER_FILL))
			return -EBADMSG;
		if (p->w.verify)
			packet_check(&p->check, x->mem + to, desc->len, p->back);
	}
	if (n) {
		xsk_ring_cons__release(&x->rx, n);
		xsk_refill_to(x, x->config.frames / 2);
		atomic_fetch_add_explicit(&p->received, n, memory_order_relaxed);
	}
	return (int)n;
}

/* One round trip. Returns 0 or -errno. */
static int round_trip(struct pinger *p)
{
	uint32_t reaped;
	uint64_t begin, now, due;
	int n, err = send_one(p);

	begin = clock_mono_ns();
	due = p->sent - p->refused;
	if (!err)
		err = kick(p);
	if (err)
		return err;
	do {
		n = receive(p);
		now = clock_mono_ns();
	} while (!n && now - begin < GIVE_UP_NS && p->sent - p->refused == due);
	if (n < 0)
		return n;
	if (n)
		hist_add(p->latency, now - begin);
	p->w.end_ns = now;
	return xsk_reap(p->w.xsk, &reaped);
}

/* What was given up may still come: it is counted, not timed. */
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

static void *pinger_run(void *arg)
{
	struct pinger *p = arg;
	const uint64_t one = 1;
	struct pace pace;
	int err = 0;

	p->w.start_ns = p->w.end_ns = clock_mono_ns();
	pace_init(&pace, p->rate, p->w.start_ns);
	while (!err && !worker_stopping(&p->w) && (!p->limit || p->sent < p->limit))
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
