/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rings.c - what a descriptor costs in the rings themselves, and a system call beside. */
#include "rings.h"

#include "clock.h"
#include "follow.h"
#include "result.h"
#include "rig.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { ENTRIES = 32768, CALLS = 1 << 14 };

struct rings_options {
	uint32_t repeat, ring, descs;
};

static const struct opt rings_opts[] = {
	OPT(rings_options, ring, 's', "size", "COUNT",
	    "entries of the ring, a power of two (2048)", .min = 256, .max = ENTRIES),
	OPT(rings_options, descs, 'n', "descriptors", "COUNT",
	    "how many to pass each time (524288)", .min = 256, .max = 1U << 30),
	OPT(rings_options, repeat, 0, "repeat", "COUNT", "how often to measure (7)",
	    .min = 1, .max = SHOTS),
};

struct cost {
	const char *what, *unit;
	struct opt_u64 batch;
	double ns, min_ns, max_ns, mad_pct;
	uint32_t shots;
};

static const struct field cost_fields[] = {
	FIELD(cost, what, SHOW | KEY, "ring: produce and consume; sendto; clock"),
	FIELD(cost, batch, SHOW | KEY, "descriptors at a time"),
	FIELD(cost, unit, SHOW, "what the time is for"),
	FIELD(cost, ns, SHOW | GAUGE, "nanoseconds for one, the median"),
	FIELD(cost, min_ns, SHOW | GAUGE, "the least"),
	FIELD(cost, max_ns, SHOW | GAUGE, "the most"),
	FIELD(cost, mad_pct, SHOW | GAUGE | PCT, "median distance from the median"),
	FIELD(cost, shots, 0, "how often it was measured"),
};
static const struct record cost_record = RECORD("xskbench_rings", cost_fields);

/* Both sides of one ring in memory of our own: no kernel at the other end. */
struct ring {
	struct xsk_ring_prod prod;
	struct xsk_ring_cons cons;
	uint32_t producer, consumer, flags;
	struct xdp_desc desc[ENTRIES];
};

static void ring_init(struct ring *r, uint32_t size)
{
	r->prod = (struct xsk_ring_prod){ .mask = size - 1,
					  .size = size,
					  .cached_cons = size,
					  .producer = &r->producer,
					  .consumer = &r->consumer,
					  .ring = r->desc,
					  .flags = &r->flags };
	r->cons = (struct xsk_ring_cons){ .mask = size - 1,
					  .size = size,
					  .producer = &r->producer,
					  .consumer = &r->consumer,
					  .ring = r->desc,
					  .flags = &r->flags };
}

/* Returns the sum of what was consumed, so that it has to be. */
static uint64_t ring_pass(struct ring *r, uint32_t batch)
{
	uint64_t sum = 0;
	uint32_t at, n;

	n = xsk_ring_prod__reserve(&r->prod, batch, &at);
	for (uint32_t i = 0; i < n; i++)
		*xsk_ring_prod__tx_desc(&r->prod, at + i) =
			(struct xdp_desc){ .addr = (uint64_t)i << 11, .len = 64 };
	xsk_ring_prod__submit(&r->prod, n);
	n = xsk_ring_cons__peek(&r->cons, batch, &at);
	for (uint32_t i = 0; i < n; i++)
		sum += xsk_ring_cons__rx_desc(&r->cons, at + i)->len;
	xsk_ring_cons__release(&r->cons, n);
	return sum;
}

struct rings {
	struct ring ring;
	struct rig rig;
	uint32_t descs; /* to pass each time */
};

typedef bool costly(struct rings *r, uint32_t batch);

static bool cost_ring(struct rings *r, uint32_t batch)
{
	uint64_t sum = 0;

	for (uint32_t n = 0; n < r->descs; n += batch)
		sum += ring_pass(&r->ring, batch);
	return sum == ((uint64_t)r->descs + batch - 1) / batch * batch * 64;
}

static bool cost_sendto(struct rings *r, uint32_t batch)
{
	(void)batch;
	for (uint32_t n = 0; n < CALLS; n++)
		if (sendto(r->rig.tx.tx_fd, NULL, 0, MSG_DONTWAIT, NULL, 0) < 0 &&
		    errno != EAGAIN)
			return false;
	return true;
}

