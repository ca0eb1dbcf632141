/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "link.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <linux/veth.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static struct nl_msg *link_msg(int type, int flags, const struct ifinfomsg *info)
{
	struct nl_msg *m = nlmsg_alloc_simple(type, flags);

	if (m &&
	    nlmsg_append(m, (void *)(uintptr_t)info, sizeof(*info), NLMSG_ALIGNTO) < 0) {
		nlmsg_free(m);
		return NULL;
	}
	return m;
}

/* Sends m unless building it failed, and frees it. */
static int link_send(struct nl_conn *nl, struct nl_msg *m, bool built,
		     nl_handler *handler, void *arg, struct nl_ack *ack)
{
	int err = -ENOMEM;

	if (built)
		err = nl_request(nl, nlmsg_hdr(m), handler, arg, ack);
	nlmsg_free(m);
	return err;
}

static void link_kind(const struct nlattr *info, struct link *l)
{
	struct nlattr *a[IFLA_INFO_MAX + 1];
	struct bytes kind;

	if (nl_attrs(nla_data(info), (size_t)nla_len(info), a, IFLA_INFO_MAX))
		return;
	kind = nla_read_str(a[IFLA_INFO_KIND]);
	if (kind.p)
		memcpy(l->kind, kind.p, MIN(kind.n, sizeof(l->kind) - 1));
}

static void link_xdp(const struct nlattr *xdp, struct link *l)
{
	struct nlattr *a[IFLA_XDP_MAX + 1];

	if (nl_attrs(nla_data(xdp), (size_t)nla_len(xdp), a, IFLA_XDP_MAX))
		return;
	nla_read_u8(a[IFLA_XDP_ATTACHED], &l->xdp_attached);
	nla_read_u32(a[IFLA_XDP_PROG_ID], &l->xdp_prog);
}

int link_decode(const struct nlmsghdr *h, struct link *l)
{
	struct nlattr *a[IFLA_MAX + 1];
	uint8_t carrier = 0;
	struct bytes b;

	*l = (struct link){ 0 };
	if (h->nlmsg_type != RTM_NEWLINK ||
	    nl_msg_attrs(h, sizeof(struct ifinfomsg), a, IFLA_MAX))
		return -EBADMSG;
	l->ifindex = ((const struct ifinfomsg *)nlmsg_data(h))->ifi_index;
	l->up = ((const struct ifinfomsg *)nlmsg_data(h))->ifi_flags & IFF_UP;
	nla_read_u8(a[IFLA_CARRIER], &carrier);
	l->carrier = carrier;
	nla_read_u32(a[IFLA_MTU], &l->mtu);
	nla_read_u32(a[IFLA_MAX_MTU], &l->max_mtu);
	nla_read_u32(a[IFLA_NUM_RX_QUEUES], &l->rx_queues);
	nla_read_u32(a[IFLA_NUM_TX_QUEUES], &l->tx_queues);
	if (a[IFLA_XDP])
		link_xdp(a[IFLA_XDP], l);
	b = nla_read_bytes(a[IFLA_ADDRESS]);
	if (b.n == sizeof(l->mac))
		memcpy(l->mac, b.p, sizeof(l->mac));
	b = nla_read_bytes(a[IFLA_STATS64]); /* grows with the kernel */
	if (b.p)
		memcpy(&l->stats, b.p, MIN(b.n, sizeof(l->stats)));
	if (a[IFLA_LINKINFO])
		link_kind(a[IFLA_LINKINFO], l);
	return 0;
}

static int take_link(const struct nlmsghdr *h, void *arg)
{
	return link_decode(h, arg);
}

int link_get(struct nl_conn *nl, const char *name, struct link *l)
{
	const struct ifinfomsg info = { .ifi_family = AF_UNSPEC };
	struct nl_msg *m = link_msg(RTM_GETLINK, 0, &info);

	return link_send(nl, m, m && !nla_put_string(m, IFLA_IFNAME, name), take_link, l,
			 NULL);
}

int link_get_index(struct nl_conn *nl, int ifindex, struct link *l)
{
	const struct ifinfomsg info = { .ifi_family = AF_UNSPEC, .ifi_index = ifindex };
	struct nl_msg *m = link_msg(RTM_GETLINK, 0, &info);

	return link_send(nl, m, m != NULL, take_link, l, NULL);
}

