/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lineage.h"

#include <errno.h>
#include <stdlib.h>

enum {
	BUCKETS = 4096,
	RECENT = 8192, /* a child's message may come that many after its parent's */
	DEEPEST = 1024,
};

struct node {
	struct node *next;
	uint32_t pid;
	bool ended;
	uint32_t parent;   /* once it has ended */
	uint64_t ended_ns; /* at the latest: no child of it started after that */
	struct sums sums;  /* of its dead descendants, until then */
};

int lineage_begin(struct lineage *l, enum sum_by by, uint32_t root, struct ids *others)
{
	*l = (struct lineage){ .by = by, .root = root, .others = *others };
	*others = (struct ids){ 0 };
	l->buckets = calloc(BUCKETS + RECENT, sizeof(struct node *));
	if (!l->buckets)
		return -ENOMEM;
	l->recent = l->buckets + BUCKETS;
	return 0;
}

void lineage_end(struct lineage *l)
{
	for (size_t i = 0; l->buckets && i < BUCKETS; i++)
		while (l->buckets[i]) {
			struct node *n = l->buckets[i];

			l->buckets[i] = n->next;
			sums_free(&n->sums);
			free(n);
		}
	free(l->buckets);
	l->buckets = NULL;
	ids_free(&l->others);
}

static struct node **place(struct lineage *l, uint32_t pid)
{
	struct node **at = &l->buckets[pid % BUCKETS];

	while (*at && (*at)->pid != pid)
		at = &(*at)->next;
	return at;
}

static void forget(struct lineage *l, struct node **at)
{
	struct node *n = *at;

	for (size_t i = 0; n->ended && i < RECENT; i++)
		if (l->recent[i] == n)
			l->recent[i] = NULL;
	*at = n->next;
	sums_free(&n->sums);
	free(n);
}

static struct node *node_of(struct lineage *l, uint32_t pid)
{
	struct node **at = place(l, pid);

	if (!*at) {
		*at = calloc(1, sizeof(**at));
		if (!*at)
			return NULL;
		(*at)->pid = pid;
		(*at)->sums.by = l->by;
	}
	return *at;
}

static int by_id(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static uint32_t *find_other(const struct lineage *l, uint32_t pid)
{
	return l->others.n ? bsearch(&pid, l->others.v, l->others.n, sizeof(pid), by_id)
			   : NULL;
}

/* The living ancestor of one that was born after start_ns and whose parent was pid. */
static uint32_t living(struct lineage *l, uint32_t pid, uint64_t start_ns)
{
	for (int i = 0; i < DEEPEST; i++) {
		struct node *n = *place(l, pid);

		if (!n || !n->ended || start_ns > n->ended_ns)
			break;
		pid = n->parent;
	}
	return pid;
}

static void remember(struct lineage *l, struct node *n, uint32_t parent, uint64_t now_ns)
{
	struct node *old = l->recent[l->next];

	if (old)
		forget(l, place(l, old->pid));
	l->recent[l->next] = n;
	l->next = (l->next + 1) % RECENT;
	n->ended = true;
	n->parent = parent;
	n->ended_ns = now_ns;
	sums_free(&n->sums);
}

/* Its pid may have been another's that ended before. */
static struct node *fresh(struct lineage *l, uint32_t pid)
{
	struct node **at = place(l, pid);

	if (*at && (*at)->ended)
		forget(l, at);
	return node_of(l, pid);
}

static bool is_other(const struct lineage *l, uint32_t pid)
{
	return !pid || (pid != l->root && find_other(l, pid));
}

int lineage_take(struct lineage *l, const struct task *t, uint64_t since_ns,
		 uint64_t now_ns)
{
	uint64_t life_ns = t->elapsed_ns.has ? t->elapsed_ns.v : 0;
	uint64_t start_ns = since_ns > life_ns ? since_ns - life_ns : 0;
	struct node *own, *up;
	struct sum *sum;
	uint32_t parent;
	int err = 0;

	if (t->pid == l->root)
		return 0;
	if (find_other(l, t->pid)) {
		/* From now on its number may be anybody's. */
		uint32_t *id = find_other(l, t->pid);
		size_t after = (size_t)(l->others.v + l->others.n - id) - 1;

		memmove(id, id + 1, after * sizeof(*id));
		l->others.n--;
		return 0;
	}
	parent = living(l, t->ppid.has ? (uint32_t)t->ppid.v : 0, start_ns);
	own = fresh(l, t->pid);
	if (!own)
		return -ENOMEM;
	if (!is_other(l, parent)) {
		up = node_of(l, parent);
		sum = up ? sums_of(&up->sums, t) : NULL;
		if (!sum)
			return -ENOMEM;
		sum_add(sum, t);
		err = sums_merge(&up->sums, &own->sums);
	}
	remember(l, own, parent, now_ns);
	return err;
}

static bool is_descendant(struct lineage *l, uint32_t pid,
			  uint32_t (*parent)(uint32_t pid))
{
	for (int i = 0; i < DEEPEST && !is_other(l, pid); i++) {
		if (pid == l->root)
			return true;
		pid = parent(pid);
	}
	return false;
}

int lineage_settle(struct lineage *l, uint32_t (*parent)(uint32_t pid))
{
	struct node *root = node_of(l, l->root);
	int err = root ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < BUCKETS; i++)
		for (struct node *n = l->buckets[i]; !err && n; n = n->next)
			if (n != root && !n->ended && is_descendant(l, n->pid, parent)) {
				err = sums_merge(&root->sums, &n->sums);
				sums_free(&n->sums);
			}
	return err;
}

const struct sums *lineage_sums(struct lineage *l)
{
	struct node *root = *place(l, l->root);

	return root ? &root->sums : NULL;
}
