/* SPDX-License-Identifier: GPL-2.0-or-later */
/* link.h - network interfaces, by rtnetlink(7). */
#ifndef XSKBENCH_LINK_H
#define XSKBENCH_LINK_H

#include "nl.h"

#include <linux/if_link.h>
#include <net/if.h>

/* What RTM_NEWLINK tells about an interface. */
struct link {
	int ifindex;
	char kind[16]; /* "veth"; "" where the driver has no link kind */
	uint8_t mac[6];
	uint32_t mtu, max_mtu, rx_queues, tx_queues;
	bool up, carrier;
	uint32_t xdp_prog;    /* id of an attached XDP program, 0 for none */
	uint8_t xdp_attached; /* XDP_ATTACHED_* of linux/if_link.h */
	struct rtnl_link_stats64 stats;
};

/* Decodes an RTM_NEWLINK message; what it lacks stays zero. Pure. 0 or -EBADMSG. */
MUST_CHECK int link_decode(const struct nlmsghdr *h, struct link *l) NONNULL(1, 2);

/*
 * All of these work in the network namespace in which nl was opened, and return 0 or
 * -errno; ack, which may be NULL, gets what the kernel said about it.
 */
MUST_CHECK int link_get(struct nl_conn *nl, const char *name, struct link *l)
	NONNULL(1, 2, 3);
/* The same, whatever it is called by now. */
MUST_CHECK int link_get_index(struct nl_conn *nl, int ifindex, struct link *l)
	NONNULL(1, 3);

/*
 * The name of the driver of an interface of this thread's namespace, to s: what
 * ethtool -i tells (ETHTOOL_GDRVINFO of linux/ethtool.h). Returns 0 or -errno.
 */
enum { DRIVER_NAME = 32 };
MUST_CHECK int link_driver(const char *name, char s[DRIVER_NAME]) NONNULL(1, 2);

/*
 * Adds a veth pair: name in this namespace, peer in the one that peer_ns (a file
 * descriptor) refers to, or an ifb, with so many queues each way.
 */
MUST_CHECK int link_add_veth(struct nl_conn *nl, const char *name, const char *peer,
			     int peer_ns, uint32_t mtu, uint32_t queues,
			     struct nl_ack *ack) NONNULL(1, 2, 3);
MUST_CHECK int link_add_ifb(struct nl_conn *nl, const char *name, uint32_t mtu,
			    uint32_t queues, struct nl_ack *ack) NONNULL(1, 2);

/*
 * Brings a link up, with no IPv6 address made for it: address configuration would send
 * packets of its own, and the counters should show ours alone.
 */
MUST_CHECK int link_up(struct nl_conn *nl, int ifindex, struct nl_ack *ack) NONNULL(1);

/* Whether a default route of IPv4 or IPv6, in any table, goes by the interface. */
MUST_CHECK int link_has_default_route(struct nl_conn *nl, int ifindex, bool *has)
	NONNULL(1, 3);

#endif