int link_driver(const char *name, char s[DRIVER_NAME])
{
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };
	struct ifreq request = { .ifr_data = (void *)&info };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), err = 0;

	if (fd < 0)
		return -errno;
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	if (ioctl(fd, SIOCETHTOOL, &request))
		err = -errno;
	close(fd);
	snprintf(s, DRIVER_NAME, "%.*s", (int)sizeof(info.driver) - 1, info.driver);
	return err;
}

static bool put_end(struct nl_msg *m, const char *name, uint32_t mtu, uint32_t queues)
{
	return !nla_put_string(m, IFLA_IFNAME, name) && !nla_put_u32(m, IFLA_MTU, mtu) &&
	       !nla_put_u32(m, IFLA_NUM_TX_QUEUES, queues) &&
	       !nla_put_u32(m, IFLA_NUM_RX_QUEUES, queues);
}

/* IFLA_INFO_DATA of a veth is one attribute: the peer's own ifinfomsg and attributes. */
static bool put_peer(struct nl_msg *m, const char *name, int ns, uint32_t mtu,
		     uint32_t queues)
{
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC };
	struct nlattr *data, *peer;

	data = nla_nest_start(m, IFLA_INFO_DATA);
	peer = data ? nla_nest_start(m, VETH_INFO_PEER) : NULL;
	if (!peer || nlmsg_append(m, &info, sizeof(info), NLMSG_ALIGNTO) < 0 ||
	    !put_end(m, name, mtu, queues) ||
	    nla_put_u32(m, IFLA_NET_NS_FD, (uint32_t)ns))
		return false;
	nla_nest_end(m, peer);
	nla_nest_end(m, data);
	return true;
}

int link_add_veth(struct nl_conn *nl, const char *name, const char *peer, int peer_ns,
		  uint32_t mtu, uint32_t queues, struct nl_ack *ack)
{
	const struct ifinfomsg info = { .ifi_family = AF_UNSPEC };
	struct nl_msg *m = link_msg(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &info);
	struct nlattr *kind = NULL;
	bool built = false;

	if (m && put_end(m, name, mtu, queues))
		kind = nla_nest_start(m, IFLA_LINKINFO);
	if (kind && !nla_put_string(m, IFLA_INFO_KIND, "veth") &&
	    put_peer(m, peer, peer_ns, mtu, queues)) {
		nla_nest_end(m, kind);
		built = true;
	}
	return link_send(nl, m, built, NULL, NULL, ack);
}

int link_add_ifb(struct nl_conn *nl, const char *name, uint32_t mtu, uint32_t queues,
		 struct nl_ack *ack)
{
	const struct ifinfomsg info = { .ifi_family = AF_UNSPEC };
	struct nl_msg *m = link_msg(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &info);
	struct nlattr *kind = NULL;
	bool built = false;

	if (m && put_end(m, name, mtu, queues))
		kind = nla_nest_start(m, IFLA_LINKINFO);
	if (kind && !nla_put_string(m, IFLA_INFO_KIND, "ifb")) {
		nla_nest_end(m, kind);
		built = true;
	}
	return link_send(nl, m, built, NULL, NULL, ack);
}

static bool put_no_ipv6_address(struct nl_msg *m)
{
	struct nlattr *spec = nla_nest_start(m, IFLA_AF_SPEC);
	struct nlattr *inet6 = spec ? nla_nest_start(m, AF_INET6) : NULL;

	if (!inet6 || nla_put_u8(m, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE))
		return false;
	nla_nest_end(m, inet6);
	nla_nest_end(m, spec);
	return true;
}

int link_up(struct nl_conn *nl, int ifindex, struct nl_ack *ack)
{
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC, .ifi_index = ifindex };
	struct nl_msg *m = link_msg(RTM_NEWLINK, 0, &info);
	int err = link_send(nl, m, m && put_no_ipv6_address(m), NULL, NULL, ack);

	/* Without IPv6 in the kernel there is nothing to silence. */
	if (err && err != -EAFNOSUPPORT && err != -EOPNOTSUPP)
		return err;
	info.ifi_flags = info.ifi_change = IFF_UP;
	m = link_msg(RTM_NEWLINK, 0, &info);
	return link_send(nl, m, m != NULL, NULL, NULL, ack);
}
