/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netdev.h"

#include <errno.h>

/* Documentation/netlink/specs/netdev.yaml; Debian 12's headers are older than these. */
enum {
	NETDEV_DEV_GET = 1,
	NETDEV_DEV_IFINDEX = 1,
	NETDEV_DEV_XDP_FEATURES = 3,
	NETDEV_DEV_XDP_ZC_MAX_SEGS = 4,
	NETDEV_DEV_RX_METADATA = 5,
	NETDEV_DEV_XSK_FEATURES = 6,
	NETDEV_QUEUE_GET = 10,
	NETDEV_QUEUE_IFINDEX = 2,
	NETDEV_QUEUE_TYPE = 3, /* 0: receive, 1: send */
	NETDEV_QUEUE_XSK = 7,
};

static const struct name xdp_features[] = {
	{ 0, "basic" },       { 1, "redirect" },
	{ 2, "ndo-xmit" },    { XDP_FEATURE_ZEROCOPY, "xsk-zerocopy" },
	{ 4, "hw-offload" },  { 5, "rx-sg" },
	{ 6, "ndo-xmit-sg" },
};
const struct names xdp_feature_names = NAMES(xdp_features);

static const struct name rx_metadata[] = {
	{ 0, "timestamp" },
	{ 1, "hash" },
	{ 2, "vlan-tag" },
};
const struct names rx_metadata_names = NAMES(rx_metadata);

static const struct name xsk_features[] = {
	{ 0, "tx-timestamp" },
	{ 1, "tx-checksum" },
	{ 2, "tx-launch-time-fifo" },
};
const struct names xsk_feature_names = NAMES(xsk_features);

static struct opt_u64 maybe_u64(const struct nlattr *a)
{
	struct opt_u64 v = { 0 };

	v.has = nla_read_u64(a, &v.v);
	return v;
}

int netdev_decode(const struct nlmsghdr *h, struct netdev *n)
{
	struct nlattr *a[NETDEV_DEV_XSK_FEATURES + 1];
	uint32_t segs;

	*n = (struct netdev){ 0 };
	if (genl_attrs(h, 0, a, NETDEV_DEV_XSK_FEATURES))
		return -EBADMSG;
	n->xdp_features = maybe_u64(a[NETDEV_DEV_XDP_FEATURES]);
	n->rx_metadata = maybe_u64(a[NETDEV_DEV_RX_METADATA]);
	n->xsk_features = maybe_u64(a[NETDEV_DEV_XSK_FEATURES]);
	if (nla_read_u32(a[NETDEV_DEV_XDP_ZC_MAX_SEGS], &segs))
		n->zc_max_segs = some_u64(segs);
	return 0;
}

static int take(const struct nlmsghdr *h, void *arg)
{
	return netdev_decode(h, arg);
}

int netdev_queue_decode(const struct nlmsghdr *h, struct netdev_queues *q)
{
	struct nlattr *a[NETDEV_QUEUE_XSK + 1];
	uint32_t type;

	if (genl_attrs(h, 0, a, NETDEV_QUEUE_XSK) ||
	    !nla_read_u32(a[NETDEV_QUEUE_TYPE], &type))
		return -EBADMSG;
	q->rx += type == 0;
	q->tx += type == 1;
	q->xsk += type == 0 && a[NETDEV_QUEUE_XSK];
	return 0;
}

static int take_queue(const struct nlmsghdr *h, void *arg)
{
	return netdev_queue_decode(h, arg);
}

static void no_queues(void *arg)
{
	*(struct netdev_queues *)arg = (struct netdev_queues){ 0 };
}

static int ask(struct nl_conn *nl, const struct genl_family *f, int ifindex,
	       struct netdev *n)
{
	struct nl_msg *m = genl_new(f, NETDEV_DEV_GET, 0);
	int err = -ENOMEM;

	if (m && !nla_put_u32(m, NETDEV_DEV_IFINDEX, (uint32_t)ifindex))
		err = nl_request(nl, nlmsg_hdr(m), take, n, NULL);
	nlmsg_free(m);
	return err;
}

static int ask_queues(struct nl_conn *nl, const struct genl_family *f, int ifindex,
		      struct netdev_queues *q)
{
	struct nl_msg *m = genl_new(f, NETDEV_QUEUE_GET, NLM_F_DUMP);
	int err = -ENOMEM;

	if (m && !nla_put_u32(m, NETDEV_QUEUE_IFINDEX, (uint32_t)ifindex))
		err = nl_request_dump(nl, nlmsg_hdr(m), take_queue, no_queues, q, 5,
				      NULL);
	nlmsg_free(m);
	return err;
}

static int open_netdev(struct nl_conn *nl, struct genl_family *f)
{
	int err = nl_open(nl, NETLINK_GENERIC);

	if (err)
		return err;
	err = genl_resolve(nl, "netdev", f);
	if (err)
		nl_done(nl);
	return err;
}

int netdev_get(int ifindex, struct netdev *n)
{
	struct genl_family f;
	struct nl_conn nl;
	int err = open_netdev(&nl, &f);

	*n = (struct netdev){ 0 };
	if (err)
		return err;
	err = ask(&nl, &f, ifindex, n);
	nl_done(&nl);
	return err;
}

int netdev_get_queues(int ifindex, struct netdev_queues *q)
{
	struct genl_family f;
	struct nl_conn nl;
	int err = open_netdev(&nl, &f);

	*q = (struct netdev_queues){ 0 };
	if (err)
		return err;
	err = ask_queues(&nl, &f, ifindex, q);
	nl_done(&nl);
	return err;
}
