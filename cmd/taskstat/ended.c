/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ended.h"

#include "compose.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	BUCKETS = 4096,
	GROUP = 1 << 5,       /* AGROUP of linux/acct.h since Linux 5.19 */
	OVERTAKES_US = 20000, /* a process's end may be so much before a thread's own */
	LATE_NS = 300000000,  /* a message may be read so much later than another */
};

/* The dead threads of one process. */
struct group {
	struct group *next;
	uint32_t tgid;
	uint64_t threads, cpu_count;
	uint64_t begun_ns;     /* as far as the time of reading tells */
	struct extremes alive; /* of all of them while they lived */
	struct proc_io io;
	uint64_t minflt, majflt;
	bool leader;             /* the main thread is among them */
	struct opt_u64 exitcode; /* the last one that was not 0, and when that was */
	uint64_t exitcode_us;
	char comm[KSTAT_COMM];
	struct opt_u64 start_time;
};

static struct group **place(struct ended *e, uint32_t tgid)
{
	struct group **at = &e->buckets[tgid % BUCKETS];

	while (*at && (*at)->tgid != tgid)
		at = &(*at)->next;
	return at;
}

static void forget_all(struct ended *e)
{
	for (size_t i = 0; e->buckets && i < BUCKETS; i++)
		while (e->buckets[i]) {
			struct group *g = e->buckets[i];

			e->buckets[i] = g->next;
			free(g);
		}
	e->n = 0;
}

void ended_free(struct ended *e)
{
	forget_all(e);
	free(e->buckets);
	e->buckets = NULL;
}

/*
 * The message of a thread may come after that of its process's end. What is remembered of
 * it then is nothing of the process that gets the number next.
 */
static void drop_late(const struct ended *e, struct group *g, const struct kstats *k)
{
	uint64_t begun_ns = e->now_ns - k->v[K_TGETIME].v * 1000;
	int64_t later_ns = (int64_t)(begun_ns - g->begun_ns);

	if (g->threads && later_ns <= LATE_NS && later_ns >= -LATE_NS)
		return;
	*g = (struct group){ .next = g->next, .tgid = g->tgid, .begun_ns = begun_ns };
}

static struct group *group_of(struct ended *e, uint32_t tgid)
{
	struct group **at;

	if (!e->buckets)
		e->buckets = calloc(BUCKETS, sizeof(*e->buckets));
	if (!e->buckets)
		return NULL;
	at = place(e, tgid);
	if (*at)
		return *at;
	if (e->n == ENDED_MOST) {
		forget_all(e);
		at = &e->buckets[tgid % BUCKETS];
	}
	*at = calloc(1, sizeof(**at));
	if (!*at)
		return NULL;
	(*at)->tgid = tgid;
	e->n++;
	return *at;
}

static void add_thread(const struct ended *e, struct group *g, uint32_t id,
		       const struct kstats *k)
{
	drop_late(e, g, k);
	g->threads++;
	g->cpu_count += k->v[K_OF(DELAY_CPU, PART_COUNT)].v;
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
	if (k->v[K_EXITCODE].v) {
		g->exitcode = k->v[K_EXITCODE];
		g->exitcode_us = k->v[K_TGETIME].v;
	}
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
 * Whoever ends a process sets the status of all its threads, but of those that are about
 * to end by themselves: one of these, if it is the last one to end, says 0 for itself.
 */
static void mend_exitcode(const struct group *g, struct kstats *last)
{
	struct opt_u64 *code = &last->v[K_EXITCODE];

	if (code->has && !code->v && g->exitcode.has &&
	    last->v[K_TGETIME].v < g->exitcode_us + OVERTAKES_US)
		*code = g->exitcode;
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

/* A process that had threads: the last one's answer, the group's, and what was seen. */
static void compose(struct ended *e, struct group *g, const struct kstats *last,
		    uint32_t last_id, const struct kstats *group, struct task *t)
{
	struct sources s = { .leader = last,
			     .group = group,
			     .alive = &g->alive,
			     .delays = measures(e, last) };
	struct opt_u64 count = group->v[K_OF(DELAY_CPU, PART_COUNT)];
	/* There is an answer about the group only where there was another thread. */
	bool complete = g->threads > 1 && count.v && count.v == g->cpu_count;
	struct task one;

	task_of(&one, last_id, last, s.delays, 'X');
	s.io = complete ? &g->io : NULL;
	process_of(t, last_id, &s);
	t->state = one.state;
	t->exit_code = one.exit_code;
	t->exit_signal = one.exit_signal;
	t->minflt = (struct opt_u64){ .v = g->minflt, .has = complete };
	t->majflt = (struct opt_u64){ .v = g->majflt, .has = complete };
	t->threads = (struct opt_u64){ .v = g->threads, .has = complete };
	if (!complete)
		drop_extremes(t);
	put_leader(t, g);
	t->pid = g->tgid;
	t->tgid = some_u64(g->tgid);
}

static int end_group(struct ended *e, const struct reply *r, struct kstats *last,
		     struct task *t)
{
	struct group *g = group_of(e, r->tgid), **at;
	struct kstats group;
	int err = kstats_decode(r->group.p, r->group.n, &group);

	if (!g)
		return -ENOMEM;
	if (!err) {
		add_thread(e, g, r->pid, last);
		mend_exitcode(g, last);
		compose(e, g, last, r->pid, &group, t);
	}
	at = place(e, r->tgid);
	*at = g->next;
	free(g);
	e->n--;
	return err ? err : 1;
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
		g = group_of(e, (uint32_t)k.v[K_TGID].v);
		if (!g)
			return -ENOMEM;
		add_thread(e, g, r.pid, &k);
	}
	if (err == 1)
		drop_unmeasured(t);
	return err;
}
