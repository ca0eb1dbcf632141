/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sock.h - one unix socket as the kernel's sock_diag describes it. */
#ifndef UDIAG_MEM_SOCK_H
#define UDIAG_MEM_SOCK_H

#include "rec.h"

#include <linux/netlink.h>

struct sock {
	uint32_t inode;
	uint64_t cookie;
	uint8_t type, state;
	struct bytes name, name_hex;
	struct opt_u64 uid;
	struct opt_u64 alloc_bytes, sndbuf, rcvbuf;
	struct opt_u64 rqueue, wqueue;
	struct opt_u64 peer_inode;
	struct opt_u64 shutdown;
	struct opt_u64 vfs_inode, vfs_dev;
};

/* spec.c */
extern const struct record sock_record;

/*
 * decode.c: one SOCK_DIAG_BY_FAMILY message of AF_UNIX (net/unix/diag.c). Attributes the
 * kernel left out become absent. name points into h. Returns 0 or -EBADMSG.
 */
MUST_CHECK int sock_decode(const struct nlmsghdr *h, struct sock *s) NONNULL(1, 2);

#endif
