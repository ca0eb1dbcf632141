/* SPDX-License-Identifier: GPL-2.0-or-later */
/* forwarder.h - the thread that sends back what it receives, on the same queue. */
#ifndef XSKBENCH_FORWARDER_H
#define XSKBENCH_FORWARDER_H

#include "pieces.h"
#include "worker.h"

struct forwarder {
	struct worker w;
	bool spin;                     /* rather than sleep: for latency */
	uint8_t mac[ETH_ALEN];         /* of the interface */
	atomic_uint_fast64_t received; /* so far; for other threads to read */
	atomic_uint_fast64_t refused;  /* not taken by the device: sendto(2) said EBUSY */
	uint64_t queued, completed;    /* descriptors */
	uint64_t first_ns;             /* CLOCK_MONOTONIC at the first batch, 0 before */
	struct packet_check check;     /* with verify: of what came in */
	struct pieces pieces;          /* freed by the thread */
	bool inside;                   /* a packet of which more has to come */
};

/*
 * Forwards from now on, addresses swapped (packet_turn), frames without a copy, until
 * worker_stop(); ends after all it gave to the kernel is complete, or a second later.
 * Returns 0 or -errno.
 */
MUST_CHECK int forwarder_start(struct forwarder *f) NONNULL(1);

#endif
