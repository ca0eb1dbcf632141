/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "account.h"

#include <stdio.h>

struct worker *source_worker(struct flow *f)
{
	return by_kernel(f)          ? &f->kernel.w
	       : f->end == FLOW_ECHO ? &f->pinger.w
				     : &f->sender.w;
}

struct worker *end_worker(struct flow *f)
{
	switch (f->end) {
	case FLOW_RECEIVE:
		return &f->receiver.w;
	case FLOW_COUNT:
		return NULL;
	default:
		return &f->forwarder.w;
	}
}

/* Packets at the end of their way, so far: on the wire, when the device has taken them.
 */
uint64_t flow_arrived(struct flow *f)
{
	struct rtnl_link_stats64 s;
	bool wire = to_wire(f);

	switch (f->end) {
	case FLOW_RECEIVE:
		return atomic_load_explicit(&f->receiver.received, memory_order_relaxed);
	case FLOW_ECHO:
		return atomic_load_explicit(&f->pinger.received, memory_order_relaxed);
	case FLOW_FORWARD:
		if (wire)
			return atomic_load(&f->forwarder.received) -
			       atomic_load(&f->forwarder.refused);
		return xdp_counts(&f->rig.tx_xdp).packets;
	default:
		if (wire && by_kernel(f)) /* others' packets count there too */
			return lab_stats(&f->rig.lab.tx, &s)
				       ? 0
				       : MIN(s.tx_packets, flow_sent(f));
		if (wire)
			return atomic_load(&f->sender.progress);
		if (f->s->plan->sink == SINK_PEER)
			return xdp_counts(&f->rig.rx_xdp).packets;
		return lab_stats(&f->rig.lab.tx, &s) ? 0 : s.rx_packets;
	}
}

/* Packets that a device would not take. */
static uint64_t refused(struct flow *f)
{
	uint64_t n = f->sender.refused + f->pinger.refused +
		     atomic_load_explicit(&f->forwarder.refused, memory_order_relaxed);
	struct rtnl_link_stats64 s;

	/* veth counts what it has no room for at the interface that sends. */
	if (by_kernel(f) && !lab_stats(&f->rig.lab.tx, &s))
		n += s.tx_dropped;
	return n;
}

/* Of both sockets, as far as they are there. */
static int statistics(const struct rig *r, struct xdp_statistics *s)
{
	struct xdp_statistics tx = { 0 };
	int err = r->tx.socket ? xsk_stats(&r->tx, &tx) : 0;

	*s = (struct xdp_statistics){ 0 };
	if (!err && r->rx.socket)
		err = xsk_stats(&r->rx, s);
	s->rx_dropped += tx.rx_dropped;
	s->rx_ring_full += tx.rx_ring_full;
	s->rx_fill_ring_empty_descs += tx.rx_fill_ring_empty_descs;
	s->tx_ring_empty_descs += tx.tx_ring_empty_descs;
	return err;
}

uint64_t flow_accounted(struct flow *f)
{
	struct xdp_statistics s;

	if (statistics(&f->rig, &s))
		return 0;
	return flow_arrived(f) + refused(f) + s.rx_dropped + s.rx_ring_full;
}

uint64_t flow_sent(struct flow *f)
{
	if (by_wire(f)) /* what came as far as the program */
		return flow_accounted(f);
	return by_kernel(f) ? xdp_counts(&f->rig.generate).packets
			    : f->sender.sent + f->pinger.sent;
}

static int counters(struct flow *f, struct shot *shot)
{
	struct rtnl_link_stats64 tx_link, rx_link;
	struct xdp_statistics xsk;
	int err = statistics(&f->rig, &xsk);
	/* What an ifb is given to send it counts as received, and drops. */
	bool ifb = f->s->plan->sink == SINK_IFB;

	if (!err)
		err = lab_stats(&f->rig.lab.tx, &tx_link);
	if (!err)
		err = lab_stats(ifb ? &f->rig.lab.tx : &f->rig.lab.rx, &rx_link);
	if (err)
		return err;
	shot->tx_ring_overflow = refused(f);
	shot->rx_dropped = xsk.rx_dropped;
	shot->rx_ring_full = xsk.rx_ring_full;
	shot->fill_ring_empty = xsk.rx_fill_ring_empty_descs;
	shot->tx_ring_empty = xsk.tx_ring_empty_descs;
	shot->tx_link_packets = tx_link.tx_packets;
	shot->tx_link_dropped = tx_link.tx_dropped;
	shot->rx_link_packets = rx_link.rx_packets;
	shot->rx_link_dropped = rx_link.rx_dropped;
	return 0;
}

