/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "group.h"

#include <string.h>

enum {
	FORK = 1 << 0,        /* AFORK of linux/acct.h */
	KILLED = 1 << 4,      /* AXSIG */
	OVERTAKES_US = 20000, /* a process's end may be so much before a thread's own */
};

/* In the order of struct group's sums; the first one: times on a CPU. */
#define SUMS_OF(d) K_OF(DELAY_##d, PART_COUNT), K_OF(DELAY_##d, PART_TOTAL)
static const uint8_t summed[] = {
	SUMS_OF(CPU),
	SUMS_OF(BLKIO),
	SUMS_OF(SWAPIN),
	SUMS_OF(FREEPAGES),
	SUMS_OF(THRASHING),
	SUMS_OF(COMPACT),
	SUMS_OF(WPCOPY),
	SUMS_OF(IRQ),
	K_RUN_REAL,
	K_RUN_VIRTUAL,
	K_RUN_SCALED,
	K_ETIME,
	K_UTIME,
	K_STIME,
	K_NVCSW,
	K_NIVCSW,
};

_Static_assert(COUNT(summed) == GROUP_SUMS, "one place for each");

static void be_main(struct main_thread *m, const struct kstats *k)
{
	struct task t;

	task_of(&t, 0, k, false, 0);
	*m = (struct main_thread){ .seen = true,
				   .flags = t.flags.v,
				   .start_time = t.start_time,
				   .uid = t.uid,
				   .gid = t.gid,
				   .sched = t.sched,
				   .nice = t.nice };
	memcpy(m->comm, t.comm, sizeof(m->comm));
}

/*
 * Whether it is a thread that the kernel runs in the process, for io_uring or vhost: such
 * a one is always killed, and always ends with 0, whatever its process ends with. Source:
 * PF_USER_WORKER in get_signal() of kernel/signal.c, and who names them.
 */
static bool is_kernels(const struct kstats *k)
{
	static const char *const names[] = { "iou-sqp-", "iou-wrk-", "vhost-" };
	bool named = false;

	for (size_t i = 0; i < COUNT(names); i++)
		named |= !strncmp(k->comm, names[i], strlen(names[i]));
	return named && k->v[K_FLAG].v & KILLED && !k->v[K_EXITCODE].v &&
	       !k->v[K_UTIME].v;
}

void group_add_code(struct group *g, const struct kstats *k)
{
	uint64_t code = k->v[K_EXITCODE].v, us = k->v[K_TGETIME].v;

	if (is_kernels(k))
		return;
	if (!g->late.seen || us >= g->late.us)
		g->late = (struct thread_end){ true, code, k->v[K_FLAG].v, us };
	if (code && k->v[K_FLAG].v & KILLED) {
		g->killed_code = code;
	} else if (code) {
		g->own_code = code;
		g->own_us = us;
	}
}

void group_add(struct group *g, uint32_t id, const struct kstats *k)
{
	g->threads++;
	for (size_t i = 0; i < COUNT(summed); i++)
		g->sums[i] += k->v[summed[i]].v;
	extremes_add(&g->alive, k);
	g->minflt += k->v[K_MINFLT].v;
	g->majflt += k->v[K_MAJFLT].v;
	g->io.rchar += k->v[K_READ_CHAR].v;
	g->io.wchar += k->v[K_WRITE_CHAR].v;
	g->io.syscr += k->v[K_READ_SYSCALLS].v;
	g->io.syscw += k->v[K_WRITE_SYSCALLS].v;
	g->io.read_bytes += k->v[K_READ_BYTES].v;
	g->io.write_bytes += k->v[K_WRITE_BYTES].v;
	g->io.cancelled_write_bytes += k->v[K_CANCELLED_WRITE_BYTES].v;
	g->flags |= k->v[K_FLAG].v;
	if (id == g->tgid)
		be_main(&g->main, k);
}

