/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sender.h - the thread that sends numbered packets. */
#ifndef XSKBENCH_SENDER_H
#define XSKBENCH_SENDER_H

#include "worker.h"

struct sender {
	struct worker w;
	uint32_t window;  /* packets under way at most, sent and not complete; >= batch */
	uint64_t limit;   /* packets to send, 0 for no limit */
	uint64_t rate;    /* packets a second at most, 0 for no limit */
	int done_fd;      /* eventfd(2) that it writes when it ends by itself */
	uint32_t pieces;  /* descriptors of a packet */
	uint64_t queued;  /* packets given to the tx ring */
	uint64_t sent;    /* of them, taken by the kernel */
	uint64_t refused; /* of them, given back unsent: sendto(2) said EBUSY */
	uint64_t completed; /* descriptors */
	atomic_uint_fast64_t
		progress; /* packets sent so far; for other threads to read */
	uint8_t *packet;  /* of several pieces, as a whole; freed by the thread */
};

/*
 * Sends from now on until the limit or worker_stop(); ends after all it gave to the
 * kernel is complete, or a second later. With verify each packet is written anew, else
 * each frame once. Returns 0 or -errno.
 */
MUST_CHECK int sender_start(struct sender *s) NONNULL(1);

#endif
