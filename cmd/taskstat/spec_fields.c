/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spec_fields.c - the columns of a task, from which every form of output derives. */
#include "task.h"

#include <linux/acct.h>
#include <linux/sched.h>

/* SCHED_EXT of include/uapi/linux/sched.h since Linux 6.12. */
#define POLICY_EXT 7

static const struct name policy_table[] = {
	{ SCHED_NORMAL, "other" }, { SCHED_FIFO, "fifo" }, { SCHED_RR, "rr" },
	{ SCHED_BATCH, "batch" },  { SCHED_IDLE, "idle" }, { SCHED_DEADLINE, "deadline" },
	{ POLICY_EXT, "ext" },
};
static const struct names policies = NAMES(policy_table);

/* Positions of AFORK, ASU, ACORE, AXSIG and AGROUP (linux/acct.h). */
static const struct name flag_table[] = {
	{ 0, "fork" }, { 1, "su" }, { 3, "core" }, { 4, "xsig" }, { 5, "group" },
};
static const struct names flag_names = NAMES(flag_table);
_Static_assert(AFORK == 1 << 0 && ASU == 1 << 1 && ACORE == 1 << 3 && AXSIG == 1 << 4,
	       "positions in flag_table");

static const struct name repair_table[] = {
	{ DELAY_CPU, "cpu_delay_ns" },
	{ DELAY_BLKIO, "blkio_delay_ns" },
	{ DELAY_SWAPIN, "swapin_delay_ns" },
	{ DELAY_FREEPAGES, "freepages_delay_ns" },
	{ DELAY_THRASHING, "thrashing_delay_ns" },
	{ DELAY_COMPACT, "compact_delay_ns" },
	{ DELAY_WPCOPY, "wpcopy_delay_ns" },
	{ DELAY_IRQ, "irq_delay_ns" },
	{ REPAIRED_EXIT, "exit_code" },
};
const struct names repaired_names = NAMES(repair_table);

#define F(m, flags, help, ...) FIELD(task, m, flags, help, ##__VA_ARGS__)

#define DELAY(d, show, what, ...)                                                      \
	F(d##_count, 0, "times it waited " what),                                      \
		F(d##_delay_ns, NANO | (show), "time it waited " what, ##__VA_ARGS__), \
		F(d##_delay_max_ns, NANO, "longest wait " what),                       \
		F(d##_delay_min_ns, NANO, "shortest wait " what),                      \
		F(d##_delay_max_time, TIME, "when the longest wait " what " was")

#define TASK_FIELDS                                                                     \
	F(pid, SHOW | KEY, "process id, or the thread's own id with --tid"),            \
		F(tgid, 0, "process (thread group) that it belongs to"),                \
		F(ppid, 0, "process id of the parent"), F(uid, 0, "user id"),           \
		F(gid, 0, "group id"), F(comm, SHOW | KEY, "command name, escaped"),    \
		F(state, SHOW, "state as in proc(5): R S D T t Z X I"),                 \
		F(sched, 0, "scheduling policy", .names = &policies),                   \
		F(nice, 0, "nice value"),                                               \
		F(flags, BITS,                                                          \
		  "accounting flags: fork (no exec since), su, core, xsig, group",      \
		  .names = &flag_names),                                                \
		F(exit_code, 0, "exit status, once it has exited"),                     \
		F(exit_signal, 0, "signal that ended it"),                              \
		F(start_time, TIME, "when it was started, to the second"),              \
		F(elapsed_ns, SHOW | NANO, "time since it was started",                 \
		  .head = "ELAPSED"),                                                   \
		F(group_elapsed_ns, NANO, "time since its process was started"),        \
		F(user_ns, NANO, "CPU time in user mode, by clock ticks"),              \
		F(system_ns, NANO, "CPU time in the kernel, by clock ticks"),           \
		F(cpu_ns, SHOW | NANO, "CPU time, as precise as the kernel has it",     \
		  .head = "CPU"),                                                       \
		F(cpu_run_real_ns, NANO, "CPU time by clock ticks"),                    \
		F(cpu_run_virtual_ns, NANO, "CPU time by the scheduler's clock"),       \
		F(cpu_scaled_run_real_ns, NANO,                                         \
		  "CPU time by clock ticks, scaled by frequency"),                      \
		F(user_scaled_ns, NANO, "user_ns, scaled by frequency"),                \
		F(system_scaled_ns, NANO, "system_ns, scaled by frequency"),            \
		DELAY(cpu, SHOW, "for a CPU while runnable", .head = "CPU-DELAY"),      \
		DELAY(blkio, SHOW, "for block I/O", .head = "BLKIO-DELAY"),             \
		DELAY(swapin, SHOW, "for pages to be swapped in",                       \
		      .head = "SWAPIN-DELAY"),                                          \
		DELAY(freepages, 0, "for memory to be reclaimed"),                      \
		DELAY(thrashing, 0, "for pages that were evicted too early"),           \
		DELAY(compact, 0, "for memory to be compacted"),                        \
		DELAY(wpcopy, 0, "for write-protected pages to be copied"),             \
		DELAY(irq, 0, "for interrupts to be served"),                           \
		F(rss_peak_bytes, SHOW | SIZE, "most memory that was ever resident",    \
		  .head = "RSS-PEAK"),                                                  \
		F(vm_peak_bytes, SIZE, "most address space that was ever mapped"),      \
		F(rss_mib_us, 0, "resident memory by system time, MiB microseconds"),   \
		F(vm_mib_us, 0, "address space by system time, MiB microseconds"),      \
		F(minflt, 0, "page faults without I/O"),                                \
		F(majflt, 0, "page faults with I/O"),                                   \
		F(nvcsw, 0, "voluntary context switches"),                              \
		F(nivcsw, 0, "involuntary context switches"),                           \
		F(read_bytes, SHOW | SIZE, "bytes read from storage", .head = "READ"),  \
		F(write_bytes, SHOW | SIZE, "bytes that went or will go to storage",    \
		  .head = "WRITE"),                                                     \
		F(cancelled_write_bytes, SIZE,                                          \
		  "bytes of write_bytes that were dropped before"),                     \
		F(read_chars, SIZE, "bytes that read calls returned"),                  \
		F(write_chars, SIZE, "bytes given to write calls"),                     \
		F(read_syscalls, 0, "read calls"), F(write_syscalls, 0, "write calls"), \
		F(exe_dev, 0, "device of the executable, as stat(2) st_dev"),           \
		F(exe_inode, 0, "inode of the executable"),                             \
		F(threads, 0, "threads alive, or that have ended, of a process"),       \
		F(repaired, BITS,                                                       \
		  "what the kernel counts wrongly or tells vaguely, repaired or left "  \
		  "out",                                                                \
		  .names = &repaired_names),                                            \
		F(version, 0, "version of the kernel's struct taskstats")

static const struct field task_fields[] = { TASK_FIELDS };
const struct record task_record = RECORD("taskstat", task_fields);

static const struct field exit_fields[] = {
	F(event, 0, "exit"),
	F(time, TIME, "when its record was read"),
	TASK_FIELDS,
};
const struct record exit_record = RECORD("taskstat", exit_fields);

static const struct field end_fields[] = {
	FIELD(end_event, event, SHOW,
	      "lost when records were lost, end when there are no more"),
	FIELD(end_event, received, SHOW, "exits that the kernel told of so far"),
	FIELD(end_event, lost, SHOW, "exits that were lost so far"),
};
const struct record end_record = RECORD("taskstat", end_fields);
