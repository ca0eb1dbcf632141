/* SPDX-License-Identifier: GPL-2.0-or-later */
/* worker.h - a thread that works on one socket, on one CPU. */
#ifndef XSKBENCH_WORKER_H
#define XSKBENCH_WORKER_H

#include "packet.h"
#include "xsk.h"

#include <pthread.h>
#include <stdatomic.h>

struct worker {
	struct xsk *xsk;
	const struct packet_form *form;
	uint32_t batch; /* descriptors at a time */
	int cpu;        /* to run on, -1 for any */
	bool verify;
	uint64_t spin_ns; /* how long to look for packets before sleeping */
	uint32_t sleeps;  /* waits to come that do not look first: it was in vain */
	uint32_t doze;    /* how many those are: twice as many each time */
	void *(*run)(void *);
	void *arg; /* of run */
	pthread_t thread;
	bool running;
	atomic_bool stop;
	/* Written by the thread, to be read after its end. */
	uint64_t start_ns,
		end_ns;     /* CLOCK_MONOTONIC: running, and the last packet done */
	uint64_t cpu_ns;    /* CPU time it took */
	uint64_t living_ns; /* of so long a life */
	uint64_t syscalls;
	int err; /* -errno that ended it early; -EBADMSG: the kernel broke a ring's rules
		  */
};

/* Starts run(arg) on its CPU. Returns 0 or -errno (-EINVAL: there is no such CPU). */
MUST_CHECK int worker_start(struct worker *w, void *(*run)(void *), void *arg)
	NONNULL(1, 2);

/* Tells a running thread to end, and waits for it. */
void worker_stop(struct worker *w) NONNULL(1);
bool worker_stopping(struct worker *w) NONNULL(1);

/* Waits for packets in the rx ring, for some milliseconds at most. Returns 0 or -errno.
 */
MUST_CHECK int worker_wait(struct worker *w) NONNULL(1);

/* The thread's last act: takes down the CPU time that it took, and its life's. */
void worker_account(struct worker *w) NONNULL(1);

#endif
