/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tasks_item.h - what the BPF program writes of each task, and the tool reads. */
#ifndef TASKSTAT_TASKS_ITEM_H
#define TASKSTAT_TASKS_ITEM_H

#include <linux/types.h>

struct task_item {
	__u32 pid, tgid;         /* as the reader's pid namespace numbers them */
	__u32 state, exit_state; /* as the kernel has them */
	__u32 threads;           /* of its process, alive */
	__u32 had_threads;       /* whether some thread of its process has ended */
	__u64 read_chars, write_chars, read_syscalls, write_syscalls;
	__u64 read_bytes, write_bytes, cancelled_write_bytes;
};

#endif
