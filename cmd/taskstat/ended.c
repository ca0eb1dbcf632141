/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ended.h"

#include "compose.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	BUCKETS = 4096,
	KILLED = 1 << 4,      /* AXSIG of linux/acct.h */
	GROUP = 1 << 5,       /* AGROUP there, since Linux 5.19 */
	OVERTAKES_US = 20000, /* a process's end may be so much before a thread's own */
	LATE_NS = 300000000,  /* a message may be read so much later than another */
};

/* What the kernel adds up over a process's threads. */
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

/* The dead threads of one process. */
struct group {
	struct group *next;
	uint32_t tgid;
	uint64_t threads, sums[COUNT(summed)]; /* the first one: times on a CPU */
	uint64_t begun_ns;                     /* as far as the time of reading tells */
	struct extremes alive;                 /* of all of them while they lived */
	struct proc_io io;
	uint64_t minflt, majflt;
	bool leader; /* the main thread is among them */
	/* Of exit codes that were not 0 the latest of a thread that was killed, and of
	 * one that was not, and when that was; the last thread's is not among them. */
	uint64_t killed_code, own_code, own_us;
	char comm[KSTAT_COMM];
	struct opt_u64 start_time;
	struct over *over; /* owned, once it has ended */
};

/* The message of a process's last thread. */
struct over {
	struct group *next;
	struct kstats last, group;
	uint32_t last_id;
	uint64_t drained_ns, read_ns;
};

static struct group **place(struct ended *e, uint32_t tgid)
{
	struct group **at = &e->buckets[tgid % BUCKETS];

	while (*at && (*at)->tgid != tgid)
		at = &(*at)->next;
	return at;
}

static void free_group(struct group *g)
{
	free(g->over);
	free(g);
}

static void unhook(struct ended *e, const struct group *g)
{
	struct group **at = &e->buckets[g->tgid % BUCKETS];

	while (*at && *at != g)
		at = &(*at)->next;
	if (!*at)
		return;
	*at = g->next;
	e->n--;
}

/* All but those that have ended. */
static void forget_all(struct ended *e)
{
	for (size_t i = 0; e->buckets && i < BUCKETS; i++)
		for (struct group **at = &e->buckets[i], *g; (g = *at);)
			if (g->over) {
				at = &g->next;
			} else {
				*at = g->next;
				free_group(g);
			}
	e->n = e->held;
}

void ended_free(struct ended *e)
{
	struct group *lists[] = { e->waiting, e->told };

	forget_all(e);
	for (size_t i = 0; i < COUNT(lists); i++)
		for (struct group *g = lists[i], *next; g; g = next) {
			next = g->over->next;
			free_group(g);
		}
	free(e->buckets);
	*e = (struct ended){ 0 };
}

static struct group *add_group(struct ended *e, uint32_t tgid, uint64_t begun_ns)
{
	struct group *g;

	if (e->n >= ENDED_MOST + e->held)
		forget_all(e);
	g = calloc(1, sizeof(*g));
	if (!g)
		return NULL;
	g->tgid = tgid;
	g->begun_ns = begun_ns;
	g->next = e->buckets[tgid % BUCKETS];
	e->buckets[tgid % BUCKETS] = g;
	e->n++;
	return g;
}

/*
 * What is remembered of a process, where it may be the one that k is of a thread of. Its
 * number may be another's by now, and what came of that after its record is nothing of
 * this one.
 */
static struct group *group_of(struct ended *e, uint32_t tgid, const struct kstats *k)
{
	uint64_t begun_ns = e->now_ns - k->v[K_TGETIME].v * 1000;
	struct group *g;
	int64_t later_ns;

	if (!e->buckets)
		e->buckets = calloc(BUCKETS, sizeof(struct group *));
	if (!e->buckets)
		return NULL;
	g = *place(e, tgid);
	later_ns = g ? (int64_t)(begun_ns - g->begun_ns) : 0;
	if (g && (later_ns > LATE_NS || later_ns < -LATE_NS)) {
		unhook(e, g);
		if (!g->over)
			free_group(g);
		g = NULL;
	}
	return g ? g : add_group(e, tgid, begun_ns);
}

static void add_code(struct group *g, const struct kstats *k)
{
	uint64_t code = k->v[K_EXITCODE].v;

	if (code && k->v[K_FLAG].v & KILLED) {
		g->killed_code = code;
	} else if (code) {
		g->own_code = code;
		g->own_us = k->v[K_TGETIME].v;
	}
}

static void add_thread(struct group *g, uint32_t id, const struct kstats *k)
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
	if (id == g->tgid) {
		struct task t;

		task_of(&t, id, k, false, 0);
		g->leader = true;
		g->start_time = t.start_time;
		memcpy(g->comm, k->comm, sizeof(g->comm));
	}
}

static void drop_extremes(struct task *t)
{
	for (unsigned int d = 0; d < DELAYS; d++) {
		t->delay[d].max_ns.has = t->delay[d].min_ns.has = false;
		t->delay[d].max_time.has = false;
	}
	t->rss_peak_bytes.has = t->vm_peak_bytes.has = false;
}

