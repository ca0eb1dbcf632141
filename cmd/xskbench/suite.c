/* SPDX-License-Identifier: GPL-2.0-or-later */
/* suite.c - all tests, and where the time goes. */
#include "suite.h"

#include "bench.h"

#include <errno.h>
#include <stdlib.h>

#define DURATION_NS 300000000u /* eight tests, three times: ten seconds in all */

enum { TX_IFB, TX_PEER, SOURCE, RX, FWD, PAIR_INLINE, PAIR, RTT, TESTS };

/* What differs from the test's default; -1 nothing. */
static const struct {
	const struct test *test;
	int source, sink, napi;
} tests[TESTS] = {
	[TX_IFB] = { &tx_test, -1, SINK_IFB, -1 },
	[TX_PEER] = { &tx_test, -1, -1, NAPI_INLINE },
	[SOURCE] = { &tx_test, SOURCE_KERNEL, -1, -1 },
	[RX] = { &rx_test, -1, -1, -1 },
	[FWD] = { &fwd_test, -1, -1, -1 },
	[PAIR_INLINE] = { &pair_test, -1, -1, NAPI_INLINE },
	[PAIR] = { &pair_test, -1, -1, -1 },
	[RTT] = { &rtt_test, -1, -1, -1 },
};

static int plan(struct entry *e, size_t i, const struct options *from,
		const struct diag *d)
{
	struct plans *plans = calloc(1, sizeof(*plans));
	struct options o = *from;
	int status;

	if (!plans)
		return diag_fail(d, ENOMEM, NULL, "the plans");
	o.source = tests[i].source;
	o.sink = tests[i].sink;
	o.napi = tests[i].napi;
	if (!o.duration.ns && !o.packets)
		o.duration.ns = DURATION_NS;
	status = plans_make(plans, &o, &tests[i].test->traits, NULL, d);
	if (!status && plans->n > 1)
		status = diag_usage(d, "the suite takes no lists: one batch, one size");
	*e = (struct entry){ .test = tests[i].test, .plan = plans->v[0] };
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
	double gain = ns(&e[PAIR_INLINE]) / ns(&e[PAIR]);

	if (gain > 1.1)
		diag_warn(
			d,
			"tune: --napi threaded makes socket to socket %.1f times as fast "
			"(%.0f ns, not %.0f): the sender no longer pays for receiving",
			gain, ns(&e[PAIR]), ns(&e[PAIR_INLINE]));
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

static bool complete(const struct bench *b)
{
	for (size_t i = 0; i < b->n; i++)
		if (!b->v[i].r || b->v[i].r->rate.median <= 0)
			return false;
	return true;
}

static int run(struct ctx *c)
{
	const struct options *o = c->config;
	struct entry e[TESTS] = { 0 };
	struct bench b = { .v = e, .n = TESTS };
	int status = 0;

	for (size_t i = 0; i < TESTS && !status; i++)
		status = plan(&e[i], i, o, &c->diag);
	if (status)
		return status;
	b.repeat = o->repeat ? o->repeat : o->packets ? 1 : 3;
	status = bench_print(&b, c, bench_entries(&b, c));
	if (status != STATUS_FAILED && complete(&b)) {
		about_costs(e, &c->diag);
		about_tuning(e, &c->diag);
	}
	bench_free(&b);
	return status;
}

const struct command suite_command = {
	.name = "suite",
	.brief = "Run all tests, about ten seconds, and tell where the time goes",
	.opts = options,
	.nopts = SUITE_OPTIONS,
	.rec = &result_record,
	.defaults = &options_default,
	.config_size = sizeof(struct options),
	.run = run,
};
