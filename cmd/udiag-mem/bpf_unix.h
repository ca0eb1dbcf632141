/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bpf_unix.h - what both BPF programs read from a unix socket. No locks are held: each
 * pointer is read safely, and each walk is bounded by what its queue says of itself.
 * Members of typed pointers are loaded, which is cheap; BPF_CORE_READ calls a helper. */
#ifndef UDIAG_MEM_BPF_UNIX_H
#define UDIAG_MEM_BPF_UNIX_H

#include <linux/bpf.h>

#include "bpf_types.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "bpf_items.h"

enum { MOST_STEPS = 1 << 17 };

static __always_inline __u32 inode_of(struct sock *sk)
{
	struct socket_alloc *s = sk ? (void *)BPF_CORE_READ(sk, sk_socket) : (void *)0;

	return s ? (__u32)BPF_CORE_READ(s, vfs_inode.i_ino) : 0;
}

struct walk {
	void *at, *head;
	void *sender;
	struct queue_size size;
	__u32 steps, several;
};

static long next_skb(__u32 i, void *arg)
{
	struct walk *w = arg;
	struct sk_buff *skb = w->at;
	void *sender;

	if (!skb || w->at == w->head)
		return 1;
	w->size.unread += BPF_CORE_READ(skb, len);
	w->size.truesize += BPF_CORE_READ(skb, truesize);
	sender = BPF_CORE_READ(skb, sk);
	w->several |= i && sender != w->sender;
	w->sender = sender;
	w->at = BPF_CORE_READ(skb, next);
	return 0;
}

/* All that waits in the receive queue, also behind the first datagram. */
static __always_inline void measure_queue(struct sock *sk, __u32 depth,
					  struct queue_size *size)
{
	struct walk w = { .head = &sk->sk_receive_queue };

	w.at = BPF_CORE_READ(sk, sk_receive_queue.next);
	size->unread = size->truesize = UNREAD_UNKNOWN;
	size->sender = 0;
	if (depth >= MOST_STEPS)
		return;
	bpf_loop(depth, next_skb, &w, 0);
	w.size.sender = w.several ? 0 : inode_of(w.sender);
	*size = w.size;
}

static long next_waiter(__u32 i, void *arg)
{
	struct walk *w = arg;
	struct list_head *entry = w->at;

	if (!entry || w->at == w->head)
		return 1;
	w->steps = i + 1; /* the verifier can't follow a count of our own */
	w->at = BPF_CORE_READ(entry, next);
	return 0;
}

/* Who waits for room in the queue of u: sleepers, and the relays of poll(2). */
static __always_inline __u32 waiters(struct unix_sock *u)
{
	struct walk w = { .head = &u->peer_wq.wait.head };

	w.at = u->peer_wq.wait.head.next;
	if (w.at != w.head)
		bpf_loop(MOST_STEPS, next_waiter, &w, 0);
	return w.steps;
}

static __always_inline __u32 inflight(struct unix_sock *u)
{
	struct unix_sock___before_6_10 *old = (void *)u;
	struct unix_vertex *vertex;

	if (bpf_core_field_exists(u->vertex)) {
		vertex = u->vertex;
		return vertex ? (__u32)vertex->out_degree : 0;
	}
	if (bpf_core_field_exists(old->inflight))
		return (__u32)BPF_CORE_READ(old, inflight);
	return 0;
}

#endif
