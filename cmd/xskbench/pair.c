/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pair.c - from one AF_XDP socket to another: rate, and where packets were lost. */
#include "pair.h"

#include "clock.h"
#include "follow.h"
#include "receiver.h"
#include "result.h"
#include "rig.h"
#include "sender.h"
#include "units.h"

#include <errno.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define DRAIN_STEP_NS 1000000
#define DRAIN_STEPS   200 /* without any progress */

/* Fewer than the 256 that veth's ring holds (VETH_RING_SIZE): more would be refused. */
#define WINDOW 224u

struct pair {
	const struct plan *plan;
	const struct diag *diag;
	struct rig rig;
	struct sender sender;
	struct receiver receiver;
	struct warnings warnings;
};

static void warn(struct pair *p, const char *text)
{
	diag_warn(p->diag, "%s", warning_add(&p->warnings, "%s", text));
}

/* What has an end by now: a receiver, or a counter that says where it was dropped. */
static uint64_t accounted(struct pair *p)
{
	struct xdp_statistics s;

	if (xsk_stats(&p->rig.rx, &s))
		return 0;
	return atomic_load_explicit(&p->receiver.received, memory_order_relaxed) +
	       p->sender.refused + s.rx_dropped + s.rx_ring_full;
}

/* Packets may still be under way, in the NAPI thread's queue or in the rx ring. */
static void drain(struct pair *p)
{
	const struct timespec step = { .tv_nsec = DRAIN_STEP_NS };
	uint64_t now = accounted(p), before;
	int still = 0;

	while (now < p->sender.sent && still < DRAIN_STEPS) {
		nanosleep(&step, NULL);
		before = now;
		now = accounted(p);
		still = now == before ? still + 1 : 0;
	}
}

/* Runs both threads until the time, the count or a signal ends it. 0 or -errno. */
static int transfer(struct pair *p, int follow_fd)
{
	int err = receiver_start(&p->receiver);

	if (!err)
		err = sender_start(&p->sender);
	if (!err)
		err = follow_wait(follow_fd, p->sender.done_fd, p->plan->duration_ns);
	worker_stop(&p->sender.w);
	if (err >= 0)
		drain(p);
	worker_stop(&p->receiver.w);
	if (err == FOLLOW_ENDED)
		warn(p, "a signal ended the run before its time");
	return MIN(err, 0);
}

static struct worker worker(const struct pair *p, struct xsk *x, int cpu)
{
	return (struct worker){ .xsk = x,
				.form = &p->rig.form,
				.batch = p->plan->batch,
				.cpu = cpu,
				.verify = p->plan->verify };
}

static int measure(struct pair *p, int follow_fd)
{
	int err, fd = eventfd(0, EFD_CLOEXEC);

	if (fd < 0)
		return diag_fail(p->diag, errno, NULL, "making an eventfd");
	p->sender.w = worker(p, &p->rig.tx, p->plan->tx_cpu);
	p->sender.window = MAX(p->plan->batch, WINDOW);
	p->sender.limit = p->plan->packets;
	p->sender.done_fd = fd;
	p->receiver.w = worker(p, &p->rig.rx, p->plan->rx_cpu);
	err = transfer(p, follow_fd);
	close(fd);
	if (err)
		return diag_fail(p->diag, err,
				 err == -EINVAL
					 ? "is there such a CPU, and may it be used?"
					 : NULL,
				 "running the sender and the receiver");
	return 0;
}

static struct opt_u64 some_cpu(int cpu)
{
	return cpu < 0 ? (struct opt_u64){ 0 } : some_u64((uint64_t)cpu);
}

static void fill_config(struct result *r, const struct plan *p)
{
	r->test = "pair";
	r->mode = mode_names[p->mode];
	r->batch = p->batch;
	r->size_bytes = p->size;
	r->ring = p->xsk.ring;
	r->frames = p->xsk.frames;
	r->frame_size_bytes = p->xsk.frame_size;
	r->headroom_bytes = p->xsk.headroom;
	r->tx_cpu = some_cpu(p->tx_cpu);
	r->rx_cpu = some_cpu(p->rx_cpu);
}

static int fill_counters(struct result *r, struct pair *p)
{
	struct rtnl_link_stats64 tx_link, rx_link;
	struct xdp_statistics tx, rx;
	int err = xsk_stats(&p->rig.tx, &tx);

	if (!err)
		err = xsk_stats(&p->rig.rx, &rx);
	if (!err)
		err = lab_stats(&p->rig.lab.tx, &tx_link);
	if (!err)
		err = lab_stats(&p->rig.lab.rx, &rx_link);
	if (err)
		return err;
	r->tx_failed = p->sender.refused;
	r->rx_dropped = rx.rx_dropped;
	r->rx_ring_full = rx.rx_ring_full;
	r->fill_ring_empty = rx.rx_fill_ring_empty_descs;
	r->tx_ring_empty = tx.tx_ring_empty_descs;
	r->tx_link_packets = tx_link.tx_packets;
	r->tx_link_dropped = tx_link.tx_dropped;
	r->rx_link_packets = rx_link.rx_packets;
	r->rx_link_dropped = rx_link.rx_dropped;
	return 0;
}

