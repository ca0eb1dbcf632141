/* SPDX-License-Identifier: GPL-2.0-or-later */
/* compose.h - from the kernel's numbers to a record, in our units. Pure. */
#ifndef TASKSTAT_COMPOSE_H
#define TASKSTAT_COMPOSE_H

#include "proc.h"
#include "task.h"

/*
 * What a single task's answer says. delays: whether the kernel measures delays other than
 * for a CPU; where it does not, its zeros are left out. state: proc(5)'s letter, 0 where
 * it is not known. What the kernel counted wrongly is repaired or left out, with its bit
 * set in t->repaired.
 */
void task_of(struct task *t, uint32_t id, const struct kstats *k, bool delays, char state)
	NONNULL(1, 3);

/* The longest and shortest waits and the peaks of threads; zeroed is of none. */
struct extremes {
	struct delay_sum delay[DELAYS]; /* only max_ns, min_ns, max_time */
	uint64_t wrong_ns[DELAYS]; /* waits longer than life, which the sums hold too */
	struct opt_u64 rss_peak_bytes, vm_peak_bytes;
	uint64_t cpu_count, minflt, majflt; /* sums: times on a CPU, faults */
};
void extremes_add(struct extremes *e, const struct kstats *k) NONNULL(1, 2);

/*
 * Whether a process never had a second thread, by the answers about its leader and its
 * group: each thread that ever ran, dead or alive, would have added to the group's count.
 * Who knows it already gives the leader's answer for the group's, which says the same.
 */
bool is_alone(const struct kstats *leader, const struct kstats *group) NONNULL(1, 2);

/* All that is known of a process. */
struct sources {
	const struct kstats *leader;  /* answer about the task of that id */
	const struct kstats *group;   /* answer about the thread group */
	const struct extremes *alive; /* of its threads, as far as they were asked */
	const struct proc_stat *stat; /* NULL: not readable */
	const struct proc_io *io;     /* NULL: not readable */
	struct opt_u64 cpu_ns;        /* its CPU clock, which no dead thread is cut from;
				       * needless for one that is alone */
	bool io_denied;               /* io was not readable for lack of privilege */
	bool delays;                  /* as task_of */
};

/*
 * Composes a process: identity from its leader, CPU and delay sums from the group (its
 * dead threads included), extremes and peaks from the threads alive, faults and I/O from
 * proc(5). What none of them knows for the process as a whole stays absent.
 */
void process_of(struct task *t, uint32_t pid, const struct sources *s) NONNULL(1, 3);

#endif
