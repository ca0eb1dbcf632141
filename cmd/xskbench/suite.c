/* SPDX-License-Identifier: GPL-2.0-or-later */
/* suite.c - all tests, and where the time goes. */
#include "suite.h"

#include "bench.h"
#include "plot.h"
#include "tests.h"

#include <errno.h>
#include <net/if.h>
#include <stdlib.h>

#define DURATION_NS 300000000u /* eight tests, three times: ten seconds in all */

enum { TX_IFB, TX_PEER, SOURCE, RX, FWD, PAIR_UNTUNED, PAIR, RTT, TESTS };

/* With an interface, what can be told from this side of it. */
enum { WIRE_ONE, WIRE_BATCH, WIRE_BUDGET, WIRE_TESTS };

/* What differs from the test's default; -1 nothing. */
struct variation {
	const struct test *test;
	int source, sink, napi, wait;
	const char *batch;
	uint32_t tx_budget;
};

static const struct variation lab_tests[TESTS] = {
	[TX_IFB] = { &tx_test, -1, SINK_IFB, -1, -1, NULL, 0 },
	[TX_PEER] = { &tx_test, -1, -1, NAPI_INLINE, -1, NULL, 0 },
	[SOURCE] = { &tx_test, SOURCE_KERNEL, -1, -1, -1, NULL, 0 },
	[RX] = { &rx_test, -1, -1, -1, -1, NULL, 0 },
	[FWD] = { &fwd_test, -1, -1, -1, -1, NULL, 0 },
	[PAIR_UNTUNED] = { &pair_test, -1, -1, NAPI_INLINE, WAIT_POLL, NULL, 0 },
	[PAIR] = { &pair_test, -1, -1, -1, -1, NULL, 0 },
	[RTT] = { &rtt_test, -1, -1, -1, -1, NULL, 0 },
};

static const struct variation wire_tests[WIRE_TESTS] = {
	[WIRE_ONE] = { &tx_test, -1, -1, -1, -1, "1", 0 },
	[WIRE_BATCH] = { &tx_test, -1, -1, -1, -1, NULL, 0 },
	[WIRE_BUDGET] = { &tx_test, -1, -1, -1, -1, NULL, 2048 },
};

static int plan(struct entry *e, const struct variation *v, const struct options *from,
		const char *ifname, const struct diag *d)
{
	struct plans *plans = calloc(1, sizeof(*plans));
	struct options o = *from;
	int status;

	if (!plans)
		return diag_fail(d, ENOMEM, NULL, "the plans");
	o.source = v->source;
	o.sink = v->sink;
	o.napi = v->napi;
	o.wait = v->wait;
	o.batches = v->batch ? v->batch : o.batches;
	o.tx_budget = v->tx_budget ? v->tx_budget : o.tx_budget;
	if (!o.duration.ns && !o.packets)
		o.duration.ns = DURATION_NS;
	status = plans_make(plans, &o, &v->test->traits, ifname, d);
	if (!status && plans->n > 1)
		status = diag_usage(d, "the suite takes no lists: one batch, one size");
	*e = (struct entry){ .test = v->test, .plan = plans->v[0] };
	free(plans);
	return status;
}

static double ns(const struct entry *e)
{
	return e->r->rate.median > 0 ? 1e9 / e->r->rate.median : 0;
}

/* In percent of the packets sent. */
static double lost(const struct entry *e)
{
	const struct shot *s = &e->r->sum;

	return s->sent ? 100 * (double)(s->sent - s->received) / (double)s->sent : 0;
}

static void about_costs(const struct entry *e, const struct diag *d)
{
	diag_warn(
		d,
		"summary: a packet costs %.0f ns to send into an ifb, %.0f ns through a "
		"veth into a dropping program: veth and receiving take %.0f of them",
		ns(&e[TX_IFB]), ns(&e[TX_PEER]), ns(&e[TX_PEER]) - ns(&e[TX_IFB]));
	diag_warn(
		d,
		"summary: the kernel's own source takes %.0f ns, with a receiving socket "
		"%.0f ns: it is received at %.0f %% of the source's rate, %.1f %% are "
		"lost",
		ns(&e[SOURCE]), ns(&e[RX]), 100 * ns(&e[SOURCE]) / ns(&e[RX]),
		lost(&e[RX]));
	diag_warn(d, "summary: sending it back as well takes %.0f ns, %.0f more",
		  ns(&e[FWD]), ns(&e[FWD]) - ns(&e[RX]));
}

