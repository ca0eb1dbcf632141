/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "top.h"

#include "clock.h"
#include "follow.h"
#include "gather.h"
#include "harvest.h"
#include "match.h"
#include "rate.h"
#include "switch.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* So long a task may be switched away between its accounts and its message. */
#define SENDING_NS 300000000ull

/* So long, and so often in that, threads are waited for that have not told of their end.
 */
#define PATIENCE_NS 50000000ull
#define PATIENCE    5

/* How often exits are taken in while the interval passes. */
#define DRAIN_NS 100000000ull

struct top_options {
	struct time_arg interval;
	uint64_t samples, rows;
	bool delays;
	struct match_options match;
};

static const struct top_options top_defaults = { .interval = { 1000000000 } };

static const struct opt top_opts[] = {
	OPT(top_options, interval, 'd', "interval", "DURATION",
	    "length of an interval (default 1s)", .min = 1000000, .max = UINT64_MAX),
	OPT(top_options, samples, 'n', "samples", "N", "end after N intervals", .min = 1),
	OPT(top_options, rows, 'k', "rows", "N",
	    "at most N records for an interval (default: as many as the terminal shows)",
	    .min = 1),
	MATCH_OPTS(top_options, match),
	OPT(top_options, delays, 0, "delays", NULL,
	    "have all delays measured while this runs"),
};

/* Records in ascending order of pid. */
struct snapshot {
	struct seen *v; /* owned */
	size_t n, cap;
	uint64_t from_ns, at_ns, wall_ns;
};

struct top {
	struct ctx *c;
	const struct top_options *o;
	struct gather g;
	struct harvest h;
	bool listening;
	struct match match;
	struct snapshot before, now, dead;
	bool terminal, lost; /* terminal: an interval takes the place of the last */
	int follow;
};

static bool on_terminal(const struct ctx *c)
{
	return !c->common.json && is_screen(STDOUT_FILENO);
}

static int prepare(struct ctx *c)
{
	const struct top_options *o = c->config;
	struct winsize size;
	struct match m;
	int status = match_begin(&m, &o->match, &rate_record, &c->diag);

	match_end(&m);
	if (!c->common.sort)
		c->common.sort = "-cpu_pct";
	if (o->rows && (!c->common.top || o->rows < c->common.top))
		c->common.top = o->rows;
	else if (!c->common.top && on_terminal(c) &&
		 !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_row > 3)
		c->common.top = size.ws_row - 2u;
	return status;
}

/* from_ns: the kernel made it between then and now. */
static int add(struct snapshot *s, const struct task *t, uint64_t from_ns)
{
	if (s->n == s->cap) {
		size_t cap = s->cap ? 2 * s->cap : 256;
		struct seen *v = reallocarray(s->v, cap, sizeof(*v));

		if (!v)
			return -ENOMEM;
		s->v = v;
		s->cap = cap;
	}
	s->v[s->n].t = *t;
	seen_between(&s->v[s->n++], from_ns, clock_mono_ns());
	return 0;
}

static int by_pid(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;

	return (x->t.pid > y->t.pid) - (x->t.pid < y->t.pid);
}

/* Of several that had its number the one that it may be. */
static const struct seen *find(const struct snapshot *s, const struct seen *t)
{
	const struct seen *f = s->n ? bsearch(t, s->v, s->n, sizeof(*t), by_pid) : NULL;

	while (f && f > s->v && !by_pid(f - 1, t))
		f--;
	for (; f && f < s->v + s->n && !by_pid(f, t); f++)
		if (is_same(f, t))
			return f;
	return NULL;
}

static int take(const struct found *f, void *arg)
{
	struct top *t = arg;

	if (f->proc_err)
		return diag_fail(&t->c->diag, f->err, NULL, "reading /proc/%u", f->id);
	if (f->err && f->err != -ESRCH && f->err != -EXDEV)
		return gather_refused(&t->c->diag, f->err);
	if (!f->err && add(&t->now, &f->t, t->now.from_ns))
		return diag_fail(&t->c->diag, ENOMEM, NULL, "processes");
	return STATUS_DONE;
}

static int snap(struct top *t)
{
	int status;

	t->now.n = 0;
	t->now.from_ns = clock_mono_ns();
	status = gather_all(&t->g, false, take, t);
	t->now.at_ns = clock_mono_ns();
	t->now.wall_ns = clock_wall_ns();
	if (t->now.n)
		qsort(t->now.v, t->now.n, sizeof(*t->now.v), by_pid);
	return status;
}

static int take_exit(struct task *one, uint64_t drained_ns, void *arg)
{
	struct top *t = arg;

	return add(&t->dead, one, drained_ns - MIN(drained_ns, SENDING_NS));
}

/* At the interval's end, what has ended in it must not be left for the next one. */
static int drain(struct top *t, bool is_end)
{
	int n = t->listening;

	while (n > 0)
		n = harvest(&t->h, take_exit, t);
	for (int i = 0; !n && is_end && t->h.ended.held && i < PATIENCE; i++) {
		n = follow_wait(t->follow, -1, PATIENCE_NS / PATIENCE);
		n = n < 0 ? n : MIN(harvest(&t->h, take_exit, t), 0);
	}
	if (!n && is_end && t->listening)
		n = harvest_end(&t->h, take_exit, t);
	if (t->listening && exits_lost(&t->h.x)) {
		diag_warn(&t->c->diag, "exits were lost: %s", t->h.x.why_lost);
		t->lost = true;
	}
	return MIN(n, 0);
}

