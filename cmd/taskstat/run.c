/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run.h"

#include "apart.h"
#include "child.h"
#include "clock.h"
#include "follow.h"
#include "gather.h"
#include "harvest.h"
#include "lineage.h"
#include "switch.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* Statuses as those of env(1) and timeout(1). */
enum { OUR_FAILURE = 125, NOT_EXECUTABLE = 126, NOT_FOUND = 127 };

#define BATCH_NS 10000000ull
#define MANY     16

struct run_options {
	int by;
	bool no_wait, delays;
	struct size_arg rcvbuf;
};

static const char *const by_words[] = { "nothing", "comm", "uid", "ppid", "exe", NULL };

static const struct opt run_opts[] = {
	OPT(run_options, by, 0, "by", "comm|uid|ppid|exe", "a record for each of these",
	    .choices = by_words),
	OPT(run_options, no_wait, 0, "no-wait", NULL,
	    "end with the command, not with the last of its descendants"),
	OPT(run_options, rcvbuf, 0, "rcvbuf", "SIZE",
	    "receive buffer to ask for, which the kernel doubles (default 32M)", .min = 1,
	    .max = 1u << 30),
	OPT(run_options, delays, 0, "delays", NULL,
	    "have all delays measured while this runs"),
};

struct run {
	struct ctx *c;
	const struct run_options *o;
	struct harvest h;
	struct lineage tree;
	struct child child;
	struct rusage before;
	int follow;
	bool stopped; /* by a signal, after the command had ended */
};

static int prepare(struct ctx *c)
{
	const struct run_options *o = c->config;

	c->rec = ended_record_by((enum sum_by)o->by);
	return STATUS_DONE;
}

static int take(struct task *t, uint64_t drained_ns, void *arg)
{
	struct run *r = arg;

	return lineage_take(&r->tree, t, drained_ns, clock_mono_ns());
}

static int drain(struct run *r)
{
	int n = harvest(&r->h, take, r);

	exits_lost(&r->h.x);
	return n;
}

/* What ends us is for the command. A key of the terminal has reached it already. */
static void pass_signals(struct run *r)
{
	struct signalfd_siginfo s;

	while (read(r->follow, &s, sizeof(s)) == (ssize_t)sizeof(s))
		if (r->child.ended)
			r->stopped = true;
		else if (s.ssi_code <= 0)
			kill(r->child.pid, (int)s.ssi_signo);
}

static bool is_over(const struct run *r)
{
	return r->child.alone || r->stopped || (r->child.ended && r->o->no_wait);
}

static int follow(struct run *r)
{
	int n = 0, w;

	child_reap(&r->child);
	while (n >= 0 && !is_over(r)) {
		/* An exit's message comes before it can be waited for. */
		uint64_t ns = n >= MANY ? BATCH_NS : BATCH_NS / 10;

		w = n || r->h.ended.held
			    ? FOLLOW_READY
			    : follow_wait(r->follow, r->h.x.nl.fd, BATCH_NS * 10);
		if (w == FOLLOW_READY)
			w = follow_wait(r->follow, -1, ns);
		if (w < 0)
			return w;
		pass_signals(r);
		n = drain(r);
		child_reap(&r->child);
	}
	return MIN(n, 0);
}

static uint64_t ns_between(const struct timeval *a, const struct timeval *b)
{
	return (uint64_t)((b->tv_sec - a->tv_sec) * 1000000 + b->tv_usec - a->tv_usec) *
	       1000;
}

static void at_least(struct opt_u64 *v, uint64_t ns)
{
	if (!v->has || v->v < ns)
		*v = some_u64(ns);
}

struct waited {
	uint64_t user_ns, system_ns;
};

/* What all used that was waited for, to its very end. */
static struct waited waited_for(const struct run *r)
{
	struct rusage after;

	getrusage(RUSAGE_CHILDREN, &after);
	return (struct waited){
		.user_ns = ns_between(&r->before.ru_utime, &after.ru_utime),
		.system_ns = ns_between(&r->before.ru_stime, &after.ru_stime),
	};
}

/* Records lack the time since the last clock tick; what was waited for does not. */
static void put_waited(struct sum *s, const struct waited *w)
{
	at_least(&s->cpu_ns, w->user_ns + w->system_ns);
	at_least(&s->user_ns, w->user_ns);
	at_least(&s->system_ns, w->system_ns);
}

/* Of several sums nobody knows which ones lack it. */
static void say_lacking(const struct run *r, const struct sums *sums,
			const struct waited *w)
{
	uint64_t all_us = (w->user_ns + w->system_ns) / 1000, known_us = 0;

	for (size_t i = 0; i < sums->n; i++)
		known_us += sums->v[i].cpu_ns.v / 1000;
	if (known_us < all_us)
		diag_warn(&r->c->diag,
			  "of %" PRIu64 " us of CPU time, %" PRIu64
			  " us are in no sum: the kernel's messages lack what a process "
			  "used after its last clock tick",
			  all_us, all_us - known_us);
}

static uint32_t parent_of(uint32_t pid)
{
	struct proc_stat s;

	return proc_stat_read(pid, &s) ? 0 : s.ppid;
}

