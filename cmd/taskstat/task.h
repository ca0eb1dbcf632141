/* SPDX-License-Identifier: GPL-2.0-or-later */
/* task.h - the record of a task or of a process, and its field table. */
#ifndef TASKSTAT_TASK_H
#define TASKSTAT_TASK_H

#include "decode.h"
#include "rec.h"

struct delay_sum {
	struct opt_u64 count, ns, max_ns, min_ns;
	struct opt_u64 max_time; /* ns since 1970 */
};

/* The same five under the names that they are printed by. */
#define DELAY_SUM(d)                                                                \
	struct opt_u64 d##_count, d##_delay_ns, d##_delay_max_ns, d##_delay_min_ns; \
	struct opt_u64 d##_delay_max_time

struct task {
	const char *event;   /* of an exit */
	struct opt_u64 time; /* ns since 1970 */
	uint32_t pid;
	struct opt_u64 tgid, ppid, uid, gid;
	char comm[KSTAT_COMM];
	const char *state; /* one letter */
	struct opt_u64 sched;
	struct opt_i64 nice;
	struct opt_u64 flags, exit_code, exit_signal;
	struct opt_u64 start_time; /* ns since 1970 */
	struct opt_u64 elapsed_ns, group_elapsed_ns;
	struct opt_u64 user_ns, system_ns, cpu_ns;
	struct opt_u64 cpu_run_real_ns, cpu_run_virtual_ns, cpu_scaled_run_real_ns;
	struct opt_u64 user_scaled_ns, system_scaled_ns;
	union {
		struct delay_sum delay[DELAYS];
		struct {
			DELAY_SUM(cpu);
			DELAY_SUM(blkio);
			DELAY_SUM(swapin);
			DELAY_SUM(freepages);
			DELAY_SUM(thrashing);
			DELAY_SUM(compact);
			DELAY_SUM(wpcopy);
			DELAY_SUM(irq);
		};
	};
	struct opt_u64 rss_peak_bytes, vm_peak_bytes, rss_mib_us, vm_mib_us;
	struct opt_u64 minflt, majflt, nvcsw, nivcsw;
	struct opt_u64 read_bytes, write_bytes, cancelled_write_bytes;
	struct opt_u64 read_chars, write_chars, read_syscalls, write_syscalls;
	struct opt_u64 exe_dev, exe_inode, threads;
	uint64_t repaired; /* bits of enum delay, and REPAIRED_EXIT */
	uint16_t version;
};

/* Of repaired: which thread's exit code the process's is was not told for certain. */
enum { REPAIRED_EXIT = DELAYS };

/* spec_fields.c */
extern const struct record task_record, exit_record;

/* What listening says of itself. */
struct end_event {
	const char *event;
	uint64_t received, lost;
};
extern const struct record end_record;

extern const struct names repaired_names; /* of the bits of repaired */

#endif
