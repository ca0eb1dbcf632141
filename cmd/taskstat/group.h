/* SPDX-License-Identifier: GPL-2.0-or-later */
/* group.h - a process by the ends of its threads, and the record of it. Pure. */
#ifndef TASKSTAT_GROUP_H
#define TASKSTAT_GROUP_H

#include "compose.h"

/* Numbers that the kernel adds up over a process's threads. */
#define GROUP_SUMS 24

/* What a process is by its main thread, once that has ended. */
struct main_thread {
	bool seen;
	char comm[KSTAT_COMM];
	uint64_t flags;
	struct opt_u64 start_time, uid, gid, sched;
	struct opt_i64 nice;
};

/* How the latest thread ended that is the program's own. */
struct thread_end {
	bool seen;
	uint64_t code, flags, us; /* since its process was started */
};

/* The dead threads of one process. */
struct group {
	struct group *next;
	uint32_t tgid;
	uint64_t threads, sums[GROUP_SUMS];
	uint64_t begun_ns;     /* as far as the time of reading tells */
	struct extremes alive; /* of all of them while they lived */
	struct proc_io io;
	uint64_t minflt, majflt;
	uint64_t flags; /* of any of them */
	/* Of exit codes that were not 0 the latest of a thread that was killed, and of
	 * one that was not, and when that was; the last thread's is not among them. */
	uint64_t killed_code, own_code, own_us;
	struct thread_end late;
	struct main_thread main;
	struct over *over; /* owned, once it has ended */
};

/* The message of a process's last thread. */
struct over {
	struct group *next;
	struct kstats last, group;
	uint32_t last_id;
	bool delays; /* zeros about delays are measured ones */
	uint64_t drained_ns, read_ns;
};

/* Adds one thread, by the message of its end. */
void group_add(struct group *g, uint32_t id, const struct kstats *k) NONNULL(1, 3);

/* Remembers its exit code. Not of the last thread. */
void group_add_code(struct group *g, const struct kstats *k) NONNULL(1, 2);

/*
 * The record of a process that is over. Its exit code is its last thread's unless others
 * tell better. Extremes, faults and I/O come from its threads, and are absent unless each
 * of them was seen: the kernel's sum of times on a CPU tells.
 */
void group_compose(struct group *g, struct task *t) NONNULL(1, 2);

#endif
