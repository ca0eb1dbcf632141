/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "listen.h"

#include "clock.h"
#include "follow.h"
#include "gather.h"
#include "harvest.h"
#include "match_exits.h"
#include "sum.h"
#include "switch.h"

#include <errno.h>

/* Messages wait so long that one system call takes many: it costs a sixth for each. */
#define BATCH_NS 10000000ull

struct listen_options {
	bool threads, failed, delays, no_end;
	const char *cpus;
	struct time_arg duration;
	uint64_t count;
	int by;
	struct size_arg rcvbuf;
	struct match_options match;
};

static const char *const by_words[] = { "nothing", "comm", "uid", "ppid", "exe", NULL };

static const struct opt listen_opts[] = {
	OPT(listen_options, threads, 't', "threads", NULL,
	    "a record for each task that ends, not for each process"),
	OPT(listen_options, cpus, 0, "cpus", "LIST", "only of these CPUs, as 1-3,5"),
	OPT(listen_options, duration, 0, "for", "DURATION", "end after this time",
	    .min = 1000000),
	OPT(listen_options, count, 'c', "count", "N", "end after N records", .min = 1),
	OPT(listen_options, failed, 0, "failed", NULL,
	    "only those that did not end with status 0"),
	OPT(listen_options, by, 0, "by", "comm|uid|ppid|exe",
	    "no records but their sums, at the end", .choices = by_words),
	OPT(listen_options, rcvbuf, 0, "rcvbuf", "SIZE",
	    "receive buffer to ask for, which the kernel doubles (default 32M)", .min = 1,
	    .max = 1u << 30),
	OPT(listen_options, no_end, 0, "no-end", NULL,
	    "leave the last record out, that counts what came and was lost"),
	OPT(listen_options, match.users, 'u', "user", "USER",
	    "only of this user, by name or number, may be repeated"),
	OPT(listen_options, match.where, 'w', "where", "EXPR",
	    "only those that are so: COLUMN=WORD, COLUMN>N; may be repeated"),
	OPT(listen_options, delays, 0, "delays", NULL,
	    "have all delays measured while this runs"),
};

struct listener {
	struct ctx *c;
	const struct listen_options *o;
	struct harvest h;
	struct match match;
	struct sums sums;
	struct sink *events;
	uint64_t printed, now;
	int follow;
};

static int prepare(struct ctx *c)
{
	const struct listen_options *o = c->config;
	struct match m;
	int status = match_begin(&m, &o->match, &exit_record, &c->diag);

	match_end(&m);
	if (o->by)
		c->rec = ended_record_by((enum sum_by)o->by);
	return status;
}

static bool is_enough(const struct listener *l)
{
	uint64_t count = l->o->count, top = l->c->common.top;

	/* Where they are sorted or added up, all of them are needed. */
	if (top && !l->c->common.sort && !l->o->by)
		count = count ? MIN(count, top) : top;
	return count && l->printed >= count;
}

static bool is_wanted(const struct listener *l, const struct task *t)
{
	if (l->o->failed && !t->exit_signal.has && !t->exit_code.v)
		return false;
	return match_task(&l->match, t);
}

static int take(struct task *t, uint64_t drained_ns, void *arg)
{
	struct listener *l = arg;
	struct sum *s;

	(void)drained_ns;
	if (is_enough(l) || !is_wanted(l, t))
		return 0;
	l->printed++;
	if (!l->o->by) {
		t->event = "exit";
		t->time = some_u64(l->now);
		return sink_row(l->c->sink, t);
	}
	s = sums_of(&l->sums, t);
	if (s)
		sum_add(s, t);
	return s ? 0 : -ENOMEM;
}

static int say(struct listener *l, const char *event)
{
	struct end_event e = { .event = event,
			       .received = l->h.x.received,
			       .lost = l->h.x.lost };
	int r = sink_row(l->events, &e);

	return r ? r : sink_flush(l->events);
}

/* All that waits now, or with it the last. Returns how many messages, or -errno. */
static int drain(struct listener *l, bool last)
{
	int n, r;

	l->now = clock_wall_ns();
	n = last ? harvest_end(&l->h, take, l) : harvest(&l->h, take, l);
	if (n < 0)
		return n;
	r = (n || last) && !l->o->by && !l->c->common.sort ? sink_flush(l->c->sink) : 0;
	if (!r && exits_lost(&l->h.x)) {
		diag_warn(&l->c->diag, "records were lost: %s", l->h.x.why_lost);
		r = say(l, "lost");
	}
	return r ? r : n;
}

