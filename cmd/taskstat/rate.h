/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rate.h - what a process did in an interval: the difference of two records. Pure. */
#ifndef TASKSTAT_RATE_H
#define TASKSTAT_RATE_H

#include "task.h"

/* A rate that is not known is NaN, which is absent. */
struct rate {
	uint64_t time; /* the interval's end, ns since 1970 */
	uint64_t interval_ns;
	uint32_t pid;
	struct opt_u64 ppid, uid;
	char comm[KSTAT_COMM];
	const char *state;
	bool born, ended; /* in the interval */
	struct opt_u64 exit_code, exit_signal;
	double cpu_pct;
	double cpu_delay_pct, blkio_delay_pct, swapin_delay_pct, freepages_delay_pct;
	double thrashing_delay_pct, compact_delay_pct, wpcopy_delay_pct, irq_delay_pct;
	double minflt_per_s, majflt_per_s, nvcsw_per_s, nivcsw_per_s;
	struct opt_u64 read_bytes_per_s, write_bytes_per_s;
	struct opt_u64 read_chars_per_s, write_chars_per_s;
	double read_syscalls_per_s, write_syscalls_per_s;
	struct opt_u64 rss_peak_bytes, threads;
};
extern const struct record rate_record;

/*
 * From before, the same process's record at the interval's start, to after. before NULL:
 * it was born since, and everything it did is of this interval.
 */
void rate_of(struct rate *r, const struct task *before, const struct task *after,
	     uint64_t interval_ns) NONNULL(1, 3);

/* A record, and the time at which its process was started: not exactly, but within. */
struct seen {
	struct task t;
	uint64_t born_from, born_until; /* CLOCK_MONOTONIC, ns */
};

/* Sets that time of s->t, which the kernel made between two times. */
void seen_between(struct seen *s, uint64_t from_ns, uint64_t until_ns) NONNULL(1);

/* Whether both may be of one process: its number may have been another's. */
bool is_same(const struct seen *before, const struct seen *after) NONNULL(1, 2);

#endif
