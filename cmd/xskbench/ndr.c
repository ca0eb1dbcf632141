/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ndr.c - the highest rate at which nothing is lost. */
#include "ndr.h"

#include "bench.h"
#include "follow.h"

#include <errno.h>
#include <stdlib.h>

enum { STEPS = 8, LOWER = 3 };

#define LONGEST_NS 500000000u /* of an attempt, where a count is given */

static const struct test ndr_test = {
	.name = "ndr",
	.end = FLOW_RECEIVE,
	.traits = { .source = SOURCE_XSK, .any_queue = true, .waits = true },
};

/* What a rate came to. */
struct attempt {
	struct entry entry;
	struct bench b;
};

struct search {
	const struct plan *plan;
	struct ctx *c;
	struct attempt slot[2]; /* the best that lost nothing, and the last one */
	unsigned int best;
	bool found;
	int follow_fd;
};

static struct attempt *last(struct search *s)
{
	return &s->slot[!s->best];
}

/* Returns a status; last(s) is what it came to. */
static int attempt(struct search *s, uint64_t rate, uint32_t repeat)
{
	struct attempt *a = last(s);
	const struct plan *p = s->plan;

	bench_free(&a->b);
	a->entry = (struct entry){ .test = &ndr_test, .plan = *p };
	a->entry.plan.rate = rate;
	a->entry.plan.overload = true;
	/* A count at a low rate would take for ever. */
	a->entry.plan.duration_ns =
		p->packets ? MIN(p->duration_ns, LONGEST_NS) : p->duration_ns;
	a->b = (struct bench){ .v = &a->entry, .n = 1, .repeat = repeat };
	return bench_followed(&a->b, s->c, s->follow_fd);
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
static int ceiling(struct search *s, uint64_t *rate)
{
	int status = attempt(s, 0, 1);

	if (status || last(s)->b.ended)
		return status;
	*rate = (uint64_t)last(s)->entry.r->rate.median;
	return *rate ? 0
		     : diag_fail(&s->c->diag, 0, "use a longer --duration",
				 "nothing was received in the time: there is no rate to "
				 "begin with");
}

/* Halves the range again and again. Returns a status; *rate lost nothing, once. */
static int halve(struct search *s, uint64_t most, uint64_t *rate)
{
	uint64_t least = 0, middle;

	for (int i = 0; i < STEPS && most > least + 1; i++) {
		int status;

		middle = least + (most - least) / 2;
		status = attempt(s, middle, 1);
		if (status || last(s)->b.ended)
			return status;
		if (lossless(last(s))) {
			least = middle;
			s->best = !s->best;
			s->found = true;
		} else {
			most = middle;
		}
	}
	*rate = MAX(least, (most + 1) / 2);
	return 0;
}

/* Once was luck, perhaps: the rate that is printed lost nothing in any repetition. */
static int confirm(struct search *s, uint64_t rate, uint32_t repeat)
{
	struct result *r;

	for (int i = 0; i <= LOWER; i++) {
		int status = attempt(s, rate, repeat);

		if (status || last(s)->b.ended)
			return status;
		if (lossless(last(s)))
			return 0;
		rate -= rate / 10;
	}
	r = last(s)->entry.r;
	warning_add(&r->said, r->sum.received != r->sum.sent
				      ? "packets were lost at every rate that was tried"
				      : "nothing was lost, but none of the rates that "
					"were tried was kept up: the machine is not "
					"quiet");
	return 0;
}

/* What a signal left: no repetition has confirmed it, and there may be a higher one. */
static int found_so_far(struct search *s)
{
	struct attempt *a = &s->slot[s->best];
	int status;

	if (!s->found)
		return diag_fail(&s->c->diag, 0, NULL,
				 "a signal ended the search before a rate was found that "
				 "loses nothing");
	warning_add(&a->entry.r->said,
		    "a signal ended the search: a higher rate may lose nothing too");
	status = bench_print(&a->b, s->c, 0);
	return status ? status : STATUS_INCOMPLETE;
}

static int seek(struct search *s, uint32_t repeat)
{
	uint64_t most = 0, rate = 0;
	int status = ceiling(s, &most);

	if (!status && !last(s)->b.ended)
		status = halve(s, most + most / 10, &rate);
	if (!status && !last(s)->b.ended)
		status = confirm(s, rate, repeat);
	return status;
}

static int find(const struct plan *p, uint32_t repeat, struct ctx *c)
{
	struct search s = { .plan = p, .c = c, .follow_fd = follow_begin() };
	int status;

	if (s.follow_fd < 0)
		return diag_fail(&c->diag, s.follow_fd, NULL, "watching for signals");
	status = seek(&s, repeat);
	follow_end(s.follow_fd);
	if (status != STATUS_FAILED && last(&s)->b.ended)
		status = found_so_far(&s);
	else if (status != STATUS_FAILED) /* or what was wrong with it */
		status = bench_print(&last(&s)->b, c, status);
	for (size_t i = 0; i < COUNT(s.slot); i++)
		bench_free(&s.slot[i].b);
	return status;
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
