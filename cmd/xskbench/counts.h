/* SPDX-License-Identifier: GPL-2.0-or-later */
/* counts.h - what the XDP programs count, for the programs and for their reader. */
#ifndef XSKBENCH_COUNTS_H
#define XSKBENCH_COUNTS_H

#include <linux/types.h>

/* Written by one CPU at a time: the packets of a run take one queue. */
struct counts {
	__u64 packets;   /* of ours, seen by count or made by generate */
	__u64 next;      /* one more than the highest number seen */
	__u64 gaps;      /* numbers below next that have not come (yet) */
	__u64 bad;       /* length or first word of the pattern is not what was sent */
	__u64 reordered; /* came after a higher number */
	__u64 first_ns,
		last_ns; /* CLOCK_MONOTONIC at the first made, and about the last */
	/* By any CPU: came to other queues than the socket's, and one of these. */
	__u64 elsewhere, other_queue;
};

/* What a packet looks like, see packet.h. */
enum { SEQ_AT = 16, PATTERN_AT = 24 };
#define SEQ_STEP  0xd6e8feb86659fd93u
#define WORD_STEP 0x9e3779b97f4a7c15u

#endif
