/* SPDX-License-Identifier: GPL-2.0-or-later */
/* receiver.h - the thread that receives and checks them. */
#ifndef XSKBENCH_RECEIVER_H
#define XSKBENCH_RECEIVER_H

#include "pieces.h"
#include "worker.h"

struct receiver {
	struct worker w;
	atomic_uint_fast64_t received; /* so far; for other threads to read */
	struct packet_check check;     /* with verify */
	uint32_t begins;      /* where in its frame a packet has to begin, 0: anywhere */
	bool canary;          /* the rest of the frame has to stay as it was */
	uint64_t overwritten; /* in how many it did not */
	uint64_t misplaced;   /* began elsewhere */
	bool learn;           /* what packets look like, from the first one */
	struct packet_form learned;
	uint64_t first_ns;    /* CLOCK_MONOTONIC at the first batch, 0 before */
	struct pieces pieces; /* freed by the thread */
};

/* Receives from now on until worker_stop(), then what is left in the ring. 0 or -errno.
 */
MUST_CHECK int receiver_start(struct receiver *r) NONNULL(1);

#endif
