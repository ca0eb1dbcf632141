/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gather.h"

#include "clock.h"
#include "compose.h"
#include "pipeline.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

int gather_refused(const struct diag *d, int err)
{
	const char *hint = NULL;

	if (err == -EPERM)
		hint = proc_initial_userns()
			       ? "it takes CAP_NET_ADMIN: run it as root"
			       : "it takes CAP_NET_ADMIN in the initial user "
				 "namespace, and this is another one";
	else if (err == -EPROTONOSUPPORT)
		hint = "the kernel is older than Linux 2.6.33";
	return diag_fail(d, err, hint, "asking the kernel for task statistics");
}

int gather_query(struct query *q, const struct diag *d)
{
	int err = query_open(q);

	if (err == -ENOENT)
		return diag_fail(d, err, "the kernel needs CONFIG_TASKSTATS=y",
				 "generic netlink family TASKSTATS");
	return err ? diag_fail(d, err, NULL, "generic netlink") : STATUS_DONE;
}

bool delays_measured(const struct diag *d)
{
	int err = proc_delayacct();
	bool on = err == 1 || err == -ENOENT;

	if (!err)
		diag_warn(d,
			  "kernel.task_delayacct is 0: only delays for a CPU are known; "
			  "with 1 the kernel measures tasks that start from then on");
	else if (!on)
		diag_warn(d,
			  "kernel.task_delayacct can't be read (%s): only delays for "
			  "a CPU are known",
			  strerrorname_np(-err));
	return on;
}

static void look_around(struct gather *g)
{
	g->proc = proc_is_ours();
	if (!g->proc)
		diag_warn(
			g->diag,
			"/proc is not of this pid namespace: state, threads, faults and "
			"I/O stay unknown; mount a proc of its own");
	g->delays = delays_measured(g->diag);
}

int gather_open(struct gather *g, const struct diag *d)
{
	int status;

	*g = (struct gather){ .diag = d };
	status = gather_query(&g->q, d);
	if (status)
		return status;
	g->asks = calloc(3 * (size_t)QUERY_BATCH, sizeof(*g->asks));
	if (!g->asks)
		return diag_fail(d, ENOMEM, NULL, "answers");
	g->threads = g->asks + 2 * (size_t)QUERY_BATCH;
	look_around(g);
	return STATUS_DONE;
}

void gather_close(struct gather *g)
{
	free(g->asks);
	g->asks = NULL;
	query_close(&g->q);
}

int gather_unlisted(const struct diag *d, int err)
{
	return diag_fail(d, err, "name process ids instead", "listing /proc");
}

void gather_without_bpf(const struct diag *d, int err)
{
	diag_info(d, "listing tasks by /proc alone, not by BPF (%s)",
		  strerrorname_np(-err));
}

/* Whether zeros about delays are measured ones. */
static bool measures(const struct gather *g, const struct kstats *k)
{
	return g->delays &&
	       (!g->since_ns || k->v[K_ETIME].v * 1000 < clock_mono_ns() - g->since_ns);
}

/* Whether /proc failed for a reason that is ours, not that the process is gone. */
static bool is_broken(int err)
{
	return err && err != -ENOENT && err != -ESRCH && err != -EACCES && err != -EPERM;
}

static void broken(struct found *f, int err)
{
	f->err = err;
	f->proc_err = true;
}

static void find_task(struct gather *g, const struct subject *s, const struct ask *a,
		      struct found *f)
{
	char state = s->known ? s->state : 0;
	int err = 0;

	f->err = a->err;
	if (f->err)
		return;
	if (!s->known && g->proc)
		err = proc_task_state(a->id, &state);
	if (is_broken(err))
		broken(f, err);
	else
		task_of(&f->t, a->id, &a->k, measures(g, &a->k), state);
}

/* Asks threads. Returns how many are gone, which are left out, or -errno. */
static int ask_tids(struct gather *g, const uint32_t *tids, size_t n, struct extremes *e)
{
	int gone = 0;

	for (size_t i = 0; i < n; i += QUERY_BATCH) {
		size_t count = MIN(n - i, (size_t)QUERY_BATCH);
		int err;

		for (size_t j = 0; j < count; j++)
			g->threads[j] = (struct ask){ .id = tids[i + j] };
		err = query_many(&g->q, g->threads, count);
		if (err)
			return err;
		for (size_t j = 0; j < count; j++)
			if (g->threads[j].err)
				gone++;
			else
				extremes_add(e, &g->threads[j].k);
	}
	return gone;
}

/* Asks each thread of a process. */
static int add_threads(struct gather *g, uint32_t pid, struct extremes *e)
{
	struct ids ids = { 0 };
	int err = proc_tids(pid, &ids);

	if (!err)
		err = ask_tids(g, ids.v, ids.n, e);
	ids_free(&ids);
	return MIN(err, 0);
}

/* What proc(5) says of a process, from the listing where that has told already. */
struct of_proc {
	struct proc_stat stat;
	struct proc_io io;
};

static int read_proc(const struct gather *g, const struct subject *s,
		     const struct kstats *leader, struct of_proc *p, struct sources *src)
{
	int err;

	if (s->known && s->alone) {
		p->stat = (struct proc_stat){ .state = s->state,
					      .threads = 1,
					      .minflt = leader->v[K_MINFLT].v,
					      .majflt = leader->v[K_MAJFLT].v };
		src->stat = &p->stat;
		src->io = &s->io;
		return 0;
	}
	err = g->proc ? proc_stat_read(s->id, &p->stat) : -ENOENT;
	if (is_broken(err))
		return err;
	src->stat = err ? NULL : &p->stat;
	return 0;
}

