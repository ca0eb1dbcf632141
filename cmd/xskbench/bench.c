/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench.h"

#include "baseline.h"
#include "flow.h"
#include "follow.h"
#include "judge.h"
#include "plot.h"

#include <errno.h>
#include <stdlib.h>

static int shoot(struct entry *e, struct ctx *c, int follow_fd)
{
	const struct shooting s = { .plan = &e->plan,
				    .diag = &c->diag,
				    .follow_fd = follow_fd };
	struct shot shot = { .latency = &e->r->latency };
	struct cpu_time before = cpu_time_now();
	int status = flow_shoot(&s, e->test->end, &shot);

	if (status)
		return status;
	result_add(e->r, &shot, steal_pct(before, cpu_time_now()));
	diag_info(&c->diag, "%s: %.0f packets a second", e->r->test,
		  e->r->pps[e->r->shots - 1]);
	return 0;
}

static int take_turns(struct bench *b, struct ctx *c, int follow_fd)
{
	int status = 0;

	for (uint32_t turn = 0; turn < b->repeat; turn++)
		for (size_t i = 0; i < b->n && !status; i++) {
			/* The first shot goes on in any case: it says how it ended. */
			if ((turn || i) && follow_ended(follow_fd))
				return 0;
			status = shoot(&b->v[i], c, follow_fd);
		}
	return status;
}

static int prepare(struct bench *b)
{
	machine_read(&b->machine);
	for (size_t i = 0; i < b->n; i++) {
		struct entry *e = &b->v[i];

		e->r = calloc(1, sizeof(*e->r));
		if (!e->r)
			return -ENOMEM;
		e->r->test = e->name ? e->name : e->test->name;
		e->r->plan = &e->plan;
		e->r->machine = &b->machine;
	}
	return 0;
}

int bench_followed(struct bench *b, struct ctx *c, int follow_fd)
{
	int err = prepare(b), status;

	if (err)
		return diag_fail(&c->diag, err, NULL, "%zu results", b->n);
	status = take_turns(b, c, follow_fd);
	b->ended = follow_ended(follow_fd);
	for (size_t i = 0; i < b->n && status != STATUS_FAILED; i++) {
		struct result *r = b->v[i].r;
		int verdict;

		result_finish(r);
		verdict = r->shots ? judge(r) : 0;
		status = MAX(status, verdict);
	}
	return status;
}

int bench_entries(struct bench *b, struct ctx *c)
{
	int status, follow_fd = follow_begin();

	if (follow_fd < 0)
		return diag_fail(&c->diag, follow_fd, NULL, "watching for signals");
	status = bench_followed(b, c, follow_fd);
	follow_end(follow_fd);
	return status;
}

void bench_free(struct bench *b)
{
	for (size_t i = 0; i < b->n; i++)
		free(b->v[i].r);
}

static int print(const struct bench *b, struct ctx *c)
{
	for (size_t i = 0; i < b->n; i++) {
		const struct result *r = b->v[i].r;

		if (r->shots && sink_row(c->sink, r))
			return STATUS_FAILED; /* main says why */
		for (size_t k = 0; k < r->said.n; k++)
			diag_warn(&c->diag, "%s%s%s", b->n > 1 ? r->test : "",
				  b->n > 1 ? ": " : "", r->said.text[k]);
	}
	return 0;
}

static int compare(const struct bench *b, struct ctx *c, int status)
{
	const struct options *o = c->config;
	struct baseline base;

	if (baseline_read(&base, o->baseline, &c->diag))
		return STATUS_FAILED;
	for (size_t i = 0; i < b->n && status != STATUS_FAILED; i++) {
		int r = b->v[i].r->shots ? baseline_compare(&base, b->v[i].r,
							    o->tolerance, &c->diag)
					 : 0;

		status = r ? r : status;
	}
	baseline_free(&base);
	return status;
}

int bench_print(const struct bench *b, struct ctx *c, int status)
{
	if (status != STATUS_FAILED && ((const struct options *)c->config)->baseline)
		status = compare(b, c, status);
	return status == STATUS_FAILED || print(b, c) ? STATUS_FAILED : status;
}

int bench_run(struct ctx *c, const struct test *test)
{
	struct plans *plans = calloc(1, sizeof(*plans));
	struct entry *entries = calloc(PLANS, sizeof(*entries));
	const struct options *o = c->config;
	struct bench b = { .v = entries };
	struct plot plot = { .fd = -1 };
	int status = STATUS_FAILED;

	if (!plans || !entries) {
		diag_fail(&c->diag, ENOMEM, NULL, "the plans");
		goto out;
	}
	status = plans_make(plans, o, &test->traits, c->nargs ? c->args[0] : NULL,
			    &c->diag);
	if (status)
		goto out;
	b.n = plans->n;
	b.repeat = plans->repeat;
	for (size_t i = 0; i < b.n; i++)
		entries[i] = (struct entry){ .test = test, .plan = plans->v[i] };
	status = plot_open(&plot, o->plot, &c->diag);
	if (status)
		goto out;
	status = bench_print(&b, c, bench_entries(&b, c));
	status = plot_close(&plot, &b, status, &c->diag);
out:
	bench_free(&b);
	free(entries);
	free(plans);
	return status;
}
