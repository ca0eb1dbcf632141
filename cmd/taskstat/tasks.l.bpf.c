/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tasks.l.bpf.c - every task, with what the taskstats family does not tell of it. */
#include <linux/bpf.h>

#include "bpf_types.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "tasks_item.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* include/linux/task_io_accounting.h */
struct task_io_accounting {
	__u64 rchar, wchar, syscr, syscw;
	__u64 read_bytes, write_bytes, cancelled_write_bytes;
};

/* include/linux/sched/signal.h */
struct taskstats;
struct signal_struct {
	int nr_threads;
	struct taskstats *stats; /* sums of dead threads, made when the first one ends */
};

struct task_struct___full {
	unsigned int __state;
	int exit_state, pid, tgid;
	struct task_struct *group_leader;
	struct pid *thread_pid;
	struct signal_struct *signal;
	struct task_io_accounting ioac;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct___full *task;
};

#pragma clang attribute pop

/* The id of the task as the reader's pid namespace numbers it. */
static __always_inline __u32 id_of(struct pid *pid, unsigned int level)
{
	unsigned long step = bpf_core_type_size(struct upid);
	int nr = 0;

	if (pid)
		bpf_probe_read_kernel(&nr, sizeof(nr),
				      (char *)&pid->numbers[0].nr + level * step);
	return (__u32)nr;
}

SEC("iter/task")
int tasks(struct bpf_iter__task *ctx)
{
	struct task_struct___full *task = ctx->task;
	struct task_struct *me = (void *)bpf_get_current_task();
	struct signal_struct *signal;
	struct task_item item = { 0 };
	unsigned int level;

	if (!task)
		return 0;
	/* Pointers by probe reads: walking typed ones makes the verifier search all
	 * types. */
	signal = BPF_CORE_READ(task, signal);
	level = BPF_CORE_READ(me, thread_pid, level);
	item.pid =
		level ? id_of(BPF_CORE_READ(task, thread_pid), level) : (__u32)task->pid;
	item.tgid = level ? id_of(BPF_CORE_READ(task, group_leader, thread_pid), level)
			  : (__u32)task->tgid;
	item.state = task->__state;
	item.exit_state = (__u32)task->exit_state;
	item.threads = (__u32)BPF_CORE_READ(signal, nr_threads);
	item.had_threads = BPF_CORE_READ(signal, stats) != (void *)0;
	item.read_chars = task->ioac.rchar;
	item.write_chars = task->ioac.wchar;
	item.read_syscalls = task->ioac.syscr;
	item.write_syscalls = task->ioac.syscw;
	item.read_bytes = task->ioac.read_bytes;
	item.write_bytes = task->ioac.write_bytes;
	item.cancelled_write_bytes = task->ioac.cancelled_write_bytes;
	bpf_seq_write(ctx->meta->seq, &item, sizeof(item));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
