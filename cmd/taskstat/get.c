/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "get.h"

#include "compose.h"
#include "query.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct get_options {
	bool tid;
};

static const struct opt get_opts[] = {
	OPT(get_options, tid, 0, "tid", NULL, "the ids are of single threads"),
};

struct get {
	struct ctx *c;
	struct query q;
	struct ask *asks;    /* QUERY_BATCH of them, owned */
	struct ask *threads; /* as many, for the threads of one process */
	bool named;          /* the ids are the caller's, not a listing's */
	bool proc;           /* /proc may be asked */
	bool delays;
	size_t printed, gone, unreadable;
};

static bool is_id(const char *word)
{
	return *word && !word[strspn(word, "0123456789")];
}

/* Before output opens, so that a wrong word leaves nothing on it. */
static int check_words(struct ctx *c)
{
	const struct get_options *o = c->config;

	for (size_t i = 0; i < c->nargs; i++) {
		const char *word = c->args[i];

		if (!is_id(word))
			return diag_usage(&c->diag, "'%s' is not a process id", word);
		errno = 0;
		if (strtoull(word, NULL, 10) > INT32_MAX || errno)
			return diag_usage(&c->diag, "process id '%s' is out of range",
					  word);
	}
	if (o->tid && !c->nargs)
		return diag_usage(&c->diag, "--tid needs thread ids");
	return STATUS_DONE;
}

static int parse_ids(struct ctx *c, struct ids *ids)
{
	for (size_t i = 0; i < c->nargs; i++)
		if (ids_add(ids, (uint32_t)strtoul(c->args[i], NULL, 10)))
			return diag_fail(&c->diag, ENOMEM, NULL, "process ids");
	return STATUS_DONE;
}

/* Says that an id is no more; a listing's may go at any time. Returns 0. */
static int say_gone(struct get *g, uint32_t id, const char *why)
{
	if (!g->named)
		return 0;
	diag_fail(&g->c->diag, why ? 0 : ESRCH, why, "%s %" PRIu32,
		  ((const struct get_options *)g->c->config)->tid ? "thread" : "process",
		  id);
	g->gone++;
	return 0;
}

static int refused(struct get *g, int err)
{
	const char *hint = NULL;

	if (err == -EPERM)
		hint = proc_initial_userns()
			       ? "it takes CAP_NET_ADMIN: run it as root"
			       : "it takes CAP_NET_ADMIN in the initial user "
				 "namespace, and this is another one";
	else if (err == -EPROTONOSUPPORT)
		hint = "the kernel is older than Linux 2.6.33";
	return diag_fail(&g->c->diag, err, hint, "asking the kernel for task statistics");
}

/* Whether an ask failed; if so *status tells how the command goes on. */
static bool is_failed(struct get *g, const struct ask *a, int *status)
{
	if (!a->err)
		return false;
	*status = a->err == -ESRCH ? say_gone(g, a->id, NULL) : refused(g, a->err);
	return true;
}

static int emit(struct get *g, const struct task *t)
{
	g->printed++;
	return sink_row(g->c->sink, t) ? STATUS_FAILED : STATUS_DONE;
}

/* Says so and returns true where /proc failed for a reason that is ours. */
static bool is_broken(const struct get *g, uint32_t id, int err)
{
	switch (err) {
	case 0:
	case -ENOENT:
	case -ESRCH:
	case -EACCES:
	case -EPERM:
		return false;
	default:
		diag_fail(&g->c->diag, err, NULL, "reading /proc/%" PRIu32, id);
		return true;
	}
}

static int get_task(struct get *g, const struct ask *a)
{
	struct task t;
	char state = 0;
	int status, err;

	if (is_failed(g, a, &status))
		return status;
	err = g->proc ? proc_task_state(a->id, &state) : 0;
	if (is_broken(g, a->id, err))
		return STATUS_FAILED;
	task_of(&t, a->id, &a->k, g->delays, state);
	return emit(g, &t);
}

static int get_tasks(struct get *g, const struct ids *ids)
{
	int status = STATUS_DONE;

	for (size_t i = 0; !status && i < ids->n; i += QUERY_BATCH) {
		size_t n = MIN(ids->n - i, (size_t)QUERY_BATCH);
		int err;

		for (size_t j = 0; j < n; j++)
			g->asks[j] = (struct ask){ .id = ids->v[i + j] };
		err = query_many(&g->q, g->asks, n);
		if (err)
			return refused(g, err);
		for (size_t j = 0; !status && j < n; j++)
			status = get_task(g, &g->asks[j]);
	}
	return status;
}

/* Asks each thread of a process. Those that end meanwhile are left out. */
static int add_threads(struct get *g, uint32_t pid, struct extremes *e)
{
	struct ids tids = { 0 };
	int err = proc_tids(pid, &tids);

	for (size_t i = 0; !err && i < tids.n; i += QUERY_BATCH) {
		size_t n = MIN(tids.n - i, (size_t)QUERY_BATCH);

		for (size_t j = 0; j < n; j++)
			g->threads[j] = (struct ask){ .id = tids.v[i + j] };
		err = query_many(&g->q, g->threads, n);
		for (size_t j = 0; !err && j < n; j++)
			if (!g->threads[j].err)
				extremes_add(e, &g->threads[j].k);
	}
	ids_free(&tids);
	return err;
}

