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

int netdev_get(int ifindex, struct netdev *n)
{
	struct genl_family f;
	struct nl_conn nl;
	struct nl_msg *m;
	int err = nl_open(&nl, NETLINK_GENERIC);

	*n = (struct netdev){ 0 };
	if (err)
		return err;
	err = genl_resolve(&nl, "netdev", &f);
	if (!err) {
		m = genl_new(&f, NETDEV_DEV_GET, 0);
		err = -ENOMEM;
		if (m && !nla_put_u32(m, NETDEV_DEV_IFINDEX, (uint32_t)ifindex))
			err = nl_request(&nl, nlmsg_hdr(m), take, n, NULL);
		nlmsg_free(m);
	}
	nl_done(&nl);
	return err;
}
