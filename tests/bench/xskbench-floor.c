/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xskbench-floor rx|fwd|drop IF: the least that a program can do to take all packets of
 * an interface by AF_XDP, on CPU 1: give each frame back as it came, without a look at
 * what is in it; or send it back, addresses swapped. No check, no count, no sleep. drop
 * has none of that: XDP drops them. Until it is killed.
 */
#include "options.h"
#include "packet.h"

#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BATCH 64u

static void keep_cpu(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(1, &set);
	(void)sched_setaffinity(0, sizeof(set), &set);
}

/* The kernel makes room in the fill ring only after it has handed over the packets. */
static void fill(struct xsk *x, uint32_t n, uint32_t *at)
{
	while (xsk_ring_prod__reserve(&x->fill, n, at) != n)
		xsk_relax();
}

static void receive(struct xsk *x)
{
	uint32_t from, to, n = xsk_ring_cons__peek(&x->rx, BATCH, &from);

	if (!n)
		return;
	fill(x, n, &to);
	for (uint32_t i = 0; i < n; i++)
		*xsk_ring_prod__fill_addr(&x->fill, to + i) =
			xsk_ring_cons__rx_desc(&x->rx, from + i)->addr;
	xsk_ring_prod__submit(&x->fill, n);
	xsk_ring_cons__release(&x->rx, n);
}

/* Returns how many packets it queued. */
static uint32_t turn(struct xsk *x)
{
	const uint8_t nobody[ETH_ALEN] = { 0 };
	uint32_t from, to, n = xsk_ring_cons__peek(&x->rx, BATCH, &from);

	if (!n || xsk_ring_prod__reserve(&x->tx, n, &to) != n)
		return 0;
	for (uint32_t i = 0; i < n; i++)
		__builtin_prefetch(
			x->mem + xsk_ring_cons__rx_desc(&x->rx, from + i)->addr, 1);
	for (uint32_t i = 0; i < n; i++) {
		struct xdp_desc d = *xsk_ring_cons__rx_desc(&x->rx, from + i);

		packet_turn(x->mem + d.addr, nobody); /* none is to a group */
		d.options = 0;
		*xsk_ring_prod__tx_desc(&x->tx, to + i) = d;
	}
	xsk_ring_prod__submit(&x->tx, n);
	xsk_ring_cons__release(&x->rx, n);
	return n;
}

static void forward(struct xsk *x)
{
	uint32_t from, to, n, left = turn(x);

	while (left) {
		(void)!sendto(x->tx_fd, NULL, 0, MSG_DONTWAIT, NULL, 0);
		n = xsk_ring_cons__peek(&x->comp, left, &from);
		if (!n)
			continue;
		fill(x, n, &to);
		for (uint32_t i = 0; i < n; i++)
			*xsk_ring_prod__fill_addr(&x->fill, to + i) =
				*xsk_ring_cons__comp_addr(&x->comp, from + i);
		xsk_ring_prod__submit(&x->fill, n);
		xsk_ring_cons__release(&x->comp, n);
		left -= n;
	}
}

/* Opens what the job needs. Returns 0 or -errno, and in *what what failed. */
static int open_things(const char *job, const char *ifname, struct xsk *x,
		       struct xdp *xdp, const char **what)
{
	const struct xsk_config config = { .ring = 2048,
					   .frames = 2048,
					   .frame_size = 2048,
					   .tx_budget = xsk_has_tx_budget() ? BATCH : 0 };
	const struct xsk_place place = { .ifname = ifname };
	struct xdp_config program = { .job = XDP_COUNT,
				      .mode = ATTACH_DRV,
				      .ifindex = (int)if_nametoindex(ifname) };
	enum xsk_step step;
	int err;

	if (strcmp(job, "drop") != 0) {
		*what = "opening the socket";
		err = xsk_try(x, strcmp(job, "fwd") ? XSK_RX : XSK_BOTH, &place, &config,
			      &step);
		if (err)
			return err;
		program.job = XDP_RECEIVE;
		program.xsk_fd = x->fd;
	}
	return xdp_try(xdp, &program, what);
}

int main(int argc, char **argv)
{
	const char *job = argc == 3 ? argv[1] : "", *what;
	struct xsk x;
	struct xdp xdp;
	int err;

	if (strcmp(job, "rx") && strcmp(job, "fwd") && strcmp(job, "drop")) {
		fprintf(stderr, "usage: xskbench-floor rx|fwd|drop IF\n");
		return 2;
	}
	err = open_things(job, argv[2], &x, &xdp, &what);
	if (err) {
		fprintf(stderr, "xskbench-floor: %s: %s\n", what, strerror(-err));
		return 1;
	}
	keep_cpu();
	while (*job == 'd')
		pause();
	for (;;)
		if (*job == 'f')
			forward(&x);
		else
			receive(&x);
}
