/* SPDX-License-Identifier: GPL-2.0-or-later */
/* subjects_bpf.c - every task by a BPF iterator. */
#include "subjects.h"

#include "tasks_item.h"

#include <errno.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

/* uses what errno.h declares */
#include "tasks.skel.h"

/* The kernel tells of so many at once: it collects eight pages. */
#define ROOM (32u << 10)

static struct subject subject_of(const struct task_item *t)
{
	return (struct subject){
		.id = t->pid,
		.tgid = t->tgid,
		.threads = t->threads,
		.known = true,
		.alone = t->threads == 1 && !t->had_threads,
		.state = state_letter(t->state, t->exit_state),
		.io = { .rchar = t->read_chars,
			.wchar = t->write_chars,
			.syscr = t->read_syscalls,
			.syscw = t->write_syscalls,
			.read_bytes = t->read_bytes,
			.write_bytes = t->write_bytes,
			.cancelled_write_bytes = t->cancelled_write_bytes },
	};
}

static int take(struct subjects *s, const struct task_item *t, size_t n, bool threads)
{
	int err = 0;

	for (size_t i = 0; !err && i < n; i++) {
		struct subject one = subject_of(&t[i]);

		if (one.id && (threads || one.id == one.tgid))
			err = subjects_add(s, &one);
	}
	return err;
}

/* All that the iterator writes: whole items, for it begins none that has no room. */
static int take_all(struct subjects *s, int fd, bool threads)
{
	struct task_item items[ROOM / sizeof(struct task_item)];
	ssize_t n;
	int err = 0;

	do {
		n = read(fd, items, sizeof(items));
		if (n > 0)
			err = take(s, items, (size_t)n / sizeof(*items), threads);
		else if (n < 0 && errno != EAGAIN && errno != EINTR)
			err = -errno;
	} while (!err && n);
	return err;
}

static int iterate(struct subjects *s, int link_fd, bool threads)
{
	union bpf_attr attr = { .iter_create = { .link_fd = (uint32_t)link_fd } };
	int fd = (int)syscall(SYS_bpf, BPF_ITER_CREATE, &attr, sizeof(attr)), err;
	size_t before = s->n;

	if (fd < 0)
		return -errno;
	err = take_all(s, fd, threads);
	if (err)
		s->n = before;
	close(fd);
	return err;
}

int subjects_bpf(struct subjects *s, bool threads)
{
	struct tasks *skel = tasks__open();
	int err;

	if (!skel)
		return -ENOMEM;
	err = tasks__load(skel);
	if (!err)
		err = tasks__attach(skel);
	if (err >= 0)
		err = iterate(s, skel->links.tasks_fd, threads);
	tasks__destroy(skel);
	return err;
}
