/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ear.h - a socket that listens to groups, and counts what it missed. */
#ifndef NLSOCK_EAR_H
#define NLSOCK_EAR_H

#include "nl.h"

struct ear {
	struct nl_conn conn;
	int protocol;
	uint64_t drops; /* datagrams lost so far, as /proc/net/netlink counts them */
};

/* One datagram and what the kernel says about it beside it (netlink(7)). */
struct heard {
	struct bytes data;    /* valid until the next call */
	struct opt_u64 group; /* NETLINK_PKTINFO; 0 is unicast */
	struct opt_i64 nsid;  /* NETLINK_LISTEN_ALL_NSID */
	uint32_t from;        /* the sender's port */
};

/*
 * Receives one datagram without waiting, whole whatever its size (up to 4 MiB). Returns
 * 1, 0 where there is none, or -errno; -ENOBUFS: some were lost, -EMSGSIZE: one that
 * is larger was lost; call again.
 */
MUST_CHECK int ear_hear(struct ear *e, struct heard *h) NONNULL(1, 2);

/* How many datagrams were lost since the last call; has is false where nobody says. */
struct opt_u64 ear_lost(struct ear *e) NONNULL(1);

/* Appends the numbers of the groups that the socket is in, each after a space. */
void ear_groups(const struct ear *e, struct buf *b) NONNULL(1, 2);

/* Pure: the Drops of a socket in the text of /proc/net/netlink; false: not there. */
bool drops_find(const char *text, int protocol, uint32_t portid, uint64_t *drops)
	NONNULL(1, 4);

#endif
