/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spool.h - output that keeps nobody waiting: a thread of its own writes it. */
#ifndef VHOSTCTL_SPOOL_H
#define VHOSTCTL_SPOOL_H

#include "buf.h"

#include <pthread.h>

struct spool {
	struct out *out; /* whose bytes are taken */
	int event;       /* see spool_open */
	pthread_t thread;
	struct buf writing;   /* the thread's */
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t more, written;
	struct buf waiting;
	size_t pending; /* bytes that wait or are being written */
	bool ending, full;
	int err; /* that writing ended with: -errno */
};

/*
 * From now on what is flushed to o (outlives s) is kept in memory, and written to o->fd
 * by a thread; a failure is that of the next flush. event is an eventfd, the caller's,
 * signalled when writing has failed or there is room again after spool_full. Returns 0 or
 * -errno; end with spool_close.
 */
MUST_CHECK int spool_open(struct spool *s, struct out *o, int event) NONNULL(1, 2);

/* Whether so much waits that no more should be added. */
MUST_CHECK bool spool_full(struct spool *s) NONNULL(1);

/* Whether writing has failed: 0 or -errno. */
MUST_CHECK int spool_failed(struct spool *s) NONNULL(1);

/*
 * Waits until all is written, and leaves o as it was. Once follow_ended(follow_fd) it
 * gives up when for a second nobody takes anything. Returns 0 or -errno, o->err as well;
 * -ETIMEDOUT where it gave up.
 */
int spool_close(struct spool *s, int follow_fd) NONNULL(1);

#endif
