/* SPDX-License-Identifier: GPL-2.0-or-later */
/* harvest.h - records of what has ended, as soon as all that belongs to them was told. */
#ifndef TASKSTAT_HARVEST_H
#define TASKSTAT_HARVEST_H

#include "ended.h"
#include "exits.h"

struct harvest {
	struct exits x;
	struct ended ended;
};

/*
 * Takes a record of what ended after drained_ns (CLOCK_MONOTONIC). It may change it, not
 * keep it. Returns 0, or -errno, which ends the harvest.
 */
typedef int harvest_take(struct task *t, uint64_t drained_ns, void *arg);

/*
 * Hands over the records of all messages that wait. Returns how many messages there were,
 * or -errno. Where h->ended.held is not 0 after it, it has to be called again soon.
 */
MUST_CHECK int harvest(struct harvest *h, harvest_take *take, void *arg) NONNULL(1, 2);

/* The last one: also those of which something is still to come. Returns 0 or -errno. */
MUST_CHECK int harvest_end(struct harvest *h, harvest_take *take, void *arg)
	NONNULL(1, 2);

/* Whatever of it was opened. */
void harvest_close(struct harvest *h) NONNULL(1);

#endif
