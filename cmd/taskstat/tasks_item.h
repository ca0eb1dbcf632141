/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tasks_item.h - what the BPF program writes of each task, and the tool reads. */
#ifndef TASKSTAT_TASKS_ITEM_H
#define TASKSTAT_TASKS_ITEM_H

#include <linux/types.h>

struct task_item {
	__u32 pid, tgid;         /* as the reader's pid namespace numbers them, or 0 */
	__u32 state, exit_state; /* as the kernel has them */
	__u64 dead_sums;         /* not 0 where some thread of its process has ended */
	__u32 threads;           /* of its process, alive */
	struct task_item_io {
		__u64 read_chars, write_chars, read_syscalls, write_syscalls;
		__u64 read_bytes, write_bytes, cancelled_write_bytes;
	} io;
};

#endif
