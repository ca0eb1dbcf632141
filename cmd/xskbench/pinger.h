/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pinger.h - the thread that sends a packet, waits until it is back, and takes the time.
 */
#ifndef XSKBENCH_PINGER_H
#define XSKBENCH_PINGER_H

#include "hist.h"
#include "pieces.h"
#include "worker.h"

enum { PINGS = 64 };

struct pinger {
	struct worker w;
	struct packet_form back; /* as they return */
	bool learn;              /* from whom, by the first one */
	uint64_t limit;          /* packets to send, 0 for no limit */
	uint64_t rate;           /* packets a second at most, 0 for no limit */
	int done_fd;             /* eventfd(2) that it writes when it ends by itself */
	struct hist *latency;    /* of round trips, ns */
	uint64_t sent, refused;
	uint64_t sent_ns[PINGS]; /* CLOCK_MONOTONIC, of the last ones, by number */
	uint64_t answered;       /* one more than the highest number that came back */
	atomic_uint_fast64_t received; /* so far; for other threads to read */
	struct packet_check check;     /* with verify */
	/* Of packets that are larger than a frame; freed by the thread. */
	struct pieces pieces;
	uint8_t *packet; /* the one to send */
};

/*
 * One packet under way at a time, from now on until the limit or worker_stop(). It spins:
 * sleeping would be measured too. One that is not back in 100 ms is no longer waited for,
 * but timed when it comes. Returns 0 or -errno.
 */
MUST_CHECK int pinger_start(struct pinger *p) NONNULL(1);

#endif