static int compose(struct get *g, uint32_t pid, const struct kstats *leader,
		   const struct kstats *group)
{
	struct extremes alive = { 0 };
	struct sources s = {
		.leader = leader, .group = group, .alive = &alive, .delays = g->delays
	};
	struct proc_stat stat;
	struct proc_io io;
	struct task t;
	int err;

	err = g->proc ? proc_stat_read(pid, &stat) : -ENOENT;
	if (is_broken(g, pid, err))
		return STATUS_FAILED;
	if (!err)
		s.stat = &stat;
	err = g->proc ? proc_io_read(pid, &io) : -ENOENT;
	if (is_broken(g, pid, err))
		return STATUS_FAILED;
	if (!err)
		s.io = &io;
	s.io_denied = err == -EACCES || err == -EPERM;
	if (!is_alone(leader, group))
		s.cpu_ns = proc_cpu_clock(pid);
	if (s.stat && stat.threads == 1)
		extremes_add(&alive, leader);
	else if (s.stat && is_broken(g, pid, add_threads(g, pid, &alive)))
		return STATUS_FAILED;
	process_of(&t, pid, &s);
	g->unreadable += t.read_bytes.unknown;
	return emit(g, &t);
}

static int get_process(struct get *g, const struct ask *leader, const struct ask *group)
{
	struct opt_u64 tgid = leader->k.v[K_TGID];
	char why[96];
	int status;

	if (is_failed(g, leader, &status) || is_failed(g, group, &status))
		return status;
	if (tgid.has && tgid.v && tgid.v != leader->id) {
		snprintf(why, sizeof(why),
			 "it is a thread: ask for --tid %" PRIu32
			 ", or for process %" PRIu64,
			 leader->id, tgid.v);
		return say_gone(g, leader->id, why);
	}
	return compose(g, leader->id, &leader->k, &group->k);
}

/* Two questions each: one about the leader, one about the thread group. */
static int get_processes(struct get *g, const struct ids *ids)
{
	int status = STATUS_DONE;

	for (size_t i = 0; !status && i < ids->n; i += QUERY_BATCH / 2) {
		size_t n = MIN(ids->n - i, (size_t)QUERY_BATCH / 2);
		int err;

		for (size_t j = 0; j < 2 * n; j++)
			g->asks[j] =
				(struct ask){ .id = ids->v[i + j / 2], .group = j % 2 };
		err = query_many(&g->q, g->asks, 2 * n);
		if (err)
			return refused(g, err);
		for (size_t j = 0; !status && j < 2 * n; j += 2)
			status = get_process(g, &g->asks[j], &g->asks[j + 1]);
	}
	return status;
}

static int open_kernel(struct get *g)
{
	const struct diag *d = &g->c->diag;
	int err = query_open(&g->q);

	if (err == -ENOENT)
		return diag_fail(d, err, "the kernel needs CONFIG_TASKSTATS=y",
				 "generic netlink family TASKSTATS");
	if (err)
		return diag_fail(d, err, NULL, "generic netlink");
	g->asks = calloc(2 * (size_t)QUERY_BATCH, sizeof(*g->asks));
	if (!g->asks)
		return diag_fail(d, ENOMEM, NULL, "answers");
	g->threads = g->asks + QUERY_BATCH;
	return STATUS_DONE;
}

static void look_around(struct get *g)
{
	const struct diag *d = &g->c->diag;
	int err;

	g->proc = proc_is_ours();
	if (!g->proc)
		diag_warn(
			d,
			"/proc is not of this pid namespace: state, threads, faults and "
			"I/O stay unknown; mount a proc of its own");
	err = proc_delayacct();
	g->delays = err == 1 || err == -ENOENT;
	if (!err)
		diag_warn(d,
			  "kernel.task_delayacct is 0: only delays for a CPU are known; "
			  "with 1 the kernel measures tasks that start from then on");
	else if (!g->delays)
		diag_warn(d,
			  "kernel.task_delayacct can't be read (%s): only delays for "
			  "a CPU are known",
			  strerrorname_np(-err));
}

static int list_all(struct get *g, struct ids *ids)
{
	int err = g->proc ? proc_pids(ids) : -ENOENT;

	return err ? diag_fail(&g->c->diag, err, "name process ids instead",
			       "listing /proc")
		   : STATUS_DONE;
}

static int summary(const struct get *g)
{
	if (g->unreadable)
		diag_warn(
			&g->c->diag,
			"the I/O of %zu of the processes is unknown: their /proc/PID/io "
			"can't be read without CAP_SYS_PTRACE",
			g->unreadable);
	if (g->gone)
		return g->printed ? STATUS_INCOMPLETE : STATUS_FAILED;
	return STATUS_DONE;
}

static int get(struct ctx *c)
{
	const struct get_options *o = c->config;
	struct get g = { .c = c, .named = c->nargs > 0 };
	struct ids ids = { 0 };
	int status = parse_ids(c, &ids);

	if (status)
		goto free_ids;
	status = open_kernel(&g);
	if (status)
		goto close;
	look_around(&g);
	if (!g.named)
		status = list_all(&g, &ids);
	if (!status)
		status = o->tid ? get_tasks(&g, &ids) : get_processes(&g, &ids);
	if (!status)
		status = summary(&g);
close:
	free(g.asks);
	query_close(&g.q);
free_ids:
	ids_free(&ids);
	return status;
}

const struct command get_command = {
	.name = "get",
	.brief = "print what the kernel knows of processes, by default of all",
	.args = "[PID...]",
	.opts = get_opts,
	.nopts = COUNT(get_opts),
	.rec = &task_record,
	.config_size = sizeof(struct get_options),
	.operand = is_id,
	.prepare = check_words,
	.run = get,
};
