/* SPDX-License-Identifier: GPL-2.0-or-later */
/* subjects_bpf.c - every task by a BPF program. */
#include "subjects.h"

#include "tasks_item.h"

#include <errno.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <unistd.h>

/* uses what errno.h declares */
#include "tasks.skel.h"

/* PID_MAX_LIMIT of include/linux/threads.h */
#define TASKS_MOST (4u << 20)

static struct subject subject_of(const struct task_item *t)
{
	return (struct subject){
		.id = t->pid,
		.tgid = t->tgid,
		.threads = t->threads,
		.known = true,
		.alone = t->threads == 1 && !t->dead_sums,
		.state = state_letter(t->state, t->exit_state),
	};
}

static void add_io(struct proc_io *sum, const struct task_item_io *io)
{
	sum->rchar += io->read_chars;
	sum->wchar += io->write_chars;
	sum->syscr += io->read_syscalls;
	sum->syscw += io->write_syscalls;
	sum->read_bytes += io->read_bytes;
	sum->write_bytes += io->write_bytes;
	sum->cancelled_write_bytes += io->cancelled_write_bytes;
}

static int by_size(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/*
 * Of n items those that are wanted, each as its id and 32 bits below its index, in the
 * order of the ids: that of their birth is another once ids began anew. Returns how many.
 */
static size_t choose(const struct task_item *t, size_t n, bool threads, uint64_t *keys)
{
	bool ascend = true;
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		if (!t[i].pid || (!threads && t[i].pid != t[i].tgid))
			continue;
		keys[count] = (uint64_t)t[i].pid << 32 | i;
		ascend = ascend && (!count || keys[count - 1] < keys[count]);
		count++;
	}
	if (!ascend)
		qsort(keys, count, sizeof(*keys), by_size);
	return count;
}

/* The process of the leader t, whose threads are among the n items from there on. */
static struct subject process_of(const struct task_item *t, size_t n, uint32_t *tids)
{
	struct subject one = subject_of(t);
	uint32_t count = 0;

	for (; count < n && t[count].tgid == one.id; count++) {
		tids[count] = t[count].pid;
		add_io(&one.io, &t[count].io);
	}
	if (!one.alone && !t->dead_sums && count == one.threads) {
		one.tids = tids;
		one.ntids = count;
	}
	return one;
}

static struct subject thread_of(const struct task_item *t)
{
	struct subject one = subject_of(t);

	add_io(&one.io, &t->io);
	return one;
}

/* A thread that calls execve(2) may have been met twice: it gets its leader's id. */
static void add(struct subjects *s, const struct task_item *t, size_t n, bool threads,
		const uint64_t *keys, size_t count)
{
	uint32_t *tids = s->tids;

	for (size_t i = 0; i < count; i++) {
		uint32_t at = (uint32_t)keys[i];
		struct subject *one = &s->v[s->n];

		if (i && keys[i - 1] >> 32 == keys[i] >> 32)
			continue;
		*one = threads ? thread_of(&t[at]) : process_of(&t[at], n - at, tids);
		tids += one->ntids;
		s->n++;
	}
}

static int take(struct subjects *s, const struct task_item *t, size_t n, bool threads)
{
	uint64_t *keys = malloc(n * sizeof(*keys));
	size_t count = keys ? choose(t, n, threads, keys) : 0;

	s->v = malloc(count * sizeof(*s->v));
	s->tids = malloc(n * sizeof(*s->tids));
	if (s->v && s->tids) {
		s->cap = count;
		add(s, t, n, threads, keys, count);
	}
	free(keys);
	return s->cap ? 0 : -ENOMEM;
}

/* Returns how many items were filled, -EAGAIN if there are more tasks, or -errno. */
static int walk(int prog_fd)
{
	union bpf_attr attr = { .test = { .prog_fd = (uint32_t)prog_fd } };

	if (syscall(SYS_bpf, BPF_PROG_TEST_RUN, &attr, sizeof(attr)))
		return -errno;
	return attr.test.retval ? (int)attr.test.retval : -EAGAIN;
}

static int look(struct subjects *s, const struct tasks *skel, bool threads)
{
	size_t size = skel->maps.items.max_entries * sizeof(struct task_item);
	struct task_item *items =
		mmap(NULL, size, PROT_READ, MAP_SHARED, skel->maps.items.map_fd, 0);
	int n;

	if (items == MAP_FAILED)
		return -errno;
	n = walk(skel->progs.tasks.prog_fd);
	if (n > 0)
		n = take(s, items, (size_t)n, threads);
	munmap(items, size);
	return n;
}

static int load_and_look(struct subjects *s, uint32_t room, bool threads)
{
	struct tasks *skel = tasks__open();
	int err;

	if (!skel)
		return -ENOMEM;
	skel->maps.items.max_entries = room;
	err = tasks__load(skel);
	if (!err)
		err = look(s, skel, threads);
	tasks__destroy(skel);
	return err;
}

int subjects_bpf(struct subjects *s, bool threads)
{
	struct sysinfo system = { 0 };
	int err = -EAGAIN;

	/* It tells 16 bits of the number. */
	sysinfo(&system);
	for (uint32_t room = system.procs + system.procs / 8 + 64;
	     err == -EAGAIN && room < TASKS_MOST; room *= 16)
		err = load_and_look(s, room, threads);
	if (err)
		subjects_free(s);
	return err;
}
