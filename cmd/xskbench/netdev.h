/* SPDX-License-Identifier: GPL-2.0-or-later */
/* netdev.h - what a driver says that it can do in XDP, by the netdev netlink family. */
#ifndef XSKBENCH_NETDEV_H
#define XSKBENCH_NETDEV_H

#include "genl.h"
#include "value.h"

struct netdev {
	struct opt_u64 xdp_features, rx_metadata, xsk_features; /* bits */
	struct opt_u64 zc_max_segs;
};

/* Queues in use. */
struct netdev_queues {
	uint32_t rx, tx;
	uint32_t xsk; /* receive queues that an AF_XDP socket is bound to */
};

enum { XDP_FEATURE_ZEROCOPY = 3 }; /* its bit of xdp_features */

/* The names of the bits: Documentation/netlink/specs/netdev.yaml. */
extern const struct names xdp_feature_names, rx_metadata_names, xsk_feature_names;

/* Decodes a NETDEV_CMD_DEV_GET reply; what it lacks stays absent. Pure. 0 or -EBADMSG. */
MUST_CHECK int netdev_decode(const struct nlmsghdr *h, struct netdev *n) NONNULL(1, 2);

/* Asks about an interface of this thread's namespace. Returns 0 or -errno (-ENOENT before
 * Linux 6.3). */
MUST_CHECK int netdev_get(int ifindex, struct netdev *n) NONNULL(2);

/* Counts the queue of a NETDEV_CMD_QUEUE_GET reply. Pure. 0 or -EBADMSG. */
MUST_CHECK int netdev_queue_decode(const struct nlmsghdr *h, struct netdev_queues *q)
	NONNULL(1, 2);

/* As netdev_get for its queues (-EOPNOTSUPP before Linux 6.8). */
MUST_CHECK int netdev_get_queues(int ifindex, struct netdev_queues *q) NONNULL(2);

#endif
