/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sockets.l.bpf.c - sockets of the reader's network namespace that no fd table shows:
 * those in an accept queue, those in messages that nobody has received, and those that an
 * io_uring or the kernel itself has. */
#include "bpf_unix.h"

#include <bpf/bpf_tracing.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* set before it is loaded */
	__type(key, __u32);
	__type(value, struct hidden_item);
} items SEC(".maps");

__u64 used; /* items wanted so far, beyond the map's room too */
__u64 ownerless[HIDDEN_BITS / 64];

static __always_inline int is_ownerless(__u32 inode)
{
	return ownerless[inode % HIDDEN_BITS / 64] >> inode % 64 & 1;
}

static __always_inline void fill(struct hidden_item *item, struct unix_sock *u,
				 struct sock *sk)
{
	struct queue_size size;

	measure_queue(sk, item->depth, &size);
	item->size = size;
	item->alloc = (__u32)BPF_CORE_READ(sk, sk_wmem_alloc.refs.counter);
	item->sndbuf = (__u32)BPF_CORE_READ(sk, sk_sndbuf);
	item->rcvbuf = (__u32)BPF_CORE_READ(sk, sk_rcvbuf);
	item->limit = BPF_CORE_READ(sk, sk_max_ack_backlog);
	item->waiters = waiters(u);
	item->type = BPF_CORE_READ(sk, sk_type);
	item->state = BPF_CORE_READ(sk, __sk_common.skc_state);
	item->shutdown = BPF_CORE_READ(sk, sk_shutdown);
	item->client = inode_of(BPF_CORE_READ(u, peer));
	if (bpf_core_field_exists(u->listener))
		item->listener = inode_of(BPF_CORE_READ(u, listener));
}

SEC("iter/unix")
int sockets(struct bpf_iter__unix *ctx)
{
	struct unix_sock *u = ctx->unix_sk;
	struct sock *sk = (void *)u;
	struct hidden_item *item;
	__u32 inode, flying, i;

	if (!u)
		return 0;
	inode = inode_of(sk);
	flying = inflight(u);
	/* without an inode it was closed, unless a peer is still to accept it */
	if (inode ? !flying && !is_ownerless(inode) : !BPF_CORE_READ(u, peer))
		return 0;
	i = (__u32)used++;
	item = bpf_map_lookup_elem(&items, &i);
	if (!item)
		return 0;
	item->inode = inode;
	item->inflight = flying;
	item->depth = BPF_CORE_READ(sk, sk_receive_queue.qlen);
	fill(item, u, sk);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
