/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sock.h - one unix socket: what the kernel's sock_diag tells, and what follows from it.
 */
#ifndef UDIAG_MEM_SOCK_H
#define UDIAG_MEM_SOCK_H

#include "rec.h"

#include <linux/netlink.h>

/* Bit positions of sock.flags. */
enum sock_flag {
	FLAG_STALLED,    /* over a quarter of sndbuf: poll(2) calls it not writable */
	FLAG_FULL,       /* sndbuf or the queue is used up */
	FLAG_PEER_GONE,  /* the other end is closed */
	FLAG_HALF_SHUT,  /* one direction is shut down */
	FLAG_NO_PROCESS, /* in no process's fd table */
	FLAG_IN_FLIGHT,  /* in a message that nobody has received */
	FLAG_WAITING,    /* someone waits for room in its queue */
	FLAG_EMBRYO,     /* in an accept queue */
};

enum { SHUT_BOTH = 3 }; /* SHUTDOWN_MASK of include/net/sock.h */

struct sock {
	/* decoded */
	uint32_t inode;
	struct opt_u64 cookie;
	uint8_t type, state;
	struct bytes name, name_hex;
	struct opt_u64 uid;
	struct opt_u64 alloc_bytes, sndbuf, rcvbuf;
	struct opt_u64 rqueue, wqueue;
	struct opt_u64 peer_inode;
	struct opt_u64 shutdown;
	struct opt_u64 vfs_inode;
	struct bytes vfs_dev;
	uint32_t vfs_dev_raw; /* with vfs_inode: the kernel's dev_t */

	/* what follows from it, from its queue and from the other end */
	struct opt_u64 max_datagram_size, unread_bytes, held_bytes;
	struct opt_u64 queue_depth, queue_limit, waiters;
	double use_pct, queue_pct, overhead; /* NaN: absent */
	uint32_t flags;
	struct bytes peer_name;

	/* who has it, and who has the other end */
	struct opt_u64 pid, fd, other_owners, peer_pid;
	struct bytes comm, peer_comm;
	const char *owner_source;

	/* where and when */
	uint32_t netns;
	struct bytes netns_name;
	struct opt_u64 time, sample;
	struct opt_i64 change_bytes;

	/* several of the above for people */
	struct nest queue, owner, peer;
	char vfs_dev_text[24]; /* of vfs_dev */
};

/* spec.c */
extern const struct record sock_record;

/* Names the socket's own columns by its type and state; shared with the groups. */
extern const struct names sock_types, sock_states, sock_flags;

/*
 * decode.c: one SOCK_DIAG_BY_FAMILY message of AF_UNIX (net/unix/diag.c). Attributes the
 * kernel left out become absent, what is derived too. name points into h. Returns 0 or
 * -EBADMSG.
 */
MUST_CHECK int sock_decode(const struct nlmsghdr *h, struct sock *s) NONNULL(1, 2);

/*
 * derive.c: fills what follows from the decoded members alone: max_datagram_size,
 * use_pct, flags, of a listener its queue, of others than datagram sockets unread_bytes.
 * s must stay where it is while the nests are used.
 */
void sock_derive(struct sock *s) NONNULL(1);

/* A datagram socket's queue, or the waiters of any: queue_pct and flags follow. */
void sock_set_queue(struct sock *s, struct opt_u64 depth, struct opt_u64 limit,
		    struct opt_u64 waiters, bool exempt) NONNULL(1);

/* text.c: the columns that put several values together. */
void sock_emit_queue(struct tree *t, const void *sock);
void sock_emit_owner(struct tree *t, const void *sock);
void sock_emit_peer(struct tree *t, const void *sock);

static inline bool sock_is(const struct sock *s, enum sock_flag flag)
{
	return s->flags >> flag & 1;
}

#endif