/*
 * The process's own I/O. What the kernel keeps of dead threads holds that of children
 * that were waited for too: where there were both, nothing tells it. A group that was
 * more often on a CPU than its threads, asked about later, has dead ones.
 */
static int read_io(const struct gather *g, const struct subject *s,
		   const struct extremes *alive, struct of_proc *p, struct sources *src)
{
	uint64_t count = src->group->v[K_OF(DELAY_CPU, PART_COUNT)].v;
	bool waited = src->stat && src->stat->waited;
	int err = -ENOENT;

	if (src->io) /* by the listing */
		return 0;
	if (g->proc && is_alone(src->leader, src->group))
		err = proc_task_io_read(s->id, &p->io);
	else if (g->proc && !waited)
		err = proc_io_read(s->id, &p->io);
	else if (g->proc && count <= alive->cpu_count)
		err = proc_threads_io_read(s->id, &p->io);
	if (is_broken(err))
		return err;
	src->io = err ? NULL : &p->io;
	src->io_denied = err == -EACCES || err == -EPERM;
	return 0;
}

static int ask_threads(struct gather *g, const struct subject *s,
		       const struct sources *src, struct extremes *alive)
{
	bool alone = is_alone(src->leader, src->group);

	if (!src->stat)
		return 0;
	if (src->stat->threads != 1 || (src->stat->waited && !alone))
		return add_threads(g, s->id, alive);
	extremes_add(alive, src->leader);
	return 0;
}

/*
 * A process of several threads of which none has ended: nothing is to be read. Returns
 * whether they are all there still, or -errno.
 */
static int by_threads(struct gather *g, const struct subject *s, struct of_proc *p,
		      struct sources *src, struct extremes *alive)
{
	int gone = ask_tids(g, s->tids, s->ntids, alive);

	if (gone) {
		*alive = (struct extremes){ 0 };
		return MIN(gone, 0);
	}
	p->stat = (struct proc_stat){ .state = s->state,
				      .threads = s->ntids,
				      .minflt = alive->minflt,
				      .majflt = alive->majflt };
	src->stat = &p->stat;
	src->io = &s->io;
	return 1;
}

static int by_proc(struct gather *g, const struct subject *s, struct of_proc *p,
		   struct sources *src, struct extremes *alive)
{
	int err = read_proc(g, s, src->leader, p, src);

	if (!err)
		err = ask_threads(g, s, src, alive);
	return is_broken(err) ? err : read_io(g, s, alive, p, src);
}

static void compose(struct gather *g, const struct subject *s, const struct sources *from,
		    struct found *f)
{
	struct sources src = *from;
	struct extremes alive = { 0 };
	struct of_proc proc;
	int err = 0;

	src.alive = &alive;
	src.delays = measures(g, src.leader);
	if (!is_alone(src.leader, src.group))
		src.cpu_ns = proc_cpu_clock(s->id);
	if (s->tids)
		err = by_threads(g, s, &proc, &src, &alive);
	if (!err)
		err = by_proc(g, s, &proc, &src, &alive);
	if (err < 0)
		broken(f, err);
	else
		process_of(&f->t, s->id, &src);
}

static void find_process(struct gather *g, const struct subject *s,
			 const struct ask *leader, const struct ask *group,
			 struct found *f)
{
	struct opt_u64 tgid = leader->k.v[K_TGID];
	struct sources src = { .leader = &leader->k, .group = &group->k };

	f->err = leader->err ? leader->err : group->err;
	if (f->err)
		return;
	if (tgid.has && tgid.v && tgid.v != leader->id) {
		f->err = -EXDEV;
		f->tgid = (uint32_t)tgid.v;
		return;
	}
	compose(g, s, &src, f);
}

bool gather_answers(const struct subject *known, bool processes)
{
	return known && known->known && (!processes || known->alone);
}

/* How many answers a subject takes: its leader's says all of one that is alone. */
static size_t questions(const struct subject *s, bool processes)
{
	return 1 + (processes && !gather_answers(s, true));
}

void gather_found(struct gather *g, const struct subject *known, const struct ask *a,
		  bool processes, struct found *f)
{
	f->id = known->id;
	f->err = 0;
	f->proc_err = false;
	if (processes)
		find_process(g, known, a, a, f);
	else
		find_task(g, known, a, f);
}

int gather_batch(struct gather *g, const struct subject *s, size_t n, bool processes,
		 struct found *f)
{
	struct ask *a = g->asks;
	size_t count = 0;
	int err;

	for (size_t i = 0; i < n; i++)
		for (size_t q = 0; q < questions(&s[i], processes); q++)
			a[count++] = (struct ask){ .id = s[i].id, .group = q };
	err = query_many(&g->q, a, count);
	for (size_t i = 0; !err && i < n; i++) {
		size_t asked = questions(&s[i], processes);

		f[i].id = s[i].id;
		f[i].err = 0;
		f[i].proc_err = false;
		if (processes)
			find_process(g, &s[i], a, a + asked - 1, &f[i]);
		else
			find_task(g, &s[i], a, &f[i]);
		a += asked;
	}
	return err;
}
