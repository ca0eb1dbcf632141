/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flow.h"

#include "clock.h"
#include "follow.h"
#include "forwarder.h"
#include "kernel_source.h"
#include "pinger.h"
#include "receiver.h"
#include "rig.h"
#include "sender.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define DRAIN_STEP_NS 1000000
#define DRAIN_STEPS   200 /* without any progress */

/* Fewer than the 256 that veth's ring holds (VETH_RING_SIZE): more would be refused. */
#define WINDOW 224u

struct flow {
	const struct shooting *s;
	enum flow_end end;
	struct rig rig;
	struct sender sender;
	struct kernel_source kernel;
	struct pinger pinger;
	struct receiver receiver;
	struct forwarder forwarder;
};

static bool by_kernel(const struct flow *f)
{
	return f->s->plan->source == SOURCE_KERNEL;
}

static struct worker *source_worker(struct flow *f)
{
	return by_kernel(f)          ? &f->kernel.w
	       : f->end == FLOW_ECHO ? &f->pinger.w
				     : &f->sender.w;
}

/* NULL where no thread of ours is at the end. */
static struct worker *end_worker(struct flow *f)
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

static uint64_t sent(const struct flow *f)
{
	return by_kernel(f) ? xdp_counts(&f->rig.generate).packets
			    : f->sender.sent + f->pinger.sent;
}