/* A zombie's end was told of already, but not that of threads which the main one left. */
static bool is_over(const struct top *t, const struct task *now)
{
	return t->listening && now->state && *now->state == 'Z' &&
	       !(now->threads.has && now->threads.v > 1);
}

static int print(struct top *t, const struct seen *after, bool ended)
{
	const struct seen *before = find(&t->before, after);
	struct rate r;

	rate_of(&r, before ? &before->t : NULL, &after->t,
		t->now.at_ns - t->before.at_ns);
	r.time = t->now.wall_ns;
	r.ended = ended;
	if (!match_record(&t->match, r.comm, r.uid, &r))
		return 0;
	return sink_row(t->c->sink, &r);
}

static int print_all(struct top *t)
{
	int err = 0;

	if (t->terminal)
		buf_puts(&t->c->out.b, "\033[H\033[2J");
	for (size_t i = 0; !err && i < t->now.n; i++)
		if (!is_over(t, &t->now.v[i].t))
			err = print(t, &t->now.v[i], false);
	for (size_t i = 0; !err && i < t->dead.n; i++)
		err = print(t, &t->dead.v[i], true);
	t->dead.n = 0;
	return err ? err : sink_flush(t->c->sink);
}

/* Returns an enum follow or -errno. */
static int pass(struct top *t)
{
	uint64_t end = t->before.at_ns + t->o->interval.ns, now = clock_mono_ns();
	int r = FOLLOW_TIMEOUT, err = 0;

	do {
		r = follow_wait(t->follow, -1, MIN(end > now ? end - now : 0, DRAIN_NS));
		err = r < 0 ? r : drain(t, false);
		now = clock_mono_ns();
	} while (!err && r != FOLLOW_ENDED && now < end);
	return err ? err : r;
}

/* What ends while the processes are listed may be in both: the exit says more. */
static void drop_twice(struct top *t)
{
	size_t kept = 0;

	if (t->dead.n)
		qsort(t->dead.v, t->dead.n, sizeof(*t->dead.v), by_pid);
	for (size_t i = 0; i < t->now.n; i++)
		if (!find(&t->dead, &t->now.v[i]))
			t->now.v[kept++] = t->now.v[i];
	t->now.n = kept;
}

static int sample(struct top *t)
{
	struct snapshot old = t->before;
	int status = snap(t), err;

	if (status)
		return status;
	err = drain(t, true);
	if (!err) {
		drop_twice(t);
		err = print_all(t);
	}
	t->before = t->now;
	t->now = old;
	if (!err && !t->c->common.json)
		status = ctx_reopen(t->c);
	if (err && !t->c->out.err && !t->c->out.b.err)
		diag_fail(&t->c->diag, err, NULL, "listening for exits");
	return err ? STATUS_FAILED : status;
}

static int follow(struct top *t)
{
	int status = snap(t), r;

	t->before = t->now;
	t->now = (struct snapshot){ 0 };
	/* Exits from before the first interval are none of it. */
	if (!status && drain(t, true) < 0)
		status = diag_fail(&t->c->diag, EIO, NULL, "listening for exits");
	t->dead.n = 0;
	for (uint64_t i = 0; !status && (!t->o->samples || i < t->o->samples); i++) {
		r = pass(t);
		if (r < 0)
			return diag_fail(&t->c->diag, r, NULL, "waiting");
		if (r == FOLLOW_ENDED)
			break;
		status = sample(t);
	}
	return status;
}

static void listen_if_possible(struct top *t)
{
	struct exits_options o = { 0 };
	int err = exits_try(&t->h.x, &o);

	t->listening = !err;
	if (err)
		diag_warn(
			&t->c->diag,
			"exits can't be listened to (see taskstat info): what dies in an "
			"interval is left out");
}

static int top_run(struct ctx *c)
{
	struct top t = { .c = c,
			 .o = c->config,
			 .terminal = on_terminal(c),
			 .h.x.nl.fd = -1,
			 .g.q.nl.fd = -1,
			 .follow = follow_begin() };
	struct delay_switch delays = { 0 };
	int status = match_begin(&t.match, &t.o->match, &rate_record, &c->diag);

	if (!status && t.follow < 0)
		status = diag_fail(&c->diag, t.follow, NULL, "signals");

	if (!status && t.o->delays)
		status = switch_on(&delays, &c->diag);
	if (!status)
		status = gather_open(&t.g, &c->diag);
	if (!status) {
		t.h.ended.delays = t.g.delays;
		t.g.since_ns = t.h.ended.since_ns = delays.on ? clock_mono_ns() : 0;
		listen_if_possible(&t);
		t.h.x.diag = &c->diag;
		status = follow(&t);
	}
	harvest_close(&t.h);
	gather_close(&t.g);
	if (t.follow >= 0)
		follow_end(t.follow);
	switch_off(&delays);
	match_end(&t.match);
	free(t.before.v);
	free(t.now.v);
	free(t.dead.v);
	return status || !t.lost ? status : STATUS_INCOMPLETE;
}

const struct command top_command = {
	.name = "top",
	.brief = "Print what processes do in each interval, those that end in it too",
	.opts = top_opts,
	.nopts = COUNT(top_opts),
	.rec = &rate_record,
	.defaults = &top_defaults,
	.config_size = sizeof(struct top_options),
	.prepare = prepare,
	.run = top_run,
};
