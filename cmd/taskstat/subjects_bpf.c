/* SPDX-License-Identifier: GPL-2.0-or-later */
/* subjects_bpf.c - every task by a BPF iterator. */
#include "subjects.h"

#include "buf.h"
#include "tasks_item.h"

#include <errno.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

/* uses what errno.h declares */
#include "tasks.skel.h"

#define ROOM (256u << 10)

/* All that the iterator writes, to b. */
static int read_all(int link_fd, struct buf *b)
{
	union bpf_attr attr = { .iter_create = { .link_fd = (uint32_t)link_fd } };
	int fd = (int)syscall(SYS_bpf, BPF_ITER_CREATE, &attr, sizeof(attr));
	ssize_t n;

	if (fd < 0)
		return -errno;
	do {
		char *p = buf_room(b, ROOM);

		if (!p) {
			close(fd);
			return -ENOMEM;
		}
		n = read(fd, p, ROOM);
		if (n > 0)
			b->n += (size_t)n;
	} while (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)));
	n = n < 0 ? -errno : 0;
	close(fd);
	return (int)n;
}

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

static int take(struct subjects *s, const struct buf *b, bool threads)
{
	const struct task_item *t = (const void *)b->p;
	size_t before = s->n;
	int err = 0;

	for (size_t i = 0; !err && i < b->n / sizeof(*t); i++) {
		struct subject one = subject_of(&t[i]);

		if (one.id && (threads || one.id == one.tgid))
			err = subjects_add(s, &one);
	}
	if (err)
		s->n = before;
	return err;
}

int subjects_bpf(struct subjects *s, bool threads)
{
	struct tasks *skel = tasks__open();
	struct buf b = { 0 };
	int err;

	if (!skel)
		return -ENOMEM;
	err = tasks__load(skel);
	if (!err)
		err = tasks__attach(skel);
	if (err >= 0)
		err = read_all(skel->links.tasks_fd, &b);
	tasks__destroy(skel);
	if (!err)
		err = take(s, &b, threads);
	buf_free(&b);
	return err;
}
