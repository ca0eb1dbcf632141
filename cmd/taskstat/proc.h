/* SPDX-License-Identifier: GPL-2.0-or-later */
/* proc.h - what taskstats does not tell: proc(5). */
#ifndef TASKSTAT_PROC_H
#define TASKSTAT_PROC_H

#include "util.h"

/* /proc/PID/stat: sums of the whole process, dead threads included; the leader's state.
 */
struct proc_stat {
	char state;
	uint32_t ppid;
	uint64_t minflt, majflt, threads;
	bool waited; /* for children, whose own faults or times it has taken over */
};

/*
 * /proc/PID/io: sums of the whole process, dead threads included, and of all children
 * that it has waited for (wait_task_zombie() of kernel/exit.c). /proc/PID/task/TID/io:
 * one thread's own.
 */
struct proc_io {
	uint64_t rchar, wchar, syscr, syscw;
	uint64_t read_bytes, write_bytes, cancelled_write_bytes;
};

/* Pure: n bytes of the file's text. Returns 0 or -EBADMSG. */
MUST_CHECK int proc_stat_parse(const char *p, size_t n, struct proc_stat *s)
	NONNULL(1, 3);
MUST_CHECK int proc_io_parse(const char *p, size_t n, struct proc_io *io) NONNULL(1, 3);

/*
 * Whether /proc shows the pid namespace that this process is in. Where it does not, its
 * numbers are other processes' and none of the functions below may be used.
 */
bool proc_is_ours(void);

/* Each returns 0 or -errno: -ENOENT or -ESRCH for a process that is gone, -EACCES. */
MUST_CHECK int proc_stat_read(uint32_t pid, struct proc_stat *s) NONNULL(2);
MUST_CHECK int proc_io_read(uint32_t pid, struct proc_io *io) NONNULL(2);
/* One thread's own, of any process; the sum over a process's threads that are alive. */
MUST_CHECK int proc_task_io_read(uint32_t tid, struct proc_io *io) NONNULL(2);
MUST_CHECK int proc_threads_io_read(uint32_t pid, struct proc_io *io) NONNULL(2);
/* The state of one thread, of any process. */
MUST_CHECK int proc_task_state(uint32_t tid, char *state) NONNULL(2);

/*
 * CPU time of a process in nanoseconds by its CPU clock (clock_getcpuclockid(3)), dead
 * threads to their last moment included: what taskstats adds up for them ends some time
 * before. No privilege is needed. Absent where the process is gone.
 */
struct opt_u64 proc_cpu_clock(uint32_t pid);

struct ids {
	uint32_t *v; /* owned */
	size_t n, cap;
};
MUST_CHECK int ids_add(struct ids *ids, uint32_t id) NONNULL(1);
void ids_free(struct ids *ids) NONNULL(1);

/*
 * The numbers in a directory, one by one: /proc, /proc/PID/task. proc_list_next returns
 * 1, 0 at the end, or -errno. No memory is allocated, so that a thread may do it that
 * does nothing else.
 */
struct proc_list {
	int fd;
	size_t n, at; /* of data: filled, taken */
	char data[8192] __attribute__((aligned(8)));
};
MUST_CHECK int proc_list_open(struct proc_list *l, const char *path) NONNULL(1, 2);
MUST_CHECK int proc_list_next(struct proc_list *l, uint32_t *id) NONNULL(1, 2);
void proc_list_close(struct proc_list *l) NONNULL(1);

/* Adds every process, every thread of a process. Returns 0 or -errno. */
MUST_CHECK int proc_pids(struct ids *ids) NONNULL(1);
MUST_CHECK int proc_tids(uint32_t pid, struct ids *ids) NONNULL(2);

/*
 * kernel.task_delayacct: 1 or 0; -ENOENT on kernels before 5.14, which measure all delays
 * or none; or another -errno where it can't be told.
 */
MUST_CHECK int proc_delayacct(void);

/* Whether this process is in the initial user namespace (true where it can't be told). */
bool proc_initial_userns(void);

#endif
