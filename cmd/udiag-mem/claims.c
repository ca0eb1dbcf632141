/* SPDX-License-Identifier: GPL-2.0-or-later */
/* claims.c - who has which socket open; pure. */
#include "claims.h"

#include "grow.h"

#include <errno.h>
#include <stdlib.h>

/* What a thread other than the main one shows: perhaps seen in another thread. */
struct claim {
	uint32_t pid, fd, inode, process;
};

struct late {
	struct claim *v;
	size_t n, cap;
};

static int by_file(const void *va, const void *vb)
{
	const struct claim *a = va, *b = vb;

	if (a->pid != b->pid)
		return a->pid < b->pid ? -1 : 1;
	if (a->fd != b->fd)
		return a->fd < b->fd ? -1 : 1;
	return (a->inode > b->inode) - (a->inode < b->inode);
}

static int add_late(struct late *l, struct claim c)
{
	struct claim *v = grow(l->v, &l->cap, l->n, sizeof(*v));

	if (!v)
		return -ENOMEM;
	l->v = v;
	v[l->n++] = c;
	return 0;
}

/* How many items belong together at i, 0 at the end and where they are not all there. */
static size_t size_at(const struct file_item *items, size_t n, size_t i)
{
	if (i >= n || items[i].more > n - i - 1)
		return 0;
	if (items[i].kind == ITEM_TASK && !items[i].more)
		return 0;
	return 1U + items[i].more;
}

static int take_queue(struct table *t, const struct file_item *item)
{
	const struct queue_more *more = (const void *)(item + 1);
	const struct queue_others *others = (const void *)(item + 2);
	struct entry *e = table_find(t, item->inode);
	struct extra *x;
	int r = e ? table_limit(t, e, item->limit) : 0;

	if (r || !e || item->more < 2)
		return r;
	x = table_extra(t, e);
	if (!x)
		return -ENOMEM;
	x->has_queue = true;
	x->depth = item->depth;
	x->size = (struct queue_size){ more->unread, more->truesize, others->sender };
	x->waiters = others->waiters;
	x->inflight = others->inflight;
	return 0;
}

static void note_missed(const struct file_item *item, struct owners_report *report)
{
	if (item->netns != report->netns)
		return;
	if (report->nmissed < COUNT(report->missed))
		report->missed[report->nmissed] = item->inode;
	report->nmissed++;
}

/* Hands every file of a main thread to the table, every other one to late. */
static int take_all(struct table *t, const struct file_item *items, size_t n,
		    struct owners_report *report, struct late *late)
{
	struct claim task = { 0 };
	bool thread = false;
	int64_t process;
	int r = 0;

	for (size_t i = 0, size; !r && (size = size_at(items, n, i)); i += size) {
		const struct file_item *item = &items[i];

		if (item->kind == ITEM_TASK) {
			process = table_process(
				t, item->pid,
				((const union task_more *)(item + 1))->comm);
			if (process < 0)
				return (int)process;
			thread = item->thread;
			task.pid = item->pid;
			task.process = (uint32_t)process;
		} else if (item->kind == ITEM_QUEUE) {
			r = take_queue(t, item);
		} else if (item->kind == ITEM_FILE && task.process) {
			task.inode = item->inode;
			task.fd = item->fd;
			if (thread && table_find(t, item->inode))
				r = add_late(late, task);
			else if (!table_claim(t, item->inode, task.process, item->fd))
				note_missed(item, report);
		}
	}
	return r;
}

/* Drops from late what main threads have shown, by going through them once more. */
static void drop_seen(const struct file_item *items, size_t n, struct late *late)
{
	struct claim task = { 0 }, *hit;
	bool thread = false;

	for (size_t i = 0, size; (size = size_at(items, n, i)); i += size) {
		if (items[i].kind == ITEM_TASK) {
			task.pid = items[i].pid;
			thread = items[i].thread;
		}
		if (items[i].kind != ITEM_FILE || thread)
			continue;
		task.inode = items[i].inode;
		task.fd = items[i].fd;
		hit = bsearch(&task, late->v, late->n, sizeof(task), by_file);
		if (hit)
			hit->process = 0;
	}
}

int claims_take(struct table *t, const struct file_item *items, size_t n,
		struct owners_report *report)
{
	struct late late = { 0 };
	size_t kept = 0;
	int r = take_all(t, items, n, report, &late);

	if (!r && late.n) {
		qsort(late.v, late.n, sizeof(*late.v), by_file);
		for (size_t i = 0; i < late.n; i++)
			if (!kept || by_file(&late.v[kept - 1], &late.v[i]) != 0)
				late.v[kept++] = late.v[i];
		late.n = kept;
		drop_seen(items, n, &late);
		for (size_t i = 0; i < late.n; i++)
			if (late.v[i].process)
				table_claim(t, late.v[i].inode, late.v[i].process,
					    late.v[i].fd);
	}
	free(late.v);
	return r;
}