static uint64_t left_of(uint64_t end)
{
	uint64_t now = clock_mono_ns();

	return end == UINT64_MAX ? end : end > now ? end - now : 0;
}

static int follow(struct listener *l)
{
	uint64_t end =
		l->o->duration.ns ? clock_mono_ns() + l->o->duration.ns : UINT64_MAX;
	int r = 0, n = 0;

	while (r >= 0 && r != FOLLOW_ENDED && !is_enough(l) && left_of(end)) {
		/* Where there was nothing, the next one wakes us; it brings others. */
		if (!n && !l->h.ended.held)
			r = follow_wait(l->follow, l->h.x.nl.fd, left_of(end));
		if (r == FOLLOW_READY || n || l->h.ended.held)
			r = follow_wait(l->follow, -1, MIN(left_of(end), BATCH_NS));
		n = r < 0 ? r : drain(l, false);
		r = n < 0 ? n : r;
	}
	return MIN(r, 0);
}

static int print_sums(struct listener *l)
{
	int r = 0;

	for (size_t i = 0; !r && i < l->sums.n; i++) {
		struct sum *s = &l->sums.v[i];

		s->event = "sum";
		s->comm = (struct bytes){ s->name, strnlen(s->name, sizeof(s->name)) };
		r = sink_row(l->c->sink, s);
	}
	return r ? r : sink_flush(l->c->sink);
}

/* What was sent until now counts; what ends from here on does not. */
static int finish(struct listener *l)
{
	int n;

	exits_stop(&l->h.x);
	n = drain(l, true);
	if (!n)
		n = l->o->by ? print_sums(l) : sink_flush(l->c->sink);
	if (n || l->o->no_end)
		return n;
	return say(l, "end");
}

static int failed(const struct listener *l, int err)
{
	/* A sink's error is told by main. */
	if (l->c->out.err || l->c->out.b.err)
		return STATUS_FAILED;
	return diag_fail(&l->c->diag, err, NULL, "listening for exits");
}

static int run(struct listener *l)
{
	const struct listen_options *o = l->o;
	struct exits_options x = { .cpus = o->cpus,
				   .rcvbuf = o->rcvbuf.bytes,
				   .filter = { .failed = o->failed,
					       .tasks = o->threads } };
	int status, err;

	match_exits(&l->match, &x.filter);
	status = exits_open(&l->h.x, &x, &l->c->diag);
	if (status)
		return status;
	err = follow(l);
	if (!err)
		err = finish(l);
	if (err)
		return failed(l, err);
	return l->h.x.lost ? STATUS_INCOMPLETE : STATUS_DONE;
}

static int listen_run(struct ctx *c)
{
	const struct listen_options *o = c->config;
	struct listener l = { .c = c,
			      .o = o,
			      .h.x.nl.fd = -1,
			      .h.ended = { .threads = o->threads },
			      .sums.by = (enum sum_by)o->by };
	struct delay_switch delays = { 0 };
	int status = match_begin(&l.match, &o->match, &exit_record, &c->diag), err;

	if (!status && o->delays)
		status = switch_on(&delays, &c->diag);
	if (!status)
		status = ctx_sink(c, &end_record, &l.events);
	l.follow = follow_begin();
	if (!status && l.follow < 0)
		status = diag_fail(&c->diag, l.follow, NULL, "signals");
	if (!status) {
		l.h.ended.delays = delays_measured(&c->diag);
		l.h.ended.since_ns = delays.on ? clock_mono_ns() : 0;
		status = run(&l);
	}
	harvest_close(&l.h);
	err = sink_close(l.events);
	follow_end(l.follow);
	switch_off(&delays);
	sums_free(&l.sums);
	match_end(&l.match);
	return err ? STATUS_FAILED : status;
}

static const struct variant listen_variants[] = {
	{ "When records were lost, and at the end", &end_record },
	{ "With --by=comm", &ended_comm_record },
	{ "With --by=uid", &ended_uid_record },
	{ "With --by=ppid", &ended_ppid_record },
	{ "With --by=exe", &ended_exe_record },
};

const struct command listen_command = {
	.name = "listen",
	.brief = "Print a record for each process that ends, until told to end",
	.opts = listen_opts,
	.nopts = COUNT(listen_opts),
	.rec = &exit_record,
	.variants = listen_variants,
	.nvariants = COUNT(listen_variants),
	.config_size = sizeof(struct listen_options),
	.prepare = prepare,
	.run = listen_run,
};