/* Packets at the end of their way, so far. */
static uint64_t arrived(struct flow *f)
{
	struct rtnl_link_stats64 s;

	switch (f->end) {
	case FLOW_RECEIVE:
		return atomic_load_explicit(&f->receiver.received, memory_order_relaxed);
	case FLOW_ECHO:
		return atomic_load_explicit(&f->pinger.received, memory_order_relaxed);
	case FLOW_FORWARD:
		return xdp_counts(&f->rig.tx_xdp).packets;
	default:
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

/* What has an end by now: at the end, or in a counter that says where it was dropped. */
static uint64_t accounted(struct flow *f)
{
	struct xdp_statistics s;

	if (statistics(&f->rig, &s))
		return 0;
	return arrived(f) + refused(f) + s.rx_dropped + s.rx_ring_full;
}

/* Packets may still be under way, in the NAPI thread's queue or in the rx ring. */
static void drain(struct flow *f)
{
	const struct timespec step = { .tv_nsec = DRAIN_STEP_NS };
	uint64_t now = accounted(f), before;
	int still = 0;

	while (now < sent(f) && still < DRAIN_STEPS) {
		nanosleep(&step, NULL);
		before = now;
		now = accounted(f);
		still = now == before ? still + 1 : 0;
	}
}

static int start(struct flow *f)
{
	int err = f->end == FLOW_RECEIVE ? receiver_start(&f->receiver)
		  : f->end == FLOW_COUNT ? 0
					 : forwarder_start(&f->forwarder);

	if (err)
		return err;
	if (by_kernel(f))
		return kernel_source_start(&f->kernel);
	return f->end == FLOW_ECHO ? pinger_start(&f->pinger) : sender_start(&f->sender);
}

/* Waits for the time, the count or a signal, and looks on. Returns as follow_wait. */
static int watch(struct flow *f, int done_fd, struct shot *shot)
{
	uint64_t ns = f->s->plan->duration_ns, before = 0, now;
	int r = FOLLOW_TIMEOUT;

	if (ns == UINT64_MAX)
		return follow_wait(f->s->follow_fd, done_fd, ns);
	for (int i = 0; i < TICKS && r == FOLLOW_TIMEOUT; i++) {
		r = follow_wait(f->s->follow_fd, done_fd, ns / TICKS);
		now = arrived(f);
		shot->tick[i] = now - before;
		before = now;
	}
	return r;
}

/* Runs the threads until the time, the count or a signal ends it. 0 or -errno. */
static int transfer(struct flow *f, int done_fd, struct shot *shot)
{
	int err = start(f);

	if (!err)
		err = watch(f, done_fd, shot);
	if (by_kernel(f))
		kernel_source_stop(&f->kernel);
	else
		worker_stop(source_worker(f));
	if (err >= 0)
		drain(f);
	if (end_worker(f))
		worker_stop(end_worker(f));
	shot->ended = err == FOLLOW_ENDED;
	return MIN(err, 0);
}

static struct worker worker(const struct flow *f, struct xsk *x, int cpu)
{
	return (struct worker){ .xsk = x,
				.form = &f->rig.form,
				.batch = f->s->plan->batch,
				.cpu = cpu,
				.verify = f->s->plan->verify };
}

static void prepare(struct flow *f, int done_fd, struct hist *latency)
{
	const struct plan *p = f->s->plan;

	f->sender.w = worker(f, &f->rig.tx, p->tx_cpu);
	f->sender.window = p->overload ? p->xsk.frames : MAX(p->batch, WINDOW);
	f->sender.limit = p->packets;
	f->sender.rate = p->rate;
	f->sender.done_fd = done_fd;
	f->kernel.w = worker(f, NULL, p->tx_cpu);
	f->kernel.netns = f->rig.lab.tx.ns;
	f->kernel.prog = f->rig.generate.prog;
	f->kernel.limit = p->packets;
	f->kernel.done_fd = done_fd;
	f->receiver.w = worker(f, &f->rig.rx, p->rx_cpu);
	f->forwarder.w = worker(f, &f->rig.rx, p->rx_cpu);
	/* Two that spin on one CPU would only wait for each other. */
	f->forwarder.spin =
		f->end == FLOW_ECHO && p->tx_cpu >= 0 && p->tx_cpu != p->rx_cpu;
	f->pinger.w = worker(f, &f->rig.tx, p->tx_cpu);
	f->pinger.back = &f->rig.back;
	f->pinger.limit = p->packets;
	f->pinger.rate = p->rate;
	f->pinger.done_fd = done_fd;
	f->pinger.latency = latency;
}

static int counters(struct flow *f, struct shot *shot)
{
	struct rtnl_link_stats64 tx_link, rx_link;
	struct xdp_statistics xsk;
	int err = statistics(&f->rig, &xsk);

	if (!err)
		err = lab_stats(&f->rig.lab.tx, &tx_link);
	if (!err)
		err = lab_stats(&f->rig.lab.rx, &rx_link);
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

	shot->verified = f->s->plan->verify && f->s->plan->sink == SINK_PEER;
	if (f->end == FLOW_RECEIVE)
		check = f->receiver.check;
	if (f->end == FLOW_ECHO)
		check = f->pinger.check;
	shot->lost = packet_lost(&check, shot->sent);
	/* The program looks at the first word, the forwarder at every byte. */
	shot->bad = check.bad + f->forwarder.check.bad;
	shot->reordered = check.reordered;
}

/* The call that makes packets takes its time to begin and to end: that doesn't count. */
static void sending_time(struct flow *f, uint64_t *start_ns, uint64_t *end_ns)
{
	struct counts c = xdp_counts(&f->rig.generate);

	*start_ns = source_worker(f)->start_ns;
	*end_ns = source_worker(f)->end_ns;
	if (by_kernel(f)) {
		*start_ns = c.first_ns;
		*end_ns = MAX(c.last_ns, c.first_ns);
	}
}

static void outcome(struct flow *f, struct shot *shot)
{
	const struct worker *from = source_worker(f), *to = end_worker(f);
	uint64_t start_ns, end_ns;

	sending_time(f, &start_ns, &end_ns);
	shot->napi = f->rig.napi;
	snprintf(shot->driver, sizeof(shot->driver), "%s", f->rig.lab.tx.link.kind);
	shot->sent = sent(f);
	shot->received = arrived(f);
	shot->tx_cpu_ns = from->cpu_ns;
	shot->syscalls = from->syscalls;
	if (to) {
		end_ns = MAX(end_ns, to->end_ns);
		shot->rx_cpu_ns = to->cpu_ns;
		shot->syscalls += to->syscalls;
	}
	shot->duration_ns = end_ns - start_ns;
	verification(f, shot);
}

static int worker_failed(const struct worker *w, const struct diag *d, const char *what)
{
	const char *hint = NULL;

	if (!w || !w->err)
		return 0;
	if (w->err == -EBADMSG)
		hint = "the kernel gave a frame that it did not own: please report it";
	else if (w->err == -ENETDOWN)
		hint = "the link went down";
	else if (w->err == -EINVAL)
		hint = "the kernel makes packets since Linux 5.18: use --source xsk";
	return diag_fail(d, w->err, hint, "%s", what);
}

static int measure(struct flow *f, struct shot *shot)
{
	const struct diag *d = f->s->diag;
	int err, fd = eventfd(0, EFD_CLOEXEC);

	if (fd < 0)
		return diag_fail(d, errno, NULL, "making an eventfd");
	prepare(f, fd, shot->latency);
	err = transfer(f, fd, shot);
	close(fd);
	if (err)
		return diag_fail(d, err,
				 err == -EINVAL
					 ? "is there such a CPU, and may it be used?"
					 : NULL,
				 "running the sender and the receiver");
	err = counters(f, shot);
	if (err)
		return diag_fail(d, err, NULL, "reading the counters");
	outcome(f, shot);
	err = worker_failed(source_worker(f), d, "sending");
	return err ? err : worker_failed(end_worker(f), d, "receiving");
}

int flow_shoot(const struct shooting *s, enum flow_end end, struct shot *shot)
{
	static const unsigned int at_rx[] = { [FLOW_RECEIVE] = XSK_RX,
					      [FLOW_COUNT] = END_COUNT,
					      [FLOW_FORWARD] = XSK_BOTH,
					      [FLOW_ECHO] = XSK_BOTH };
	unsigned int tx = s->plan->source == SOURCE_XSK ? XSK_TX : 0;
	struct flow *f = calloc(1, sizeof(*f));
	int status;

	if (!f)
		return diag_fail(s->diag, ENOMEM, NULL, "a measurement");
	f->s = s;
	f->end = end;
	if (end == FLOW_FORWARD)
		tx |= END_COUNT;
	if (end == FLOW_ECHO)
		tx |= XSK_RX;
	status = rig_open(&f->rig, s->plan, tx,
			  s->plan->sink == SINK_IFB ? 0 : at_rx[end], s->diag);
	if (!status) {
		status = measure(f, shot);
		rig_close(&f->rig);
	}
	free(f);
	return status;
}
