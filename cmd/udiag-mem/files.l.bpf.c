/* SPDX-License-Identifier: GPL-2.0-or-later */
/* files.l.bpf.c - every open file that is a unix socket: who holds it, and its queue. */
#include "bpf_unix.h"

#include <bpf/bpf_tracing.h>

enum { FAMILY_UNIX = 1, TYPE_DGRAM = 2, STATE_LISTEN = 10, SHUT_BOTH = 3 };

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* set before it is loaded */
	__type(key, __u32);
	__type(value, struct file_item);
} items SEC(".maps");

__u64 used; /* items wanted so far, beyond the map's room too */
__u64 at;   /* the task whose ITEM_TASK was written last */

static struct file_item *next_item(void)
{
	__u32 i = (__u32)used++;

	return bpf_map_lookup_elem(&items, &i);
}

/* The process id of the task as the reader's pid namespace numbers it. */
static __always_inline __u32 pid_of(struct task_struct *leader)
{
	struct task_struct *me = (void *)bpf_get_current_task();
	unsigned int level = BPF_CORE_READ(me, thread_pid, level);
	struct pid *pid = BPF_CORE_READ(leader, thread_pid);
	unsigned long step = bpf_core_type_size(struct upid);
	int nr = 0;

	if (pid)
		bpf_probe_read_kernel(&nr, sizeof(nr),
				      (char *)&pid->numbers[0].nr + level * step);
	return (__u32)nr;
}

static __always_inline void put_task(struct task_struct *task)
{
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);
	struct file_item *item = next_item();
	union task_more *more = (void *)next_item();

	if (!item || !more)
		return;
	item->pid = pid_of(leader);
	item->thread = leader != task;
	item->kind = ITEM_TASK;
	item->more = 1;
	BPF_CORE_READ_INTO(&more->comm, leader, comm);
}

/* Only datagram sockets and listeners have a queue that others wait for. What waits in
 * other sockets is charged to their peer, which is listed unless it is closed; of most of
 * them nothing is read that lies in another line of the cache than what was read
 * before. */
static __always_inline void put_queue(struct sock *sk, __u32 dgram, __u32 inode)
{
	__u32 queues = dgram || sk->__sk_common.skc_state == STATE_LISTEN;
	struct unix_sock *u = bpf_skc_to_unix_sock(sk);
	__u32 depth, wait, flying, orphan;
	struct file_item *item;
	struct queue_size size = { UNREAD_UNKNOWN, UNREAD_UNKNOWN, 0 };
	struct queue_more *more;
	struct queue_others *others;

	if (!u)
		return;
	wait = queues ? waiters(u) : 0;
	flying = inflight(u);
	orphan = sk->sk_shutdown == SHUT_BOTH;
	depth = sk->sk_receive_queue.qlen;
	if (!dgram && !wait && !flying && !orphan && !(queues && depth))
		return;
	item = next_item();
	if (!item)
		return;
	item->inode = inode;
	item->depth = depth;
	item->limit = sk->sk_max_ack_backlog;
	item->kind = ITEM_QUEUE;
	item->more = depth || wait || flying ? 2 : 0;
	if (!item->more)
		return;
	more = (void *)next_item();
	others = (void *)next_item();
	if (!more || !others)
		return;
	if (queues || orphan)
		measure_queue(sk, depth, &size);
	more->unread = size.unread;
	more->truesize = size.truesize;
	others->sender = size.sender;
	others->waiters = wait;
	others->inflight = flying;
}

SEC("iter/task_file")
int files(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct file_item *item;
	struct socket *socket;
	struct sock *sk;

	socket = task && file ? bpf_sock_from_file(file) : (void *)0;
	if (!socket)
		return 0;
	sk = socket->sk;
	if (!sk || sk->__sk_common.skc_family != FAMILY_UNIX)
		return 0;
	if (at != (__u64)task) {
		at = (__u64)task;
		put_task(task);
	}
	item = next_item();
	if (!item)
		return 0;
	item->inode = (__u32)file->f_inode->i_ino;
	item->fd = ctx->fd;
	item->kind = ITEM_FILE;
	item->more = 0;
	item->netns = sk->__sk_common.skc_net.net->ns.inum;
	put_queue(sk, socket->type == TYPE_DGRAM, item->inode);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