/* Whether zeros about delays are measured ones. */
static bool measures(const struct ended *e, const struct kstats *k)
{
	return e->delays &&
	       (!e->since_ns || k->v[K_ETIME].v * 1000 < e->now_ns - e->since_ns);
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
	bool killed = last->v[K_FLAG].v & KILLED;

	if (!code->has || killed)
		return false;
	if (g->killed_code) {
		code->v = g->killed_code;
		return false;
	}
	if (!g->own_code || g->own_code == code->v ||
	    last->v[K_TGETIME].v >= g->own_us + OVERTAKES_US)
		return false;
	if (!code->v)
		code->v = g->own_code;
	return true;
}

static void put_leader(struct task *t, const struct group *g)
{
	t->elapsed_ns = t->group_elapsed_ns;
	if (t->pid == g->tgid)
		return;
	t->start_time.has = false;
	if (g->leader) {
		memcpy(t->comm, g->comm, sizeof(t->comm));
		t->start_time = g->start_time;
	}
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

/* A process that had threads: the last one's answer, the group's, and what was seen. */
static void compose(const struct ended *e, struct group *g, struct task *t)
{
	struct over *o = g->over;
	bool inferred = mend_exitcode(g, &o->last), all = complete(g, &o->group);
	struct sources s = { .leader = &o->last,
			     .group = &o->group,
			     .alive = &g->alive,
			     .io = all ? &g->io : NULL,
			     .delays = measures(e, &o->last) };
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
	put_leader(t, g);
	t->pid = g->tgid;
	t->tgid = some_u64(g->tgid);
}

static void push(struct group **list, struct group *g)
{
	g->over->next = *list;
	*list = g;
}

/* Not hooked any more, or about to be. */
static void pop(struct ended *e, struct group **list)
{
	struct group *g = *list;

	*list = g->over->next;
	unhook(e, g);
	free_group(g);
	e->held--;
}

/* Its last thread's message. Its record is held, unless too many are. */
static int end_group(struct ended *e, const struct reply *r, const struct kstats *last,
		     struct task *t)
{
	struct group *g = group_of(e, r->tgid, last);
	struct over *o = calloc(1, sizeof(*o));
	int err = -ENOMEM;

	if (g && g->over) {
		unhook(e, g);
		g = add_group(e, r->tgid, g->begun_ns);
	}
	if (g && o)
		err = kstats_decode(r->group.p, r->group.n, &o->group);
	if (err) {
		free(o);
		return err;
	}
	add_thread(g, r->pid, last);
	o->last = *last;
	o->last_id = r->pid;
	o->drained_ns = e->drained_ns;
	o->read_ns = e->now_ns;
	g->over = o;
	push(&e->waiting, g);
	if (e->held++ < ENDED_HELD)
		return 0;
	compose(e, g, t);
	pop(e, &e->waiting);
	return 1;
}

/* Whether the task's end is its process's, as far as the kernel tells. */
static bool ends_process(const struct kstats *k)
{
	return !k->v[K_TGID].has || k->v[K_FLAG].v & GROUP;
}

/* A task that ends before a clock tick has zeros where the kernel has not looked yet. */
static void drop_unmeasured(struct task *t)
{
	if (!t->cpu_ns.v)
		t->cpu_ns.has = false;
	if (t->cpu_run_virtual_ns.has && !t->cpu_run_virtual_ns.v)
		t->cpu_run_virtual_ns.has = false;
}

int ended_take(struct ended *e, const struct nlmsghdr *h, struct task *t)
{
	struct kstats k;
	struct reply r;
	struct group *g;
	int err = reply_decode(h, &r);

	if (!err)
		err = r.task.p ? kstats_decode(r.task.p, r.task.n, &k) : -EBADMSG;
	if (err)
		return err;
	if (e->threads || (!r.group.p && ends_process(&k))) {
		task_of(t, r.pid, &k, measures(e, &k), 'X');
		err = 1;
	} else if (r.group.p) {
		err = end_group(e, &r, &k, t);
	} else {
		g = group_of(e, (uint32_t)k.v[K_TGID].v, &k);
		if (!g)
			return -ENOMEM;
		add_thread(g, r.pid, &k);
		add_code(g, &k);
	}
	if (err == 1)
		drop_unmeasured(t);
	return err;
}

size_t ended_look(struct ended *e, bool (*is_gone)(uint32_t tgid))
{
	size_t n = 0;

	for (struct group **at = &e->waiting, *g; (g = *at);) {
		bool late = e->now_ns - g->over->read_ns > LATE_NS;

		if (is_gone && !late && !is_gone(g->tgid)) {
			at = &g->over->next;
			continue;
		}
		*at = g->over->next;
		push(&e->told, g);
		n++;
	}
	return n;
}

bool ended_next(struct ended *e, struct task *t, uint64_t *drained_ns)
{
	if (!e->told)
		return false;
	*drained_ns = e->told->over->drained_ns;
	compose(e, e->told, t);
	drop_unmeasured(t);
	pop(e, &e->told);
	return true;
}