static void fill_outcome(struct result *r, struct pair *p)
{
	const struct packet_check *check = &p->receiver.check;
	const struct worker *tx = &p->sender.w, *rx = &p->receiver.w;

	r->sent = p->sender.sent;
	r->received = atomic_load(&p->receiver.received);
	r->unexplained = result_unexplained(r);
	if (p->plan->verify) {
		r->bad = some_u64(check->bad);
		r->reordered = some_u64(check->reordered);
		r->lost = some_u64(packet_lost(check, r->sent));
	}
	r->duration_ns = MAX(tx->end_ns, rx->end_ns) - tx->start_ns;
	result_rates(r, tx->cpu_ns, rx->cpu_ns, tx->syscalls + rx->syscalls);
}

static void fill_env(struct result *r, const struct pair *p)
{
	struct utsname u;

	if (!uname(&u))
		snprintf(r->kernel, sizeof(r->kernel), "%.64s", u.release);
	snprintf(r->driver, sizeof(r->driver), "%s", p->rig.lab.rx.link.kind);
}

/* What threatens the figures. Returns the status that it amounts to. */
static int judge(struct pair *p, const struct result *r)
{
	struct buf b = { 0 };
	char text[160];

	put_duration(&b, r->duration_ns);
	snprintf(text, sizeof(text),
		 "one run of %.*s is a single shot: repeat it before comparing", (int)b.n,
		 b.p ? b.p : "");
	buf_free(&b);
	warn(p, text);
	if (p->plan->tx_cpu < 0 || p->plan->tx_cpu == p->plan->rx_cpu)
		warn(p,
		     "sender and receiver have no CPU each: they slow each other down");
	if (r->tx_cpu_pct < 90 && !p->plan->packets) {
		snprintf(text, sizeof(text),
			 "the sender had a CPU for %.0f %% of the time: something else "
			 "ran",
			 r->tx_cpu_pct);
		warn(p, text);
	}
	if (r->unexplained)
		warn(p, "packets are missing that no counter explains");
	if (r->bad.has && r->bad.v)
		warn(p, "packets arrived that are not what was sent");
	return r->unexplained || (r->bad.has && r->bad.v) ? STATUS_TRUE : STATUS_DONE;
}

static int worker_failed(const struct worker *w, const struct diag *d, const char *what)
{
	const char *hint = NULL;

	if (w->err == -EBADMSG)
		hint = "the kernel gave a frame that it did not own: please report it";
	else if (w->err == -ENETDOWN)
		hint = "the link went down";
	return diag_fail(d, w->err, hint, "%s", what);
}

static int report(struct pair *p, struct sink *sink)
{
	struct result r = { 0 };
	int status, err = fill_counters(&r, p);

	if (err)
		return diag_fail(p->diag, err, NULL, "reading the counters");
	fill_config(&r, p->plan);
	r.napi = napi_names[p->rig.napi];
	fill_outcome(&r, p);
	fill_env(&r, p);
	status = judge(p, &r);
	r.warnings = warnings_nest(&p->warnings);
	if (sink_row(sink, &r))
		return STATUS_FAILED; /* main says why */
	if (p->sender.w.err)
		return worker_failed(&p->sender.w, p->diag, "sending");
	if (p->receiver.w.err)
		return worker_failed(&p->receiver.w, p->diag, "receiving");
	return status;
}

static int run(struct ctx *c)
{
	struct plan plan;
	struct pair p = { .plan = &plan, .diag = &c->diag };
	int follow_fd, status = plan_make(&plan, c->config, &c->diag);

	if (status)
		return status;
	follow_fd = follow_begin();
	if (follow_fd < 0)
		return diag_fail(&c->diag, follow_fd, NULL, "watching for signals");
	status = rig_open(&p.rig, &plan, &c->diag);
	if (!status) {
		status = measure(&p, follow_fd);
		if (!status)
			status = report(&p, c->sink);
		rig_close(&p.rig);
	}
	follow_end(follow_fd);
	return status;
}

const struct command pair_command = {
	.name = "pair",
	.brief = "Send from one AF_XDP socket to another over a private veth pair",
	.opts = options,
	.nopts = OPTIONS,
	.rec = &result_record,
	.defaults = &options_default,
	.config_size = sizeof(struct options),
	.metrics = true,
	.run = run,
};
