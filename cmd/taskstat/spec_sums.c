/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spec_sums.c - the columns of sums over tasks. */
#include "sum.h"

#define S(m, flags, help, ...) FIELD(sum, m, flags, help, ##__VA_ARGS__)

#define WAITS(d, show, what, ...)                                                \
	S(d##_count, GAUGE, "times they waited " what),                          \
		S(d##_delay_ns, GAUGE | NANO | (show), "time they waited " what, \
		  ##__VA_ARGS__),                                                \
		S(d##_delay_max_ns, GAUGE | NANO, "longest wait " what)

#define BODY                                                                          \
	S(elapsed_max_ns, GAUGE | NANO, "the longest life"),                          \
		S(user_ns, GAUGE | NANO, "CPU time in user mode, by clock ticks"),    \
		S(system_ns, GAUGE | NANO, "CPU time in the kernel, by clock ticks"), \
		S(cpu_ns, GAUGE | SHOW | NANO, "CPU time", .head = "CPU"),            \
		WAITS(cpu, SHOW, "for a CPU while runnable", .head = "CPU-DELAY"),    \
		WAITS(blkio, SHOW, "for block I/O", .head = "BLKIO-DELAY"),           \
		WAITS(swapin, 0, "for pages to be swapped in"),                       \
		WAITS(freepages, 0, "for memory to be reclaimed"),                    \
		WAITS(thrashing, 0, "for pages that were evicted too early"),         \
		WAITS(compact, 0, "for memory to be compacted"),                      \
		WAITS(wpcopy, 0, "for write-protected pages to be copied"),           \
		WAITS(irq, 0, "for interrupts to be served"),                         \
		S(rss_peak_bytes, GAUGE | SHOW | SIZE,                                \
		  "most memory that was ever resident in one", .head = "RSS-PEAK"),   \
		S(vm_peak_bytes, GAUGE | SIZE,                                        \
		  "most address space that was ever mapped in one"),                  \
		S(minflt, GAUGE, "page faults without I/O"),                          \
		S(majflt, GAUGE, "page faults with I/O"),                             \
		S(nvcsw, GAUGE, "voluntary context switches"),                        \
		S(nivcsw, GAUGE, "involuntary context switches"),                     \
		S(read_bytes, GAUGE | SHOW | SIZE, "bytes read from storage",         \
		  .head = "READ"),                                                    \
		S(write_bytes, GAUGE | SHOW | SIZE,                                   \
		  "bytes that went or will go to storage", .head = "WRITE"),          \
		S(cancelled_write_bytes, GAUGE | SIZE,                                \
		  "bytes of write_bytes that were dropped before"),                   \
		S(read_chars, GAUGE | SIZE, "bytes that read calls returned"),        \
		S(write_chars, GAUGE | SIZE, "bytes given to write calls"),           \
		S(read_syscalls, GAUGE, "read calls"),                                \
		S(write_syscalls, GAUGE, "write calls"),                              \
		S(incomplete, GAUGE,                                                  \
		  "of them, those of which not all of this is known"),                \
		S(repaired, BITS, "what was repaired or left out in some of them",    \
		  .names = &repaired_names)

#define ALIVE S(tasks, GAUGE | SHOW, "how many they are"), BODY
#define ENDED                                                   \
	S(tasks, SHOW, "how many have ended", .head = "EXITS"), \
		S(failed, SHOW, "of them, by a signal or not with 0"), BODY

#define EVENT S(event, 0, "sum")
#define COMM  S(comm, SHOW | KEY, "command name, escaped")
#define UID   S(uid, SHOW | KEY, "user id")
#define PPID  S(ppid, SHOW | KEY, "process id of the parent")
#define EXE                                                                    \
	S(exe_dev, SHOW | KEY, "device of the executable, as stat(2) st_dev"), \
		S(exe_inode, SHOW | KEY, "inode of the executable")

static const struct field alive_by_comm[] = { COMM, ALIVE };
static const struct field cgroup_fields[] = {
	S(cgroup, SHOW | KEY, "the control group as it was named"),
	S(cgroup_version, 0,
	  "1: the kernel's own counts of it alone; 2: sums over its "
	  "processes and those below it"),
	S(tasks, GAUGE | SHOW, "tasks of version 1, processes of version 2"),
	S(running, GAUGE | SHOW, "running or waiting for a CPU"),
	S(sleeping, GAUGE | SHOW, "sleeping"),
	S(uninterruptible, GAUGE | SHOW, "sleeping where no signal wakes them",
	  .head = "BLOCKED"),
	S(stopped, GAUGE, "stopped or traced"),
	S(io_wait, GAUGE, "waiting for I/O, of version 1"),
	BODY,
};
const struct record cgroup_record = RECORD("taskstat_cgroup", cgroup_fields);

static const struct field ended_by_nothing[] = { EVENT, ENDED };
static const struct field ended_by_comm[] = { EVENT, COMM, ENDED };
static const struct field ended_by_uid[] = { EVENT, UID, ENDED };
static const struct field ended_by_ppid[] = { EVENT, PPID, ENDED };
static const struct field ended_by_exe[] = { EVENT, EXE, ENDED };

const struct record alive_comm_record = RECORD("taskstat", alive_by_comm);
const struct record ended_record = RECORD("taskstat", ended_by_nothing);
const struct record ended_comm_record = RECORD("taskstat", ended_by_comm);
const struct record ended_uid_record = RECORD("taskstat", ended_by_uid);
const struct record ended_ppid_record = RECORD("taskstat", ended_by_ppid);
const struct record ended_exe_record = RECORD("taskstat", ended_by_exe);

const struct record *ended_record_by(enum sum_by by)
{
	static const struct record *const records[] = {
		[BY_NOTHING] = &ended_record, [BY_COMM] = &ended_comm_record,
		[BY_UID] = &ended_uid_record, [BY_PPID] = &ended_ppid_record,
		[BY_EXE] = &ended_exe_record,
	};

	return records[by];
}
