/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "get.h"

#include "cgroup_dir.h"
#include "clock.h"
#include "gather.h"
#include "match.h"
#include "sum.h"
#include "switch.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* So many tasks that it is faster to look at all by BPF than at each in /proc. */
#define WORTH_BPF 500

struct get_options {
	bool tid, threads, delays;
	struct list_arg cgroups;
	struct match_options match;
};

static const struct opt get_opts[] = {
	OPT(get_options, tid, 0, "tid", NULL, "the ids are of single threads"),
	OPT(get_options, threads, 't', "threads", NULL,
	    "a record for each thread of what is named"),
	MATCH_OPTS(get_options, match),
	OPT(get_options, cgroups, 'g', "cgroup", "PATH",
	    "only those in this cgroup or below it, may be repeated"),
	OPT(get_options, delays, 0, "delays", NULL,
	    "have all delays measured while this runs"),
};

struct get {
	struct ctx *c;
	const struct get_options *o;
	struct gather g;
	struct match match;
	struct sums sums;
	struct delay_switch delays;
	bool named; /* the ids are the caller's, not a listing's */
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
	struct match m;
	int status;

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
	if (o->tid && o->threads)
		return diag_usage(&c->diag, "--tid and --threads exclude each other");
	if (o->cgroups.n && c->nargs)
		return diag_usage(&c->diag,
				  "--cgroup and process ids exclude each other");
	status = match_begin(&m, &o->match, &task_record, &c->diag);
	match_end(&m);
	if (c->common.prometheus)
		c->rec = &alive_comm_record;
	return status;
}

static const char *what_is(const struct get *g)
{
	return g->o->tid || g->o->threads ? "thread" : "process";
}

/* An id is no more; a listing's may go at any time. Returns a status. */
static int take_missing(struct get *g, const struct found *f)
{
	char why[96];

	if (f->proc_err)
		return diag_fail(&g->c->diag, f->err, NULL, "reading /proc/%" PRIu32,
				 f->id);
	if (f->err != -ESRCH && f->err != -EXDEV)
		return gather_refused(&g->c->diag, f->err);
	if (!g->named)
		return STATUS_DONE;
	snprintf(why, sizeof(why),
		 "it is a thread: ask for --tid %" PRIu32 ", or for process %" PRIu32,
		 f->id, f->tgid);
	diag_fail(&g->c->diag, f->err == -ESRCH ? ESRCH : 0,
		  f->err == -ESRCH ? NULL : why, "%s %" PRIu32, what_is(g), f->id);
	g->gone++;
	return STATUS_DONE;
}

static int add_up(struct get *g, const struct task *t)
{
	struct sum *s = sums_of(&g->sums, t);

	if (!s)
		return diag_fail(&g->c->diag, ENOMEM, NULL, "sums");
	sum_add(s, t);
	return STATUS_DONE;
}

static int take(const struct found *f, void *arg)
{
	struct get *g = arg;

	if (f->err)
		return take_missing(g, f);
	g->printed++;
	if (!match_task(&g->match, &f->t))
		return STATUS_DONE;
	g->unreadable += f->t.read_bytes.unknown;
	if (g->c->common.prometheus)
		return add_up(g, &f->t);
	return sink_row(g->c->sink, &f->t) ? STATUS_FAILED : STATUS_DONE;
}

static int add_threads(struct get *g, struct subjects *s, uint32_t pid)
{
	int err = g->g.proc ? subjects_threads(s, pid) : subjects_add_id(s, pid);

	if (!err)
		return STATUS_DONE;
	return take_missing(
		g, &(struct found){ .id = pid,
				    .err = err == -ENOENT ? -ESRCH : err,
				    .proc_err = err != -ENOENT && err != -ESRCH });
}

static int add_ids(struct get *g, struct subjects *s, const struct ids *ids)
{
	int status = STATUS_DONE;

	for (size_t i = 0; !status && i < ids->n; i++)
		if (g->o->threads)
			status = add_threads(g, s, ids->v[i]);
		else if (subjects_add_id(s, ids->v[i]))
			status = diag_fail(&g->c->diag, ENOMEM, NULL, "process ids");
	return status;
}

static int add_cgroup(struct get *g, const char *path, struct ids *ids)
{
	int fd = cgroup_open(path), err = fd < 0 ? fd : cgroup_pids(fd, ids);

	if (fd >= 0)
		close(fd);
	if (err == -EINVAL)
		return diag_fail(&g->c->diag, 0, "name a directory below /sys/fs/cgroup",
				 "%s: not a cgroup", path);
	return err ? diag_fail(&g->c->diag, err, NULL, "cgroup %s", path) : STATUS_DONE;
}

static int choose(struct get *g, struct subjects *s)
{
	struct ids ids = { 0 };
	int status = STATUS_DONE;

	for (size_t i = 0; !status && i < g->c->nargs; i++)
		if (ids_add(&ids, (uint32_t)strtoul(g->c->args[i], NULL, 10)))
			status = diag_fail(&g->c->diag, ENOMEM, NULL, "process ids");
	for (size_t i = 0; !status && i < g->o->cgroups.n; i++)
		status = add_cgroup(g, g->o->cgroups.v[i], &ids);
	if (!status)
		status = add_ids(g, s, &ids);
	ids_free(&ids);
	if (!status && g->g.proc && s->n >= WORTH_BPF)
		subjects_learn(s);
	return status;
}

static int ask_named(struct get *g)
{
	const struct get_options *o = g->o;
	struct subjects s = { 0 };
	int status = choose(g, &s);

	if (!status)
		status = gather_run(&g->g, &s, !o->tid && !o->threads, take, g);
	subjects_free(&s);
	return status;
}

static int print_sums(struct get *g)
{
	for (size_t i = 0; i < g->sums.n; i++) {
		struct sum *s = &g->sums.v[i];

		s->comm = (struct bytes){ s->name, strnlen(s->name, sizeof(s->name)) };
		if (sink_row(g->c->sink, s))
			return STATUS_FAILED;
	}
	return STATUS_DONE;
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

static int ask(struct get *g)
{
	const struct get_options *o = g->o;
	int status = gather_open(&g->g, &g->c->diag);

	if (!status && g->delays.on)
		g->g.since_ns = clock_mono_ns();
	if (!status && !g->named && !o->cgroups.n)
		status = gather_all(&g->g, o->threads, take, g);
	else if (!status)
		status = ask_named(g);
	if (!status)
		status = print_sums(g);
	gather_close(&g->g);
	return status ? status : summary(g);
}

static int get(struct ctx *c)
{
	const struct get_options *o = c->config;
	struct get g = { .c = c, .o = o, .named = c->nargs > 0, .sums.by = BY_COMM };
	int status = match_begin(&g.match, &o->match, &task_record, &c->diag);

	if (!status && o->delays)
		status = switch_on(&g.delays, &c->diag);
	if (!status)
		status = ask(&g);
	switch_off(&g.delays);
	sums_free(&g.sums);
	match_end(&g.match);
	return status;
}

static const struct variant get_variants[] = {
	{ "With --prometheus, sums by command name", &alive_comm_record },
};

const struct command get_command = {
	.name = "get",
	.brief = "Print what the kernel knows of processes, by default of all",
	.args = "[PID...]",
	.opts = get_opts,
	.nopts = COUNT(get_opts),
	.rec = &task_record,
	.variants = get_variants,
	.nvariants = COUNT(get_variants),
	.config_size = sizeof(struct get_options),
	.metrics = true,
	.operand = is_id,
	.prepare = check_words,
	.run = get,
};