static void verification(struct flow *f, struct shot *shot)
{
	const struct xdp *end = f->end == FLOW_FORWARD ? &f->rig.tx_xdp : &f->rig.rx_xdp;
	struct counts c = xdp_counts(end);
	struct packet_check check = {
		.next = c.next, .gaps = c.gaps, .bad = c.bad, .reordered = c.reordered
	};

	shot->verified =
		f->s->plan->verify &&
		(f->s->plan->sink == SINK_PEER ||
		 (to_wire(f) && (f->end == FLOW_RECEIVE || f->end == FLOW_ECHO)));
	if (f->end == FLOW_RECEIVE)
		check = f->receiver.check;
	if (f->end == FLOW_ECHO)
		check = f->pinger.check;
	shot->lost = packet_lost(&check, by_wire(f) ? 0 : shot->sent);
	/* How many another process has sent is not known: gaps are, and what was dropped
	 * here, after the last one that was taken too. */
	if (by_wire(f))
		shot->lost = MAX(shot->lost, shot->sent - shot->received);
	/* The program looks at the first word, the forwarder at every byte. */
	shot->bad = check.bad + f->forwarder.check.bad + f->receiver.misplaced +
		    f->receiver.overwritten;
	shot->reordered = check.reordered;
}

/* The call that makes packets takes its time to begin and to end: that doesn't count. */
static void sending_time(struct flow *f, uint64_t *start_ns, uint64_t *end_ns)
{
	struct counts c = xdp_counts(&f->rig.generate);

	if (by_wire(f)) {
		*start_ns = f->end == FLOW_RECEIVE ? f->receiver.first_ns
						   : f->forwarder.first_ns;
		*end_ns = *start_ns;
		return;
	}
	*start_ns = source_worker(f)->start_ns;
	*end_ns = source_worker(f)->end_ns;
	if (by_kernel(f)) {
		*start_ns = c.first_ns;
		*end_ns = MAX(c.last_ns, c.first_ns);
	}
}

static void other_queues(const struct flow *f, struct shot *shot)
{
	struct counts c = xdp_counts(&f->rig.rx_xdp);

	shot->elsewhere = c.elsewhere;
	shot->other_queue = c.other_queue;
}

static void attachment(const struct flow *f, struct shot *shot)
{
	const struct xdp *x = f->rig.rx_xdp.skel ? &f->rig.rx_xdp : &f->rig.tx_xdp;

	shot->attached = xdp_attached(x);
	snprintf(shot->why_alone, sizeof(shot->why_alone), "%s", x->shared.said);
}

static void outcome(struct flow *f, struct shot *shot)
{
	const struct worker *from = source_worker(f), *to = end_worker(f);
	uint64_t start_ns, end_ns;

	sending_time(f, &start_ns, &end_ns);
	shot->napi = f->rig.napi;
	attachment(f, shot);
	other_queues(f, shot);
	snprintf(shot->driver, sizeof(shot->driver), "%s", f->rig.lab.driver);
	shot->sent = flow_sent(f);
	shot->received = flow_arrived(f);
	if (f->end == FLOW_COUNT && to_wire(f) && !by_kernel(f))
		shot->received = f->sender.sent - f->sender.refused;
	/* Somebody goes on sending: of what came since, the counters tell nothing. */
	if (by_wire(f))
		shot->sent = shot->received + shot->tx_ring_overflow + shot->rx_dropped +
			     shot->rx_ring_full;
	if (by_wire(f) && !shot->ended && f->s->plan->packets > shot->sent)
		shot->missing = f->s->plan->packets - shot->sent;
	shot->dried_up = shot->missing && f->dried_up;
	shot->tx_cpu_ns = from->cpu_ns;
	shot->tx_living_ns = from->living_ns;
	shot->syscalls = from->syscalls;
	if (to) {
		end_ns = MAX(end_ns, to->end_ns);
		shot->rx_cpu_ns = to->cpu_ns;
		shot->rx_living_ns = to->living_ns;
		shot->syscalls += to->syscalls;
	}
	shot->duration_ns = end_ns - start_ns;
	verification(f, shot);
}

int flow_account(struct flow *f, struct shot *shot)
{
	int err = counters(f, shot);

	if (!err)
		outcome(f, shot);
	return err;
}
