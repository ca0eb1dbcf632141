/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ended.h"

#include "compose.h"
#include "group.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	BUCKETS = 4096,
	FORK = 1 << 0,       /* AFORK of linux/acct.h */
	GROUP = 1 << 5,      /* AGROUP, since Linux 5.19 */
	LATE_NS = 300000000, /* a message may be read so much later than another */
	TELLS_CODES = 11,    /* before (Linux 5.17), threads but the main one say 0 */
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

/* Whether zeros about delays are measured ones. */
static bool measures(const struct ended *e, const struct kstats *k)
{
	return e->delays &&
	       (!e->since_ns || k->v[K_ETIME].v * 1000 < e->now_ns - e->since_ns);
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
	group_add(g, r->pid, last);
	o->last = *last;
	if (last->version < TELLS_CODES && r->pid != r->tgid)
		o->last.v[K_EXITCODE].has = false;
	o->last_id = r->pid;
	o->delays = measures(e, last);
	o->drained_ns = e->drained_ns;
	o->read_ns = e->now_ns;
	g->over = o;
	push(&e->waiting, g);
	if (e->held++ < ENDED_HELD)
		return 0;
	group_compose(g, t);
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

/* Whose end it is, those do not tell either, but for a main thread without an exec. */
static void mark_vague(struct task *t, const struct kstats *k)
{
	bool told =
		k->version >= TELLS_CODES || k->v[K_EXITCODE].v || k->v[K_FLAG].v & FORK;

	t->repaired |= (uint64_t)!told << REPAIRED_EXIT;
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
		mark_vague(t, &k);
		err = 1;
	} else if (r.group.p) {
		err = end_group(e, &r, &k, t);
	} else {
		g = group_of(e, (uint32_t)k.v[K_TGID].v, &k);
		if (!g)
			return -ENOMEM;
		group_add(g, r.pid, &k);
		group_add_code(g, &k);
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
	group_compose(e->told, t);
	drop_unmeasured(t);
	pop(e, &e->told);
	return true;
}
