/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ended.h - from exit messages to records of tasks or of whole processes. Pure. */
#ifndef TASKSTAT_ENDED_H
#define TASKSTAT_ENDED_H

#include "decode.h"
#include "task.h"

/* Processes of which some threads have ended, until the last one does. */
struct ended {
	bool threads;           /* records are of tasks: nothing is remembered */
	bool delays;            /* the kernel measures delays other than for a CPU ... */
	uint64_t since_ns;      /* ... of tasks started since; CLOCK_MONOTONIC; 0 all */
	uint64_t now_ns;        /* when what is taken is read, by the same clock */
	struct group **buckets; /* owned */
	size_t n;
};

/* So many processes are remembered; where there are more, all are forgotten. */
#define ENDED_MOST 65536

/*
 * Takes one message. Returns 1 where *t is a record, 0 where it was a thread of a process
 * that goes on, or -errno: kstats_decode's, reply_decode's, -ENOMEM.
 *
 * A process that had threads ends with its last one, whose exit code is its own unless it
 * is 0 and another one was not, just before. Its sums are the kernel's. Extremes, faults
 * and I/O come from its threads' messages, and are absent unless each of its threads was
 * seen: the kernel's sum of times on a CPU tells.
 */
MUST_CHECK int ended_take(struct ended *e, const struct nlmsghdr *h, struct task *t)
	NONNULL(1, 2, 3);
void ended_free(struct ended *e) NONNULL(1);

#endif
