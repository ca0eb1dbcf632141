/* SPDX-License-Identifier: GPL-2.0-or-later */
/* account.h - a flow under way, and where its packets are. */
#ifndef XSKBENCH_ACCOUNT_H
#define XSKBENCH_ACCOUNT_H

#include "flow.h"
#include "forwarder.h"
#include "kernel_source.h"
#include "pinger.h"
#include "receiver.h"
#include "rig.h"
#include "sender.h"

struct flow {
	const struct shooting *s;
	enum flow_end end;
	struct rig rig;
	struct sender sender;
	struct kernel_source kernel;
	struct pinger pinger;
	struct receiver receiver;
	struct forwarder forwarder;
	/* Of what comes by the wire: how much, when last, and that it was long ago. */
	uint64_t seen, seen_ns;
	bool dried_up;
};

static inline bool by_kernel(const struct flow *f)
{
	return f->s->plan->source == SOURCE_KERNEL;
}

/* No source of ours: packets come from the wire. */
static inline bool by_wire(const struct flow *f)
{
	return f->s->plan->source == SOURCE_WIRE;
}

/* No end of ours. */
static inline bool to_wire(const struct flow *f)
{
	return f->s->plan->sink == SINK_WIRE;
}

/* The thread that sends, and the one at the end: NULL where none of ours is there. */
struct worker *source_worker(struct flow *f) NONNULL(1);
struct worker *end_worker(struct flow *f) NONNULL(1);

/* Packets sent; at the end of their way, so far; and what has an end by now: there, or in
 * a counter that says where it was dropped. */
uint64_t flow_sent(struct flow *f) NONNULL(1);
uint64_t flow_arrived(struct flow *f) NONNULL(1);
uint64_t flow_accounted(struct flow *f) NONNULL(1);

/* Fills in the shot after the threads have ended. Returns 0 or -errno. */
MUST_CHECK int flow_account(struct flow *f, struct shot *shot) NONNULL(1, 2);

#endif
