/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "link.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

struct search {
	uint32_t ifindex;
	bool found;
};

/* A route with several next hops has them in RTA_MULTIPATH (rtnetlink(7)). */
static bool by_next_hop(const struct nlattr *a, uint32_t ifindex)
{
	struct bytes b = nla_read_bytes(a);
	struct rtnexthop hop;

	while (b.n >= sizeof(hop)) {
		memcpy(&hop, b.p, sizeof(hop));
		if ((uint32_t)hop.rtnh_ifindex == ifindex)
			return true;
		if (hop.rtnh_len < sizeof(hop) || (size_t)RTNH_ALIGN(hop.rtnh_len) > b.n)
			break;
		b.p += RTNH_ALIGN(hop.rtnh_len);
		b.n -= (size_t)RTNH_ALIGN(hop.rtnh_len);
	}
	return false;
}

static int look(const struct nlmsghdr *h, void *arg)
{
	struct nlattr *a[RTA_MAX + 1];
	struct search *s = arg;
	struct rtmsg r;
	uint32_t oif = 0;

	if (h->nlmsg_type != RTM_NEWROUTE || nl_msg_attrs(h, sizeof(r), a, RTA_MAX))
		return -EBADMSG;
	memcpy(&r, nlmsg_data(h), sizeof(r));
	if (r.rtm_dst_len || r.rtm_type != RTN_UNICAST)
		return 0;
	nla_read_u32(a[RTA_OIF], &oif);
	if (oif == s->ifindex || by_next_hop(a[RTA_MULTIPATH], s->ifindex))
		s->found = true;
	return 0;
}

int link_has_default_route(struct nl_conn *nl, int ifindex, bool *has)
{
	static const uint8_t families[] = { AF_INET, AF_INET6 };
	struct search s = { .ifindex = (uint32_t)ifindex };
	int err = 0;

	for (size_t i = 0; i < COUNT(families) && !err; i++) {
		struct rtmsg r = { .rtm_family = families[i] };
		struct nl_msg *m = nlmsg_alloc_simple(RTM_GETROUTE, NLM_F_DUMP);

		err = -ENOMEM;
		if (m && nlmsg_append(m, &r, sizeof(r), NLMSG_ALIGNTO) >= 0)
			err = nl_request_dump(nl, nlmsg_hdr(m), look, NULL, &s, 1, NULL);
		nlmsg_free(m);
		if (err == -EOPNOTSUPP ||
		    err == -EAFNOSUPPORT) /* a kernel without IPv6 */
			err = 0;
	}
	*has = s.found;
	return err == -EINTR ? 0
			     : err; /* routes changed meanwhile: what was seen counts */
}
