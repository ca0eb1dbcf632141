/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A decimal number at *p, before end. Leaves *p behind it. */
static bool number(const char **p, const char *end, uint64_t *v)
{
	const char *start = *p;

	for (*v = 0; *p < end && **p >= '0' && **p <= '9'; ++*p)
		*v = *v * 10 + (uint64_t)(**p - '0');
	return *p > start;
}

/* Moves *p behind the next n spaces. */
static bool skip(const char **p, const char *end, int n)
{
	for (; n > 0 && *p < end; ++*p)
		n -= **p == ' ';
	return n == 0;
}

int proc_stat_parse(const char *p, size_t n, struct proc_stat *s)
{
	const char *end = p + n, *at = memrchr(p, ')', n);
	uint64_t ppid, children[4];

	/* Fields 3, 4, 10 to 13, 16, 17 and 20 of proc(5); the name before them may hold
	 * anything. */
	if (!at || end - at < 3 || at[1] != ' ')
		return -EBADMSG;
	at += 2;
	s->state = *at;
	if (!skip(&at, end, 1) || !number(&at, end, &ppid))
		return -EBADMSG;
	s->ppid = (uint32_t)ppid;
	if (!skip(&at, end, 6) || !number(&at, end, &s->minflt) || !skip(&at, end, 1) ||
	    !number(&at, end, &children[0]) || !skip(&at, end, 1) ||
	    !number(&at, end, &s->majflt) || !skip(&at, end, 1) ||
	    !number(&at, end, &children[1]) || !skip(&at, end, 3) ||
	    !number(&at, end, &children[2]) || !skip(&at, end, 1) ||
	    !number(&at, end, &children[3]) || !skip(&at, end, 3) ||
	    !number(&at, end, &s->threads))
		return -EBADMSG;
	s->waited = children[0] || children[1] || children[2] || children[3];
	return 0;
}

/* The number behind "key: " at the start of a line. */
static bool line(const char *p, const char *end, const char *key, uint64_t *v)
{
	size_t n = strlen(key);

	while (p && p < end) {
		if ((size_t)(end - p) > n + 2 && !memcmp(p, key, n) && p[n] == ':') {
			p += n + 2;
			return number(&p, end, v);
		}
		p = memchr(p, '\n', (size_t)(end - p));
		p = p ? p + 1 : NULL;
	}
	return false;
}

int proc_io_parse(const char *p, size_t n, struct proc_io *io)
{
	const char *end = p + n;

	if (line(p, end, "rchar", &io->rchar) && line(p, end, "wchar", &io->wchar) &&
	    line(p, end, "syscr", &io->syscr) && line(p, end, "syscw", &io->syscw) &&
	    line(p, end, "read_bytes", &io->read_bytes) &&
	    line(p, end, "write_bytes", &io->write_bytes) &&
	    line(p, end, "cancelled_write_bytes", &io->cancelled_write_bytes))
		return 0;
	return -EBADMSG;
}

/* Reads a small file whole. Returns its length or -errno. */
static ssize_t slurp(const char *path, char *p, size_t n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t r;

	if (fd < 0)
		return -errno;
	r = read(fd, p, n);
	if (r < 0)
		r = -errno;
	close(fd);
	return r;
}

bool proc_is_ours(void)
{
	char link[16], self[16];
	ssize_t n = readlink("/proc/self", link, sizeof(link));
	int len = snprintf(self, sizeof(self), "%d", getpid());

	return n == len && !memcmp(link, self, (size_t)n);
}

int proc_stat_read(uint32_t pid, struct proc_stat *s)
{
	char path[40], text[1024] = "";
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/stat", pid);
	n = slurp(path, text, sizeof(text));
	return n < 0 ? (int)n : proc_stat_parse(text, (size_t)n, s);
}

int proc_io_read(uint32_t pid, struct proc_io *io)
{
	char path[40], text[512] = "";
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/io", pid);
	n = slurp(path, text, sizeof(text));
	return n < 0 ? (int)n : proc_io_parse(text, (size_t)n, io);
}

int proc_task_io_read(uint32_t tid, struct proc_io *io)
{
	char path[64], text[512] = "";
	ssize_t n;

	/* /proc/TID exists for every thread, but is not listed. */
	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/task/%" PRIu32 "/io", tid, tid);
	n = slurp(path, text, sizeof(text));
	return n < 0 ? (int)n : proc_io_parse(text, (size_t)n, io);
}

