/* SPDX-License-Identifier: GPL-2.0-or-later */
/* derive.c - what follows from a socket's own numbers; pure. */
#include "sock.h"

#include "utf8.h"

#include <math.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>

enum { DATAGRAM_OVERHEAD = 32 }; /* unix(7), SO_SNDBUF; unix_dgram_sendmsg */

static void set(struct sock *s, enum sock_flag flag, bool on)
{
	if (on)
		s->flags |= 1U << flag;
}

/* Writers are stopped as the kernel does it: unix_writable counts one byte more than
 * sk_wmem_alloc_get reports, and sock_alloc_send_pskb sends while less than sndbuf. */
static void derive_memory(struct sock *s)
{
	uint64_t alloc = s->alloc_bytes.v, sndbuf = s->sndbuf.v;

	s->use_pct = NAN;
	if (!s->alloc_bytes.has || !s->sndbuf.has)
		return;
	if (sndbuf)
		s->use_pct = (double)(alloc * 100) / (double)sndbuf;
	set(s, FLAG_STALLED, s->state != TCP_LISTEN && 4 * (alloc + 1) > sndbuf);
	set(s, FLAG_FULL, s->state != TCP_LISTEN && alloc >= sndbuf);
	if (s->type != SOCK_STREAM && sndbuf >= DATAGRAM_OVERHEAD)
		s->max_datagram_size = some_u64(sndbuf - DATAGRAM_OVERHEAD);
}

/* A peer of 0 is a closed one, or a connection that nobody has accepted yet, whose
 * shutdown is 0 unless the socket's owner shut it down. */
static void derive_peer(struct sock *s)
{
	bool none = s->peer_inode.has && !s->peer_inode.v;

	set(s, FLAG_PEER_GONE,
	    none && (s->type == SOCK_DGRAM || s->shutdown.v == SHUT_BOTH));
	set(s, FLAG_HALF_SHUT, s->shutdown.v == 1 || s->shutdown.v == 2);
}

void sock_set_queue(struct sock *s, struct opt_u64 depth, struct opt_u64 limit,
		    struct opt_u64 waiters, bool exempt)
{
	s->queue_depth = depth;
	s->queue_limit = limit;
	s->waiters = waiters;
	s->queue_pct = depth.has && limit.has
			       ? (double)(depth.v * 100) / (double)MAX(limit.v, 1U)
			       : NAN;
	set(s, FLAG_FULL, depth.has && limit.has && depth.v > limit.v && !exempt);
	set(s, FLAG_WAITING, waiters.has && waiters.v);
}

void sock_derive(struct sock *s)
{
	const struct opt_u64 none = { 0 }, unknown = { .unknown = true };

	s->overhead = s->queue_pct = NAN;
	s->queue = (struct nest){ sock_emit_queue, s };
	s->owner = (struct nest){ sock_emit_owner, s };
	s->peer = (struct nest){ sock_emit_peer, s };
	if (s->vfs_inode.has) {
		unsigned int dev = s->vfs_dev_raw; /* MKDEV of linux/kdev_t.h */
		int n = snprintf(s->vfs_dev_text, sizeof(s->vfs_dev_text), "%u:%u",
				 dev >> 20, dev & 0xfffff);

		s->vfs_dev = (struct bytes){ s->vfs_dev_text, (size_t)n };
	}
	if (s->name.p && !utf8_valid(s->name.p, s->name.n))
		s->name_hex = s->name;
	derive_memory(s);
	derive_peer(s);
	if (s->state == TCP_LISTEN)
		sock_set_queue(s, s->rqueue, s->wqueue, unknown, false);
	else if (s->type == SOCK_DGRAM)
		sock_set_queue(s, unknown, unknown, unknown, false);
	if (s->type == SOCK_DGRAM)
		s->unread_bytes = unknown;
	else
		s->unread_bytes = s->state == TCP_LISTEN ? none : s->rqueue;
}