static bool cost_clock(struct rings *r, uint32_t batch)
{
	uint64_t last = 0;

	(void)r;
	(void)batch;
	for (uint32_t n = 0; n < CALLS; n++)
		last = clock_mono_ns();
	return last != 0;
}

static const struct {
	const char *what, *unit;
	costly *run;
	uint32_t batch;
} costs[] = {
	{ "ring", "descriptor", cost_ring, 1 },
	{ "ring", "descriptor", cost_ring, 4 },
	{ "ring", "descriptor", cost_ring, 16 },
	{ "ring", "descriptor", cost_ring, 64 },
	{ "ring", "descriptor", cost_ring, 256 },
	{ "sendto", "call with nothing to send", cost_sendto, 0 },
	{ "clock", "clock_gettime", cost_clock, 0 },
};

/* Returns how often it was measured, by all or until a signal, or -1 after saying why. */
static int measure(struct rings *r, double v[][SHOTS], uint32_t repeat, int follow_fd,
		   const struct diag *d)
{
	uint32_t k;

	for (k = 0; k < repeat && !(k && follow_ended(follow_fd)); k++)
		for (size_t i = 0; i < COUNT(costs); i++) {
			uint64_t begin = clock_mono_ns();

			if (!costs[i].run(r, costs[i].batch)) {
				diag_fail(d, errno, NULL, "measuring %s", costs[i].what);
				return -1;
			}
			v[i][k] = (double)(clock_mono_ns() - begin) /
				  (costs[i].batch ? r->descs : CALLS);
		}
	return (int)k;
}

static int print(struct sink *sink, double v[][SHOTS], uint32_t repeat)
{
	for (size_t i = 0; i < COUNT(costs); i++) {
		struct spread s = spread_of(v[i], repeat);
		const struct cost c = { .what = costs[i].what,
					.unit = costs[i].unit,
					.batch = { .v = costs[i].batch,
						   .has = costs[i].batch != 0 },
					.ns = round(s.median * 100) / 100,
					.min_ns = round(s.min * 100) / 100,
					.max_ns = round(s.max * 100) / 100,
					.mad_pct = round(s.mad_pct * 100) / 100,
					.shots = repeat };

		if (sink_row(sink, &c))
			return STATUS_FAILED;
	}
	return 0;
}

/* In a lab of its own, for there is no system call without a socket. */
static int measure_all(struct rings *r, double v[][SHOTS], uint32_t repeat,
		       const struct diag *d)
{
	const struct plan plan = {
		.xsk = { .ring = 64, .frames = 64, .frame_size = 2048 },
		.size = 64,
		.batch = 1,
	};
	int shots, follow_fd;

	if (rig_open(&r->rig, &plan, XSK_TX, END_COUNT, d))
		return -1;
	follow_fd = follow_begin();
	if (follow_fd < 0) {
		diag_fail(d, follow_fd, NULL, "watching for signals");
		shots = -1;
	} else {
		shots = measure(r, v, repeat, follow_fd, d);
		follow_end(follow_fd);
	}
	rig_close(&r->rig);
	return shots;
}

static int run(struct ctx *c)
{
	const struct rings_options *o = c->config;
	double(*v)[SHOTS] = calloc(COUNT(costs), sizeof(*v));
	struct rings *r = calloc(1, sizeof(*r));
	int status, shots;

	if (o->ring & (o->ring - 1)) {
		status = diag_usage(&c->diag, "--size %u is not a power of two", o->ring);
		goto out;
	}
	if (!r || !v) {
		status = diag_fail(&c->diag, ENOMEM, NULL, "the rings");
		goto out;
	}
	ring_init(&r->ring, o->ring);
	r->descs = o->descs;
	shots = measure_all(r, v, o->repeat, &c->diag);
	status = shots < 0 ? STATUS_FAILED : print(c->sink, v, (uint32_t)shots);
	if (!status)
		warn_shots(&c->diag, (uint32_t)shots, o->repeat);
out:
	free(r);
	free(v);
	return status;
}

static const struct rings_options defaults = { .repeat = 7,
					       .ring = 2048,
					       .descs = 1 << 19 };

const struct command rings_command = {
	.name = "rings",
	.brief = "Time descriptors through a ring, and the system call beside it",
	.opts = rings_opts,
	.nopts = COUNT(rings_opts),
	.rec = &cost_record,
	.defaults = &defaults,
	.config_size = sizeof(struct rings_options),
	.metrics = true,
	.run = run,
};
