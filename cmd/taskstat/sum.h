/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sum.h - records added up by what they have in common. Pure. */
#ifndef TASKSTAT_SUM_H
#define TASKSTAT_SUM_H

#include "task.h"

enum sum_by { BY_NOTHING, BY_COMM, BY_UID, BY_PPID, BY_EXE };

struct wait_sum {
	struct opt_u64 count, ns, max_ns;
};

/* The same three under the names that they are printed by. */
#define WAIT_SUM(d) struct opt_u64 d##_count, d##_delay_ns, d##_delay_max_ns

/* Absent: no record knew it. */
struct sum {
	const char *event; /* of the record that says it, NULL for none */
	const char *cgroup;
	uint64_t cgroup_version;
	struct opt_u64 running, sleeping, uninterruptible, stopped, io_wait;
	struct bytes comm; /* name below */
	char name[KSTAT_COMM];
	struct opt_u64 uid, ppid, exe_dev, exe_inode;
	uint64_t tasks, failed;
	struct opt_u64 elapsed_max_ns, user_ns, system_ns, cpu_ns;
	union {
		struct wait_sum delay[DELAYS];
		struct {
			WAIT_SUM(cpu);
			WAIT_SUM(blkio);
			WAIT_SUM(swapin);
			WAIT_SUM(freepages);
			WAIT_SUM(thrashing);
			WAIT_SUM(compact);
			WAIT_SUM(wpcopy);
			WAIT_SUM(irq);
		};
	};
	struct opt_u64 rss_peak_bytes, vm_peak_bytes;
	struct opt_u64 minflt, majflt, nvcsw, nivcsw;
	struct opt_u64 read_bytes, write_bytes, cancelled_write_bytes;
	struct opt_u64 read_chars, write_chars, read_syscalls, write_syscalls;
	uint64_t incomplete; /* records that did not know all of these */
	uint64_t repaired;   /* as a task's */
};

void sum_add(struct sum *s, const struct task *t) NONNULL(1, 2);
void sum_merge(struct sum *s, const struct sum *other) NONNULL(1, 2);

/* Sums by key, in the order in which the keys came. Zeroed but for by is empty. */
struct sums {
	enum sum_by by;
	struct sum *v; /* owned */
	size_t n, cap;
	uint32_t *index; /* owned: hash table of positions in v plus one */
	size_t slots;
};

/* So many keys at most; what comes after goes to one sum without a key. */
#define SUMS_MOST 65536

/* The sum that t belongs to, new or not. NULL where memory is out. */
struct sum *sums_of(struct sums *s, const struct task *t) NONNULL(1, 2);
/* Adds all of other's to those of the same keys. Returns 0 or -ENOMEM. */
MUST_CHECK int sums_merge(struct sums *s, const struct sums *other) NONNULL(1, 2);
void sums_free(struct sums *s) NONNULL(1);

/* spec_sums.c: of living tasks; of those that ended. */
extern const struct record alive_comm_record, cgroup_record;
extern const struct record ended_record, ended_comm_record, ended_uid_record,
	ended_ppid_record, ended_exe_record;
const struct record *ended_record_by(enum sum_by by);

#endif
