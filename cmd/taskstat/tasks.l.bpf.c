/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tasks.l.bpf.c - every task, with what the taskstats family does not tell of it. */
#include <linux/bpf.h>

#include "bpf_types.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

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
	struct list_head thread_head;
	struct taskstats *stats; /* sums of dead threads, made when the first one ends */
};

/* include/linux/sched.h */
struct task_struct___all {
	unsigned int __state;
	int exit_state, pid;
	struct task_struct___all *group_leader;
	struct list_head tasks;       /* all leaders, in a ring */
	struct list_head thread_node; /* in signal's thread_head */
	struct pid *thread_pid;
	struct signal_struct *signal;
	struct task_io_accounting ioac;
};

#pragma clang attribute pop

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* as many as there is room for */
	__type(key, __u32);
	__type(value, struct task_item);
} items SEC(".maps");

struct walk {
	const struct task_struct___all *task, *leader; /* the next, and its process's */
	struct signal_struct *signal;
	const struct task_struct___all *last; /* where all have been seen */
	__u32 tgid;
	__u32 level; /* of the reader's pid namespace, 0 for the initial one */
	void *ns;
};

static __always_inline const struct upid *upid_at(const struct pid *pid, __u32 level)
{
	return (void *)((char *)pid->numbers + level * bpf_core_type_size(struct upid));
}

/* The id as the reader's pid namespace numbers it, 0 where it has none there. */
static __always_inline __u32 id_in(const struct task_struct___all *task, __u32 level,
				   const void *ns)
{
	const struct pid *pid = BPF_CORE_READ(task, thread_pid);
	const struct upid *upid = upid_at(pid, level);
	__u32 deep = BPF_CORE_READ(pid, level);

	if (deep < level || BPF_CORE_READ(upid, ns) != ns)
		return 0;
	return (__u32)BPF_CORE_READ(upid, nr);
}

#define BEFORE(p, member) \
	((void *)((char *)(p)-bpf_core_field_offset(struct task_struct___all, member)))

/* To the next thread, or to the leader of the next process. */
static __always_inline void advance(struct walk *w)
{
	const struct task_struct___all *task = w->task;
	struct signal_struct *signal = w->signal;
	struct list_head *next = BPF_CORE_READ(task, thread_node.next);

	if (next != &signal->thread_head) {
		w->task = BEFORE(next, thread_node);
		return;
	}
	task = w->leader;
	next = BPF_CORE_READ(task, tasks.next);
	task = BEFORE(next, tasks);
	w->task = w->leader = task;
	w->signal = BPF_CORE_READ(task, signal);
}

static long describe(void *map, const void *key, struct task_item *item, struct walk *w)
{
	const struct task_struct___all *task = w->task;
	const struct signal_struct *signal = w->signal;

	(void)map;
	(void)key;
	item->pid =
		w->level ? id_in(task, w->level, w->ns) : (__u32)BPF_CORE_READ(task, pid);
	if (task == w->leader)
		w->tgid = item->pid;
	item->tgid = w->tgid;
	bpf_core_read(&item->state, sizeof(item->state), &task->__state);
	bpf_core_read(&item->exit_state, sizeof(item->exit_state), &task->exit_state);
	bpf_core_read(&item->threads, sizeof(item->threads), &signal->nr_threads);
	bpf_core_read(&item->dead_sums, sizeof(item->dead_sums), &signal->stats);
	bpf_core_read(&item->io, sizeof(item->io), &task->ioac);
	advance(w);
	return w->task == w->last;
}

/*
 * Returns how many items were filled, 0 if there are more tasks. Each process is followed
 * by its threads. The ring of leaders is walked from ours, which does not leave it
 * meanwhile. A test run of a raw tracepoint program is within rcu_read_lock(), which is
 * all that for_each_process() and for_each_thread() ask for.
 */
SEC("raw_tp/none")
int tasks(void *ctx)
{
	const struct task_struct___all *me = (void *)bpf_get_current_task();
	const struct pid *pid = BPF_CORE_READ(me, thread_pid);
	__u32 level = BPF_CORE_READ(pid, level);
	const struct upid *upid = upid_at(pid, level);
	struct walk w = { .level = level };
	long n;

	(void)ctx;
	w.ns = BPF_CORE_READ(upid, ns);
	w.signal = BPF_CORE_READ(me, signal);
	me = BPF_CORE_READ(me, group_leader);
	w.task = w.leader = w.last = me;
	n = bpf_for_each_map_elem(&items, describe, &w, 0);
	return w.task == me ? (int)n : 0;
}

char LICENSE[] SEC("license") = "GPL";
