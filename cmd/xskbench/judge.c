/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge.h"

#include "diag.h"
#include "units.h"

#include <string.h>

#define STEAL_PCT  2.0
#define SPREAD_PCT 5.0
#define LATE_NS    1000000000u /* what ends a run may take so long */

static void about_time(struct result *r)
{
	const struct plan *p = r->plan;
	struct buf b = { 0 };

	if (r->sum.ended)
		warning_add(&r->said, "a signal ended the run before its time");
	if (p->duration_ns != UINT64_MAX && p->source != SOURCE_WIRE &&
	    r->sum.duration_ns > r->shots * (p->duration_ns + LATE_NS)) {
		put_duration(&b, r->sum.duration_ns);
		warning_add(&r->said,
			    "the time to end came late, after %.*s: the rate over time "
			    "is not to be trusted",
			    (int)b.n, b.p ? b.p : "");
		buf_free(&b);
	}
	if (r->shots == 1 && r->sum.received) {
		put_duration(&b, r->sum.duration_ns);
		warning_add(
			&r->said,
			"one run of %.*s is a single shot: use --repeat before comparing",
			(int)b.n, b.p ? b.p : "");
		buf_free(&b);
	} else if (r->rate.mad_pct > SPREAD_PCT && r->plan->source != SOURCE_WIRE) {
		warning_add(&r->said,
			    "the rates of %zu runs differ by %.0f %% in the median: the "
			    "machine is not quiet",
			    r->shots, r->rate.mad_pct);
	}
}

static void about_machine(struct result *r)
{
	const struct plan *p = r->plan;
	double cpu = result_tx_cpu_pct(r);

	if (r->steal_pct > STEAL_PCT)
		warning_add(
			&r->said,
			"the hypervisor gave %.0f %% of the CPUs to others: figures are "
			"too low",
			r->steal_pct);
	if (r->machine->governor[0] && strcmp(r->machine->governor, "performance") != 0)
		warning_add(
			&r->said,
			"the CPU's frequency varies (governor %s): figures may follow it",
			r->machine->governor);
	if (!p->ifname && (p->tx_cpu < 0 || p->tx_cpu == p->rx_cpu))
		warning_add(&r->said, "sender and receiver have no CPU each: they slow "
				      "each other down");
	if (cpu < 90 && !p->packets && !p->rate && p->source != SOURCE_WIRE)
		warning_add(&r->said,
			    "the sender had a CPU for %.0f %% of the time: something "
			    "else ran",
			    cpu);
}

static void about_attachment(struct result *r)
{
	if (r->last.attached == ATTACHED_ALONE)
		warning_add(
			&r->said,
			"the XDP program is attached alone, not by libxdp's dispatcher: "
			"%s",
			r->last.why_alone);
}

static void about_silence(struct result *r)
{
	if (r->sum.elsewhere)
		return; /* about_refusals tells where it went */
	if (r->sum.rx_link_packets && !r->sum.sent && !r->plan->any)
		warning_add(&r->said,
			    "nothing came that xskbench has sent, but %lu other packets: "
			    "--any takes those too",
			    (unsigned long)r->sum.rx_link_packets);
	else if (!r->sum.rx_dropped)
		warning_add(&r->said,
			    "nothing came%s: somebody has to send, xskbench tx "
			    "at the other end for example",
			    r->sum.received ? " in one of the runs" : "");
}

/* A packet for which there is no frame counts as dropped and for the fill ring, one that
 * is too large for a frame as dropped alone (net/xdp/xsk.c, __xsk_rcv). */
static void about_refusals(struct result *r)
{
	const struct xsk_config *c = &r->plan->xsk;

	if (r->sum.rx_dropped > r->sum.fill_ring_empty)
		warning_add(&r->said,
			    "%lu packets were larger than the %u bytes that a frame has "
			    "for them: --frame-size and --frags make room",
			    (unsigned long)(r->sum.rx_dropped - r->sum.fill_ring_empty),
			    c->frame_size - HEADROOM - c->headroom);
	if (r->sum.elsewhere)
		warning_add(&r->said,
			    "%lu packets came to other queues than %u, to %lu among "
			    "others, and were dropped: --queue takes those",
			    (unsigned long)r->sum.elsewhere, r->plan->queue,
			    (unsigned long)r->sum.other_queue);
}

static void about_missing(struct result *r)
{
	unsigned long missing = r->sum.missing, asked = r->plan->packets * r->shots;

	if (r->sum.dried_up)
		warning_add(&r->said,
			    "%lu of %lu packets did not come: nothing came for some "
			    "seconds (--duration waits longer)",
			    missing, asked);
	else if (missing)
		warning_add(&r->said, "%lu of %lu packets did not come in time", missing,
			    asked);
}

int judge(struct result *r)
{
	bool doubtful = shot_unexplained(&r->sum) || r->sum.bad;

	about_time(r);
	about_machine(r);
	about_attachment(r);
	if (shot_unexplained(&r->sum) && !r->sum.received && r->plan->ifname &&
	    r->plan->source == SOURCE_KERNEL)
		warning_add(&r->said,
			    "the device took none of the kernel's packets: a veth "
			    "needs an XDP program at its peer");
	else if (shot_unexplained(&r->sum) && !r->sum.received && r->plan->ifname)
		warning_add(&r->said, "nothing came back: xskbench fwd has to run at the "
				      "other end");
	else if (shot_unexplained(&r->sum))
		warning_add(&r->said, "packets are missing that no counter explains");
	if (r->plan->source == SOURCE_WIRE && r->rate.min <= 0)
		about_silence(r);
	about_refusals(r);
	if (r->sum.bad)
		warning_add(&r->said, "packets arrived that are not what was sent");
	about_missing(r);
	return doubtful ? STATUS_TRUE : r->sum.missing ? STATUS_INCOMPLETE : STATUS_DONE;
}
