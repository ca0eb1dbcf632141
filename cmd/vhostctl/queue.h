/* SPDX-License-Identifier: GPL-2.0-or-later */
/* queue.h - a queue of a front-end that we serve: its ring, fds and state. */
#ifndef VHOSTCTL_QUEUE_H
#define VHOSTCTL_QUEUE_H

#include "fault.h"
#include "vq.h"

struct queue {
	struct vq q;
	struct inflight inflight;
	int kick, call, err; /* owned, -1: none */
	bool started;        /* between SET_VRING_KICK and GET_VRING_BASE */
	bool enabled;        /* by SET_VRING_ENABLE, where that is needed */
	bool kicked;         /* since it was started, or it needs no kick */
	bool polled;         /* started without an fd: looked at from time to time */
	bool quiet;          /* the driver was told that kicks are not wanted */
	bool no_call;        /* a fault of ours */
	int failed;          /* -errno that broke it: it stays as it is until restarted */
};

/* Whether buffers are to be taken from it. */
static inline bool queue_runs(const struct queue *r)
{
	return r->started && r->enabled && r->kicked && !r->failed && vq_mapped(&r->q);
}

/* The faults that rings have, with the counts of their connection. */
struct queue_faults {
	const struct faults *list;
	struct fault_counts *seen;
	bool any; /* of the rings */
};

/* Gives a buffer back, rightly or as the faults have it. */
void queue_complete(struct queue *r, const struct vq_chain *c, uint32_t written,
		    const struct queue_faults *f) NONNULL(1, 2, 4);

/* Whether a fault of this kind is due. */
static inline bool queue_fault(const struct queue_faults *f, enum fault_kind kind)
{
	return f->any && fault_in_ring(f->list, f->seen, kind);
}

/* Makes what was given back seen. Whether a call is due. */
MUST_CHECK bool queue_publish(struct queue *r) NONNULL(1);

/*
 * Starts it anew, as the driver goes on from the base that was set: inflight state is
 * looked at. Returns 0, or -errno where its addresses are wrong or memory is out.
 */
MUST_CHECK int queue_start(struct queue *r, bool polled) NONNULL(1);

/* Stops it and forgets the kick's fd. */
void queue_stop(struct queue *r) NONNULL(1);

/* Stops it and forgets everything. */
void queue_reset(struct queue *r) NONNULL(1);

#endif