static void about_tuning(const struct entry *e, const struct diag *d)
{
	double gain = ns(&e[PAIR_UNTUNED]) / ns(&e[PAIR]);

	if (gain > 1.1)
		diag_warn(
			d,
			"tune: --napi threaded, on the CPU of a receiver that polls, "
			"makes socket to socket %.1f times as fast (%.0f ns, not %.0f): "
			"the sender no longer pays for receiving, nor for waking",
			gain, ns(&e[PAIR]), ns(&e[PAIR_UNTUNED]));
	else
		diag_warn(d,
			  "tune: a thread for NAPI is worth nothing here (%.1f times the "
			  "rate): there is no idle CPU for it",
			  gain);
	if (lost(&e[RX]) > 1 || lost(&e[FWD]) > 1)
		diag_warn(d,
			  "tune: the receiver is slower than the source: what is lost is "
			  "lost for want of frames or of room in its ring");
	diag_warn(d, "tune: try -b 1,16,64 and, where one socket sends much, --tx-budget "
		     "2048: they save system calls");
}

/* In percent, what is gained from one to the other. */
static double gained(const struct entry *from, const struct entry *to)
{
	return 100 * (to->r->rate.median / from->r->rate.median - 1);
}

static void about_wire(const struct entry *e, const struct diag *d)
{
	const struct shot *s = &e[WIRE_BATCH].r->sum;

	diag_warn(d,
		  "summary: a packet costs %.0f ns to send alone, %.0f ns in batches of "
		  "%u: the system call is %.0f %% of it",
		  ns(&e[WIRE_ONE]), ns(&e[WIRE_BATCH]), e[WIRE_BATCH].plan.batch,
		  100 * (1 - ns(&e[WIRE_BATCH]) / ns(&e[WIRE_ONE])));
	if (s->tx_ring_overflow)
		diag_warn(d,
			  "summary: the device had no room for %.1f %%: it is the limit",
			  100 * (double)s->tx_ring_overflow / (double)s->sent);
	if (e[WIRE_BUDGET].r)
		diag_warn(d, "tune: --tx-budget 2048 gains %.0f %%",
			  gained(&e[WIRE_BATCH], &e[WIRE_BUDGET]));
	diag_warn(d, "tune: for the other half run xskbench tx at the other end, and "
		     "xskbench rx or fwd with this interface; for zero-copy, xskbench "
		     "probe with it");
}

static void about_lab(const struct entry *e, const struct diag *d)
{
	about_costs(e, d);
	about_tuning(e, d);
}

static bool complete(const struct bench *b)
{
	for (size_t i = 0; i < b->n; i++)
		if (!b->v[i].r || b->v[i].r->rate.median <= 0)
			return false;
	return true;
}

/* The tests of the suite, and what is said about them in the end. */
struct content {
	const struct variation *tests;
	size_t n;
	void (*about)(const struct entry *e, const struct diag *d);
};

static int run(struct ctx *c)
{
	static const struct content lab = { lab_tests, TESTS, about_lab },
				    wire = { wire_tests, WIRE_TESTS, about_wire };
	const struct content *suite = c->nargs ? &wire : &lab;
	const struct options *o = c->config;
	struct entry e[TESTS] = { 0 };
	struct bench b = { .v = e, .n = suite->n };
	struct plot plot;
	int status = 0;

	if (suite == &wire && !xsk_has_tx_budget())
		b.n = WIRE_BUDGET;
	for (size_t i = 0; i < b.n && !status; i++)
		status = plan(&e[i], &suite->tests[i], o, c->nargs ? c->args[0] : NULL,
			      &c->diag);
	if (status)
		return status;
	status = plot_open(&plot, o->plot, &c->diag);
	if (status)
		return status;
	b.repeat = o->repeat ? o->repeat : o->packets ? 1 : 3;
	status = bench_print(&b, c, bench_entries(&b, c));
	status = plot_close(&plot, &b, status, &c->diag);
	if (status != STATUS_FAILED && complete(&b))
		suite->about(e, &c->diag);
	bench_free(&b);
	return status;
}

/* xskbench IF: an interface that is there. */
static bool is_interface(const char *word)
{
	return if_nametoindex(word) != 0;
}

const struct command suite_command = {
	.name = "suite",
	.brief = "Run all tests, about ten seconds, and tell where the time goes",
	.args = "[IF]",
	.max_args = 1,
	.operand = is_interface,
	.opts = options,
	.nopts = SUITE_OPTIONS,
	.rec = &result_record,
	.defaults = &options_default,
	.config_size = sizeof(struct options),
	.run = run,
};