static int print(struct run *r)
{
	struct waited w = waited_for(r);
	const struct sums *sums;
	int err = lineage_settle(&r->tree, parent_of);

	sums = err ? NULL : lineage_sums(&r->tree);
	for (size_t i = 0; !err && sums && i < sums->n; i++) {
		struct sum s = sums->v[i];

		s.event = "sum";
		s.comm = (struct bytes){ s.name, strnlen(s.name, sizeof(s.name)) };
		if (sums->n == 1)
			put_waited(&s, &w);
		err = sink_row(r->c->sink, &s);
	}
	if (!err && sums && sums->n > 1)
		say_lacking(r, sums, &w);
	return err;
}

static int status_of(const struct run *r)
{
	int status = r->child.status;

	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int finish(struct run *r)
{
	int n;

	exits_stop(&r->h.x);
	n = harvest_end(&r->h, take, r);
	exits_lost(&r->h.x);
	if (r->h.x.lost)
		diag_warn(&r->c->diag, "%" PRIu64 " exits were lost: the sums lack them",
			  r->h.x.lost);
	return n ? n : print(r);
}

static int account(struct run *r)
{
	const struct diag *d = &r->c->diag;
	int err = child_start(&r->child);

	if (err) {
		diag_fail(d, err, NULL, "%s", r->c->args[0]);
		while (waitpid(r->child.pid, NULL, 0) < 0 && errno == EINTR)
			;
		return err == ENOENT ? NOT_FOUND : NOT_EXECUTABLE;
	}
	err = follow(r);
	if (!err)
		err = finish(r);
	if (err && !r->c->out.err && !r->c->out.b.err)
		diag_fail(d, err, NULL, "accounting");
	return err ? OUR_FAILURE : status_of(r);
}

/*
 * Who is no descendant: all that live, but the command. What is a zombie already has no
 * children, and its end would not be told of before its number is another's.
 */
static int list_others(const struct run *r, struct ids *others)
{
	struct subjects s = { 0 };
	int bpf, err = proc_is_ours() ? subjects_all(&s, false, &bpf) : -ENOENT;

	for (size_t i = 0; !err && i < s.n; i++) {
		const struct subject *o = &s.v[i];
		bool over = o->known && o->state == 'Z' && o->threads <= 1;

		if (!over && o->id != (uint32_t)r->child.pid)
			err = ids_add(others, o->id);
	}
	subjects_free(&s);
	return err;
}

/* When all ends are told of, and the command has not started. */
static int begin_lineage(struct run *r)
{
	struct ids others = { 0 };
	int err = list_others(r, &others);

	if (!err)
		err = lineage_begin(&r->tree, (enum sum_by)r->o->by, (uint32_t)getpid(),
				    &others);
	ids_free(&others);
	return err ? diag_fail(&r->c->diag, err, NULL, "listing processes") : STATUS_DONE;
}

/* The command is forked first: nothing of ours is to be its, and it keeps its signals. */
static int start(struct run *r)
{
	const struct diag *d = &r->c->diag;
	struct exits_options x = { .rcvbuf = r->o->rcvbuf.bytes };
	int err = prctl(PR_SET_CHILD_SUBREAPER, 1) ? -errno : 0;

	if (!err)
		err = child_fork(&r->child, r->c->args);
	if (err)
		return diag_fail(d, err, NULL, "preparing");
	r->follow = follow_begin();
	err = r->follow < 0 ? diag_fail(d, r->follow, NULL, "signals")
			    : exits_open(&r->h.x, &x, d);
	if (!err)
		err = begin_lineage(r);
	if (err)
		child_cancel(&r->child);
	getrusage(RUSAGE_CHILDREN, &r->before);
	r->h.ended.drained_ns = clock_mono_ns();
	return err;
}

static int run_run(struct ctx *c)
{
	struct run r = { .c = c, .o = c->config, .h.x.nl.fd = -1, .follow = -1 };
	struct delay_switch delays = { 0 };
	int status = STATUS_DONE, err = apart(&status);

	if (err > 0)
		return status;
	if (err)
		status = diag_fail(&c->diag, err, NULL, "preparing");
	else if (r.o->delays)
		status = switch_on(&delays, &c->diag);
	if (!status) {
		r.h.ended.delays = delays_measured(&c->diag);
		status = start(&r);
	}
	status = status ? OUR_FAILURE : account(&r);
	harvest_close(&r.h);
	if (r.follow >= 0)
		follow_end(r.follow);
	switch_off(&delays);
	lineage_end(&r.tree);
	return status;
}

static const struct variant run_variants[] = {
	{ "With --by=comm", &ended_comm_record },
	{ "With --by=uid", &ended_uid_record },
	{ "With --by=ppid", &ended_ppid_record },
	{ "With --by=exe", &ended_exe_record },
};

const struct command run_command = {
	.name = "run",
	.brief = "Run a command and account for all of its process tree",
	.args = "COMMAND [ARG...]",
	.min_args = 1,
	.opts = run_opts,
	.nopts = COUNT(run_opts),
	.rec = &ended_record,
	.variants = run_variants,
	.nvariants = COUNT(run_variants),
	.config_size = sizeof(struct run_options),
	.stop_at_operand = true,
	.prepare = prepare,
	.run = run_run,
};