static int add_thread_io(uint32_t tid, struct proc_io *sum)
{
	struct proc_io io;
	int err = proc_task_io_read(tid, &io);

	if (err)
		return err;
	sum->rchar += io.rchar;
	sum->wchar += io.wchar;
	sum->syscr += io.syscr;
	sum->syscw += io.syscw;
	sum->read_bytes += io.read_bytes;
	sum->write_bytes += io.write_bytes;
	sum->cancelled_write_bytes += io.cancelled_write_bytes;
	return 0;
}

int proc_threads_io_read(uint32_t pid, struct proc_io *io)
{
	struct ids tids = { 0 };
	int err = proc_tids(pid, &tids);

	*io = (struct proc_io){ 0 };
	for (size_t i = 0; !err && i < tids.n; i++)
		err = add_thread_io(tids.v[i], io);
	ids_free(&tids);
	return err;
}

int proc_task_state(uint32_t tid, char *state)
{
	char path[64], text[1024] = "";
	struct proc_stat s;
	ssize_t n;
	int err;

	/* /proc/TID exists for every thread, but is not listed. */
	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/task/%" PRIu32 "/stat", tid, tid);
	n = slurp(path, text, sizeof(text));
	err = n < 0 ? (int)n : proc_stat_parse(text, (size_t)n, &s);
	if (!err)
		*state = s.state;
	return err;
}

struct opt_u64 proc_cpu_clock(uint32_t pid)
{
	struct timespec ts;
	clockid_t clock;

	if (clock_getcpuclockid((pid_t)pid, &clock) || clock_gettime(clock, &ts))
		return (struct opt_u64){ 0 };
	return some_u64((uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec);
}

int ids_add(struct ids *ids, uint32_t id)
{
	if (ids->n == ids->cap) {
		size_t cap = ids->cap ? 2 * ids->cap : 64;
		uint32_t *v = reallocarray(ids->v, cap, sizeof(*v));

		if (!v)
			return -ENOMEM;
		ids->v = v;
		ids->cap = cap;
	}
	ids->v[ids->n++] = id;
	return 0;
}

void ids_free(struct ids *ids)
{
	free(ids->v);
	*ids = (struct ids){ 0 };
}

int proc_list_open(struct proc_list *l, const char *path)
{
	l->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	l->at = l->n = 0;
	return l->fd < 0 ? -errno : 0;
}

void proc_list_close(struct proc_list *l)
{
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
}

int proc_list_next(struct proc_list *l, uint32_t *id)
{
	for (;;) {
		const struct dirent64 *e;
		const char *p;
		uint64_t v;

		if (l->at == l->n) {
			ssize_t n = getdents64(l->fd, l->data, sizeof(l->data));

			if (n <= 0)
				return n ? -errno : 0;
			l->at = 0;
			l->n = (size_t)n;
		}
		e = (const void *)(l->data + l->at);
		l->at += e->d_reclen;
		p = e->d_name;
		if (number(&p, p + strlen(p), &v) && !*p) {
			*id = (uint32_t)v;
			return 1;
		}
	}
}

static int list(const char *path, struct ids *ids)
{
	struct proc_list l;
	uint32_t id = 0;
	int err, r = proc_list_open(&l, path);

	if (r)
		return r;
	do {
		r = proc_list_next(&l, &id);
		err = r > 0 ? ids_add(ids, id) : r;
	} while (!err && r > 0);
	proc_list_close(&l);
	return err;
}

int proc_pids(struct ids *ids)
{
	return list("/proc", ids);
}

int proc_tids(uint32_t pid, struct ids *ids)
{
	char path[40];

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/task", pid);
	return list(path, ids);
}

int proc_delayacct(void)
{
	char c = 0;
	ssize_t n = slurp("/proc/sys/kernel/task_delayacct", &c, 1);

	/* Where there are no sysctls at all, its absence says nothing. */
	if (n == -ENOENT && access("/proc/sys/kernel/ostype", F_OK))
		return -EOPNOTSUPP;
	if (n < 0)
		return (int)n;
	return n == 1 && c != '0';
}

bool proc_initial_userns(void)
{
	char text[64];
	unsigned int inside, outside, length;
	ssize_t n = slurp("/proc/self/uid_map", text, sizeof(text) - 1);

	if (n <= 0)
		return true;
	text[n] = 0;
	/* user_namespaces(7): only the initial one maps all of them onto themselves. */
	return sscanf(text, "%u %u %u", &inside, &outside, &length) == 3 && !inside &&
	       !outside && length == UINT32_MAX;
}