static void drop_extremes(struct task *t)
{
	for (unsigned int d = 0; d < DELAYS; d++) {
		t->delay[d].max_ns.has = t->delay[d].min_ns.has = false;
		t->delay[d].max_time.has = false;
	}
	t->rss_peak_bytes.has = t->vm_peak_bytes.has = false;
}

/*
 * A process that is ended has one status, and those of its threads that are killed for it
 * end with that. Where nobody ended it, it is its last thread's. What is not certain is
 * whose it is where one ended with a status just before the last one, and none was
 * killed: it may have ended them all, or itself alone, which no C library does with a
 * status but 0. Then the last one's 0 is taken for its own. Returns whether that is so.
 */
static bool mend_exitcode(const struct group *g, struct kstats *last)
{
	struct opt_u64 *code = &last->v[K_EXITCODE];
	uint64_t flags = last->v[K_FLAG].v, us = last->v[K_TGETIME].v;

	if (g->late.seen && is_kernels(last)) {
		code->v = g->late.code;
		flags = g->late.flags;
		us = g->late.us;
	}
	if (!code->has || flags & KILLED)
		return false;
	if (g->killed_code) {
		code->v = g->killed_code;
		return false;
	}
	if (!g->own_code || g->own_code == code->v || us >= g->own_us + OVERTAKES_US)
		return false;
	if (!code->v)
		code->v = g->own_code;
	return true;
}

/*
 * Threads that are killed for the process's end have the flag of a signal too. Only the
 * main one says whether there was no exec.
 */
static void put_flags(struct task *t, const struct group *g)
{
	uint64_t flags = g->flags & ~(uint64_t)(KILLED | FORK);

	t->flags.v = flags | (g->main.flags & FORK) | (t->exit_signal.has ? KILLED : 0);
}

/* Its last thread may be another one than its main thread. */
static void put_main(struct task *t, const struct group *g)
{
	const struct main_thread *m = &g->main;

	t->elapsed_ns = t->group_elapsed_ns;
	t->start_time = m->start_time;
	if (!m->seen)
		return;
	memcpy(t->comm, m->comm, sizeof(t->comm));
	t->uid = m->uid;
	t->gid = m->gid;
	t->sched = m->sched;
	t->nice = m->nice;
}

/*
 * Whether all threads were seen. A thread is in the kernel's sums as it was a moment
 * before its own message, and not at all where the last one overtook it: so theirs are
 * better.
 */
static bool complete(const struct group *g, struct kstats *group)
{
	uint64_t count = group->v[summed[0]].v;

	/* There is an answer about the group only where there was another thread. */
	if (g->threads < 2 || !count || g->sums[0] < count)
		return false;
	for (size_t i = 0; i < COUNT(summed); i++)
		group->v[summed[i]].v = g->sums[i];
	return true;
}

void group_compose(struct group *g, struct task *t)
{
	struct over *o = g->over;
	bool inferred = mend_exitcode(g, &o->last), all = complete(g, &o->group);
	struct sources s = { .leader = &o->last,
			     .group = &o->group,
			     .alive = &g->alive,
			     .io = all ? &g->io : NULL,
			     .delays = o->delays };
	struct task one;

	task_of(&one, o->last_id, &o->last, s.delays, 'X');
	process_of(t, o->last_id, &s);
	t->state = one.state;
	t->exit_code = one.exit_code;
	t->exit_signal = one.exit_signal;
	t->repaired |= (uint64_t)inferred << REPAIRED_EXIT;
	t->minflt = (struct opt_u64){ .v = g->minflt, .has = all };
	t->majflt = (struct opt_u64){ .v = g->majflt, .has = all };
	t->threads = (struct opt_u64){ .v = g->threads, .has = all };
	if (!all)
		drop_extremes(t);
	put_flags(t, g);
	put_main(t, g);
	t->pid = g->tgid;
	t->tgid = some_u64(g->tgid);
}
