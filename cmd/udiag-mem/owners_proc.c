/* SPDX-License-Identifier: GPL-2.0-or-later */
/* owners_proc.c - owners by reading every link in /proc/PID/fd. */
#include "owners.h"

#include "grow.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { DIR_ROOM = 32 * 1024, MOST_TABLES = 256 };

/* The process that is looked at. */
struct scan {
	struct table *table;
	struct owners_report *report;
	int proc; /* /proc */
	uint32_t pid;
	uint32_t process; /* in the table, 0 until it has a socket */
	struct seen {
		uint32_t fd, inode;
	} * seen; /* claimed so far, where tables of several threads are read */
	size_t nseen, cap;
	uint32_t tables[MOST_TABLES]; /* one thread of each table of descriptors */
	size_t ntables;
	_Alignas(uint64_t) char dir[DIR_ROOM]; /* directory entries */
};

/* What getdents64(2) fills in. */
struct entry64 {
	uint64_t ino;
	int64_t off;
	unsigned short reclen;
	unsigned char type;
	char name[];
};

static bool number(const char *s, uint32_t *v)
{
	uint64_t n = 0;

	if (!isdigit((unsigned char)*s))
		return false;
	for (; isdigit((unsigned char)*s); s++)
		n = n * 10 + (uint64_t)(*s - '0');
	*v = (uint32_t)n;
	return true;
}

static void note(struct scan *s, int err)
{
	if (err == EACCES || err == EPERM)
		s->report->refused = true;
}

/* The name in /proc/PID/comm: whatever bytes but NUL, and a newline at the end. */
static int know_process(struct scan *s)
{
	char path[32], text[64], comm[16] = { 0 };
	ssize_t n = -1;
	int64_t at;
	int fd;

	snprintf(path, sizeof(path), "%u/comm", s->pid);
	fd = openat(s->proc, path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, text, sizeof(text));
		close(fd);
	}
	if (n > 0)
		memcpy(comm, text, MIN((size_t)n - 1, sizeof(comm)));
	at = table_process(s->table, s->pid, comm);
	s->process = at < 0 ? 0 : (uint32_t)at;
	return (int)MIN(at, 0);
}

/* Several tables may show one descriptor: it is claimed when all have been read. */
static int remember(struct scan *s, uint32_t fd, uint32_t inode)
{
	struct seen *v = grow(s->seen, &s->cap, s->nseen, sizeof(*v));

	if (!v)
		return -ENOMEM;
	s->seen = v;
	v[s->nseen++] = (struct seen){ fd, inode };
	return 0;
}

static int by_fd(const void *va, const void *vb)
{
	const struct seen *a = va, *b = vb;

	if (a->fd != b->fd)
		return a->fd < b->fd ? -1 : 1;
	return (a->inode > b->inode) - (a->inode < b->inode);
}

static void claim_remembered(struct scan *s)
{
	if (s->nseen)
		qsort(s->seen, s->nseen, sizeof(*s->seen), by_fd);
	for (size_t i = 0; i < s->nseen; i++)
		if (!i || by_fd(&s->seen[i - 1], &s->seen[i]) != 0)
			table_claim(s->table, s->seen[i].inode, s->process,
				    s->seen[i].fd);
	s->nseen = 0;
}

static int read_link(struct scan *s, int dir, const char *name)
{
	char target[64];
	ssize_t n = readlinkat(dir, name, target, sizeof(target) - 1);
	uint32_t inode, fd;
	int r;

	if (n < 0)
		note(s, errno);
	if (n < 8 || memcmp(target, "socket:[", 8) != 0)
		return 0;
	target[n] = 0;
	if (!number(target + 8, &inode) || !number(name, &fd) ||
	    !table_find(s->table, inode))
		return 0;
	if (!s->process) {
		r = know_process(s);
		if (r)
			return r;
	}
	if (s->ntables > 1)
		return remember(s, fd, inode);
	table_claim(s->table, inode, s->process, fd);
	return 0;
}

/* One table of file descriptors: PID/fd, or PID/task/TID/fd. */
static int read_fds(struct scan *s, const char *path)
{
	int dir = openat(s->proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;
	long n;

	if (dir < 0) {
		note(s, errno);
		return 0;
	}
	while (!r && (n = syscall(SYS_getdents64, dir, s->dir, DIR_ROOM)) > 0)
		for (long at = 0; !r && at < n;) {
			const struct entry64 *e = (const void *)(s->dir + at);

			r = read_link(s, dir, e->name);
			at += e->reclen;
		}
	close(dir);
	return r;
}

/* Whether the thread's table of file descriptors is one of those known. */
static bool is_known(const struct scan *s, uint32_t tid)
{
	for (size_t i = 0; i < s->ntables; i++)
		if (!syscall(SYS_kcmp, s->tables[i], tid, KCMP_FILES, 0, 0))
			return true;
	return s->ntables == MOST_TABLES;
}

/* Threads may have unshared their table, and a main thread that has exited has none. */
static void find_tables(struct scan *s)
{
	char path[32];
	struct dirent *e;
	uint32_t tid;
	int fd;
	DIR *d;

	snprintf(path, sizeof(path), "%u/task", s->pid);
	fd = openat(s->proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	d = fd < 0 ? NULL : fdopendir(fd);
	while (d && (e = readdir(d)))
		if (number(e->d_name, &tid) && !is_known(s, tid))
			s->tables[s->ntables++] = tid;
	if (d)
		closedir(d);
	else if (fd >= 0)
		close(fd);
}

/* More than the main thread: a directory's links count its subdirectories. */
static bool has_threads(const struct scan *s)
{
	char path[32];
	struct stat st;

	snprintf(path, sizeof(path), "%u/task", s->pid);
	return !fstatat(s->proc, path, &st, 0) && st.st_nlink > 3;
}

static int read_process(struct scan *s, uint32_t pid)
{
	char path[64];
	int r = 0;

	s->pid = s->tables[0] = pid;
	s->process = 0;
	s->ntables = 1;
	if (has_threads(s))
		find_tables(s);
	for (size_t i = 0; !r && i < s->ntables; i++) {
		snprintf(path, sizeof(path), "%u/task/%u/fd", pid, s->tables[i]);
		r = read_fds(s, path);
	}
	claim_remembered(s);
	return r;
}

/* Without it some processes can't be looked into, or not even seen (hidepid). */
static bool may_trace(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };

	return !syscall(SYS_capget, &head, data) &&
	       data[0].effective >> CAP_SYS_PTRACE & 1;
}

int owners_proc(struct table *t, struct owners_report *report)
{
	struct scan s = { .table = t, .report = report };
	DIR *d = opendir("/proc");
	struct dirent *e;
	uint32_t pid;
	int r = 0;

	if (!d)
		return -errno;
	s.proc = dirfd(d);
	report->refused = !may_trace();
	while (!r && (e = readdir(d)))
		if (number(e->d_name, &pid))
			r = read_process(&s, pid);
	closedir(d);
	free(s.seen);
	return r;
}
