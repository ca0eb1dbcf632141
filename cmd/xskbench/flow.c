/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flow.h"

#include "account.h"
#include "clock.h"
#include "follow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define DRAIN_STEP_NS 1000000
#define LOOK_NS       20000000u /* between two looks at an interface of the user */
#define DRAIN_STEPS   1000      /* without any progress */
#define SPIN_NS       50000
#define DRY_NS        2000000000u /* the least rate of a sender is one a second */

/* Fewer than the 256 that veth's ring holds (VETH_RING_SIZE): more would be refused. */
#define WINDOW 224u

/* Packets may still be under way, in the NAPI thread's queue or in the rx ring. */
static void drain(struct flow *f)
{
	const struct timespec step = { .tv_nsec = DRAIN_STEP_NS };
	uint64_t now = flow_accounted(f), before;
	int still = 0;

	while (now < flow_sent(f) && still < DRAIN_STEPS) {
		nanosleep(&step, NULL);
		before = now;
		now = flow_accounted(f);
		still = now == before ? still + 1 : 0;
	}
}

static int start(struct flow *f)
{
	/* On the wire another process counts, or sends back. */
	int err = f->end == FLOW_RECEIVE ? receiver_start(&f->receiver)
		  : f->end == FLOW_COUNT || (f->end == FLOW_ECHO && to_wire(f))
			  ? 0
			  : forwarder_start(&f->forwarder);

	if (err)
		return err;
	if (by_wire(f))
		return 0;
	if (by_kernel(f))
		return kernel_source_start(&f->kernel);
	return f->end == FLOW_ECHO ? pinger_start(&f->pinger) : sender_start(&f->sender);
}

/* Whether what came from the wire, as far as the program, is as much as was asked for;
 * or, where no time was given, no more comes. The first one is waited for. */
static bool enough(struct flow *f, uint64_t now)
{
	const struct plan *p = f->s->plan;
	uint64_t n;

	if (!by_wire(f) || !p->packets)
		return false;
	n = flow_accounted(f);
	if (n != f->seen) {
		f->seen = n;
		f->seen_ns = now;
	}
	f->dried_up = n && p->duration_ns == UINT64_MAX && now - f->seen_ns >= DRY_NS;
	return f->dried_up || n >= p->packets;
}

/* Waits for ns, or what ends it before: whoever waits for packets of an interface does
 * not notice that it is gone. Returns as follow_wait, or as lab_check. */
static int wait_for(struct flow *f, int done_fd, uint64_t ns)
{
	uint64_t step = f->s->plan->ifname ? LOOK_NS : UINT64_MAX;
	uint64_t now = clock_mono_ns(), end = ns == UINT64_MAX ? ns : now + ns;
	int r = FOLLOW_TIMEOUT, err = 0;

	for (; r == FOLLOW_TIMEOUT && now < end && !err; now = clock_mono_ns()) {
		if (enough(f, now))
			return FOLLOW_READY;
		r = follow_wait(f->s->follow_fd, done_fd, MIN(step, end - now));
		err = lab_check(&f->rig.lab);
	}
	return err ? err : r;
}

/* Waits for the time, the count or a signal, and looks on. Returns as wait_for. */
static int watch(struct flow *f, int done_fd, struct shot *shot)
{
	uint64_t ns = f->s->plan->duration_ns, before = 0, now;
	int r = FOLLOW_TIMEOUT;

	if (ns == UINT64_MAX)
		return wait_for(f, done_fd, ns);
	for (int i = 0; i < TICKS && r == FOLLOW_TIMEOUT; i++) {
		r = wait_for(f, done_fd, ns / TICKS);
		now = flow_arrived(f);
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
	if (err >= 0 && !by_wire(f))
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
				.spin_ns = f->s->plan->wait == WAIT_SPIN ? SPIN_NS : 0,
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
	f->kernel.netns = f->rig.lab.tx.here ? -1 : f->rig.lab.tx.ns;
	f->kernel.prog = f->rig.generate.prog;
	f->kernel.limit = p->packets;
	/* The program waits for its time: the packets of a call wait together. */
	if (p->rate)
		f->kernel.w.batch =
			(uint32_t)MIN(MAX(p->rate / KERNEL_RATE_LEAST, 1u), p->batch);
	f->kernel.done_fd = done_fd;
	f->receiver.w = worker(f, &f->rig.rx, p->rx_cpu);
	f->receiver.canary = p->canary;
	f->receiver.learn = by_wire(f);
	/* Of another driver than veth it is not known. */
	if (p->verify && !p->ifname)
		f->receiver.begins = HEADROOM + p->xsk.headroom;
	f->forwarder.w = worker(f, &f->rig.rx, p->rx_cpu);
	f->forwarder.w.verify = p->verify && !by_wire(f);
	memcpy(f->forwarder.mac, f->rig.lab.rx.link.mac, ETH_ALEN);
	/* Two that spin on one CPU would only wait for each other. */
	f->forwarder.spin =
		f->end == FLOW_ECHO && p->tx_cpu >= 0 && p->tx_cpu != p->rx_cpu;
	f->pinger.w = worker(f, &f->rig.tx, p->tx_cpu);
	f->pinger.back = f->rig.back;
	f->pinger.learn = to_wire(f);
	f->pinger.limit = p->packets;
	f->pinger.rate = p->rate;
	f->pinger.done_fd = done_fd;
	f->pinger.latency = latency;
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

static int not_measured(struct flow *f, int err)
{
	const struct diag *d = f->s->diag;
	int lost = lab_check(&f->rig.lab);

	if (lost == -ENODEV)
		return diag_fail(d, lost, "it is gone, and its counters with it",
				 "measuring on %s", f->s->plan->ifname);
	if (lost == -ENETDOWN)
		return diag_fail(d, lost, "it was set down meanwhile", "measuring on %s",
				 f->s->plan->ifname);
	if (lost == -ENOLINK)
		return diag_fail(d, lost, "it has lost its carrier", "measuring on %s",
				 f->s->plan->ifname);
	return diag_fail(d, err,
			 err == -EINVAL ? "is there such a CPU, and may it be used?"
					: NULL,
			 "running the sender and the receiver");
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
	if (!err)
		err = lab_check(&f->rig.lab);
	if (err)
		return not_measured(f, err);
	err = flow_account(f, shot);
	if (err)
		return diag_fail(d, err, NULL, "reading the counters");
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
	unsigned int rx = at_rx[end];
	struct flow *f = calloc(1, sizeof(*f));
	int status;

	if (!f)
		return diag_fail(s->diag, ENOMEM, NULL, "a measurement");
	f->s = s;
	f->end = end;
	if (end == FLOW_FORWARD && s->plan->sink != SINK_WIRE)
		tx |= END_COUNT;
	if (end == FLOW_COUNT && s->plan->sink != SINK_PEER)
		rx = 0;
	if (end == FLOW_ECHO)
		tx |= XSK_RX;
	if (end == FLOW_ECHO && s->plan->sink == SINK_WIRE)
		rx = 0;
	status = rig_open(&f->rig, s->plan, tx, rx, s->diag);
	if (!status) {
		status = measure(f, shot);
		rig_close(&f->rig);
	}
	free(f);
	return status;
}
