/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ndr.c - the highest rate at which nothing is lost. */
#include "ndr.h"

#include "bench.h"

#include <errno.h>
#include <stdlib.h>

enum { STEPS = 8, LOWER = 3 };

#define LONGEST_NS 500000000u /* of an attempt, where a count is given */

static const struct test ndr_test = {
	.name = "ndr",
	.end = FLOW_RECEIVE,
	.traits = { .source = SOURCE_XSK, .any_queue = true, .waits = true },
};

/* What a rate came to; freed by bench_free. */
struct attempt {
	struct entry entry;
	struct bench b;
};

static int attempt(struct attempt *a, const struct plan *p, uint64_t rate,
		   uint32_t repeat, struct ctx *c)
{
	int status;

	a->entry = (struct entry){ .test = &ndr_test, .plan = *p };
	a->entry.plan.rate = rate;
	a->entry.plan.overload = true;
	/* A count at a low rate would take for ever. */
	a->entry.plan.duration_ns =
		p->packets ? MIN(p->duration_ns, LONGEST_NS) : p->duration_ns;
	a->b = (struct bench){ .v = &a->entry, .n = 1, .repeat = repeat };
	status = bench_entries(&a->b, c);
	/* What was found by then is not what was asked for. */
	if (status != STATUS_FAILED && a->b.ended)
		status = diag_fail(&c->diag, 0, NULL,
				   "a signal ended the search before its rate was found");
	return status;
}

/* Every packet came, and the rate was kept up; a count may be too short to tell that. */
static bool lossless(const struct attempt *a)
{
	const struct result *r = a->entry.r;
	const struct plan *p = &a->entry.plan;

	if (r->sum.received != r->sum.sent)
		return false;
	return p->packets ? r->sum.sent == p->packets * r->shots
			  : r->rate.min >= 0.97 * (double)p->rate;
}

/* As fast as it goes, lossy or not. */
static int ceiling(const struct plan *p, uint64_t *rate, struct ctx *c)
{
	struct attempt a;
	int status = attempt(&a, p, 0, 1, c);

	if (status != STATUS_FAILED)
		*rate = (uint64_t)a.entry.r->rate.median;
	if (status != STATUS_FAILED && !*rate)
		status =
			diag_fail(&c->diag, 0, "use a longer --duration",
				  "nothing was received in the time: there is no rate to "
				  "begin with");
	bench_free(&a.b);
	return status;
}

/* Halves the range again and again. Returns a status; *rate lost nothing, once. */
static int search(const struct plan *p, uint64_t most, uint64_t *rate, struct ctx *c)
{
	uint64_t least = 0, middle;
	int status = 0;

	for (int i = 0; i < STEPS && most > least + 1 && !status; i++) {
		struct attempt a;

		middle = least + (most - least) / 2;
		status = attempt(&a, p, middle, 1, c);
		if (!status && lossless(&a))
			least = middle;
		else
			most = middle;
		bench_free(&a.b);
	}
	*rate = MAX(least, (most + 1) / 2);
	return status;
}

/* Once was luck, perhaps: the rate that is printed lost nothing in any repetition. */
static int confirm(const struct plan *p, uint64_t rate, uint32_t repeat, struct ctx *c)
{
	int status = 0;

	for (int i = 0; i <= LOWER; i++) {
		struct attempt a;
		bool last;

		status = attempt(&a, p, rate, repeat, c);
		last = status || i == LOWER || lossless(&a);
		if (last && !status && !lossless(&a))
			warning_add(&a.entry.r->said,
				    "packets were lost at every rate that was tried");
		if (last)
			status = bench_print(&a.b, c, status);
		bench_free(&a.b);
		if (last)
			break;
		rate -= rate / 10;
	}
	return status;
}

static int find(const struct plan *p, uint32_t repeat, struct ctx *c)
{
	uint64_t most = 0, rate = 0;
	int status = ceiling(p, &most, c);

	if (!status)
		status = search(p, most + most / 10, &rate, c);
	return status ? status : confirm(p, rate, repeat, c);
}

static int run(struct ctx *c)
{
	struct plans *plans;
	int status;

	if (((const struct options *)c->config)->plot)
		return diag_usage(&c->diag, "--plot does not go with ndr: draw pair");
	plans = calloc(1, sizeof(*plans));
	if (!plans)
		return diag_fail(&c->diag, ENOMEM, NULL, "the plans");
	status = plans_make(plans, c->config, &ndr_test.traits, NULL, &c->diag);
	for (size_t i = 0; i < plans->n && !status; i++)
		status = find(&plans->v[i], plans->repeat, c);
	free(plans);
	return status;
}

const struct command ndr_command =
	BENCH_COMMAND("ndr", "Find the highest rate at which no packet is lost", run);
