/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "groups.h"

#include "units.h"

#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/rtnetlink.h>
#include <linux/xfrm.h>
#include <strings.h>

/* clang-format off */
#define GROUP(n) { .number = RTNLGRP_##n, .name = #n }
static const struct name route_groups[] = {
	GROUP(LINK), GROUP(NOTIFY), GROUP(NEIGH), GROUP(TC), GROUP(IPV4_IFADDR),
	GROUP(IPV4_MROUTE), GROUP(IPV4_ROUTE), GROUP(IPV4_RULE), GROUP(IPV6_IFADDR),
	GROUP(IPV6_MROUTE), GROUP(IPV6_ROUTE), GROUP(IPV6_IFINFO), GROUP(IPV6_PREFIX),
	GROUP(IPV6_RULE), GROUP(ND_USEROPT), GROUP(IPV4_NETCONF), GROUP(IPV6_NETCONF),
	GROUP(MDB), GROUP(NSID), GROUP(MPLS_ROUTE), GROUP(MPLS_NETCONF),
	GROUP(IPV4_MROUTE_R), GROUP(IPV6_MROUTE_R), GROUP(NEXTHOP), GROUP(BRVLAN),
	GROUP(TUNNEL), GROUP(STATS),
};
#undef GROUP
#define GROUP(n) { .number = NFNLGRP_##n, .name = #n }
static const struct name netfilter_groups[] = {
	GROUP(CONNTRACK_NEW), GROUP(CONNTRACK_UPDATE), GROUP(CONNTRACK_DESTROY),
	GROUP(CONNTRACK_EXP_NEW), GROUP(CONNTRACK_EXP_UPDATE),
	GROUP(CONNTRACK_EXP_DESTROY), GROUP(NFTABLES), GROUP(ACCT_QUOTA), GROUP(NFTRACE),
};
#undef GROUP
#define GROUP(n) { .number = XFRMNLGRP_##n, .name = #n }
static const struct name xfrm_groups[] = {
	GROUP(ACQUIRE), GROUP(EXPIRE), GROUP(SA), GROUP(POLICY), GROUP(AEVENTS),
	GROUP(REPORT), GROUP(MIGRATE), GROUP(MAPPING),
};
/* clang-format on */
static const struct names route_names = NAMES(route_groups);
static const struct names netfilter_names = NAMES(netfilter_groups);
static const struct names xfrm_names = NAMES(xfrm_groups);

static const struct names *names_of(int protocol)
{
	switch (protocol) {
	case NETLINK_ROUTE:
		return &route_names;
	case NETLINK_NETFILTER:
		return &netfilter_names;
	case NETLINK_XFRM:
		return &xfrm_names;
	default:
		return NULL;
	}
}

void group_add(struct group_ids *ids, uint32_t id)
{
	for (size_t i = 0; i < ids->n; i++)
		if (ids->v[i] == id)
			return;
	if (ids->n < COUNT(ids->v))
		ids->v[ids->n++] = id;
}

static bool same(const char *a, const char *b)
{
	for (; *a && *b; a++, b++)
		if ((*a == '_' ? '-' : *a | 0x20) != (*b == '_' ? '-' : *b | 0x20))
			return false;
	return !*a && !*b;
}

/* name NULL: all. */
static void from_specs(const struct target *t, const char *name, struct group_ids *ids)
{
	for (size_t i = 0; i < t->n; i++)
		for (size_t k = 0; k < t->schemas[i].ngroups; k++) {
			const struct group *g = &t->schemas[i].groups[k];

			if (g->has_id && (!name || same(g->name, name)))
				group_add(ids, g->id);
		}
}

/* The live family tells its groups; the spec of a family has only their names. */
static void from_family(const struct target *t, const char *name, struct group_ids *ids)
{
	const char *family = t->n ? t->schemas[0].name : t->word;
	const struct family *f = family_by_name(&t->language.families, family);
	struct nlattr *a[CTRL_ATTR_MCAST_GRP_MAX + 1];
	const struct nlattr *one;
	int left;

	if (!f)
		return;
	nla_for_each_attr(one, (const void *)f->groups.p, (int)f->groups.n, left) {
		struct bytes is;
		uint32_t id;

		if (nl_attrs(nla_data(one), (size_t)nla_len(one), a,
			     CTRL_ATTR_MCAST_GRP_MAX) ||
		    !nla_read_u32(a[CTRL_ATTR_MCAST_GRP_ID], &id))
			continue;
		is = nla_read_str(a[CTRL_ATTR_MCAST_GRP_NAME]);
		if (!name || (is.n == strlen(name) && !memcmp(is.p, name, is.n)))
			group_add(ids, id);
	}
}

int group_named(const struct target *t, const char *name, struct group_ids *ids)
{
	const struct names *names = names_of(t->language.protocol);
	const char *bare = strncasecmp(name, "rtnlgrp-", 8) ? name : name + 8;
	size_t before = ids->n;
	uint64_t number;

	if (!parse_u64(name, &number)) {
		if (number && number <= UINT32_MAX)
			group_add(ids, (uint32_t)number);
		return ids->n > before ? 0 : -ENOENT;
	}
	from_specs(t, name, ids);
	from_family(t, name, ids);
	for (size_t i = 0; names && i < names->n; i++)
		if (same(names->v[i].name, bare))
			group_add(ids, (uint32_t)names->v[i].number);
	return ids->n > before ? 0 : -ENOENT;
}

/* The type of the messages that a group of NETLINK_ROUTE has, 0 where they are others'.
 */
static uint16_t route_type(uint64_t group)
{
	static const uint16_t types[] = {
		[RTNLGRP_LINK] = RTM_NEWLINK,
		[RTNLGRP_NEIGH] = RTM_NEWNEIGH,
		[RTNLGRP_TC] = RTM_NEWQDISC,
		[RTNLGRP_IPV4_IFADDR] = RTM_NEWADDR,
		[RTNLGRP_IPV4_ROUTE] = RTM_NEWROUTE,
		[RTNLGRP_IPV4_RULE] = RTM_NEWRULE,
		[RTNLGRP_IPV6_IFADDR] = RTM_NEWADDR,
		[RTNLGRP_IPV6_ROUTE] = RTM_NEWROUTE,
		[RTNLGRP_IPV6_PREFIX] = RTM_NEWPREFIX,
		[RTNLGRP_IPV6_RULE] = RTM_NEWRULE,
		[RTNLGRP_ND_USEROPT] = RTM_NEWNDUSEROPT,
		[RTNLGRP_IPV4_NETCONF] = RTM_NEWNETCONF,
		[RTNLGRP_IPV6_NETCONF] = RTM_NEWNETCONF,
		[RTNLGRP_MDB] = RTM_NEWMDB,
		[RTNLGRP_NSID] = RTM_NEWNSID,
		[RTNLGRP_MPLS_ROUTE] = RTM_NEWROUTE,
		[RTNLGRP_NEXTHOP] = RTM_NEWNEXTHOP,
		[RTNLGRP_BRVLAN] = RTM_NEWVLAN,
		[RTNLGRP_TUNNEL] = RTM_NEWTUNNEL,
		[RTNLGRP_STATS] = RTM_NEWSTATS,
	};

	return group < COUNT(types) ? types[group] : 0;
}

/* The subsystem that is the high byte of the types of a group of NETLINK_NETFILTER. */
static uint8_t netfilter_subsystem(uint64_t group)
{
	switch (group) {
	case NFNLGRP_CONNTRACK_NEW:
	case NFNLGRP_CONNTRACK_UPDATE:
	case NFNLGRP_CONNTRACK_DESTROY:
		return NFNL_SUBSYS_CTNETLINK;
	case NFNLGRP_CONNTRACK_EXP_NEW:
	case NFNLGRP_CONNTRACK_EXP_UPDATE:
	case NFNLGRP_CONNTRACK_EXP_DESTROY:
		return NFNL_SUBSYS_CTNETLINK_EXP;
	case NFNLGRP_NFTABLES:
		return NFNL_SUBSYS_NFTABLES;
	default:
		return 0;
	}
}

/* Whether a spec speaks of what a group has. */
static bool speaks_of(const struct schema *s, uint64_t group)
{
	const uint8_t subsystem = netfilter_subsystem(group);

	if (s->protocol == NETLINK_ROUTE)
		return route_type(group) && schema_op(s, route_type(group), SIDE_EVENT);
	if (s->protocol != NETLINK_NETFILTER)
		return true;
	for (size_t i = 0; i < s->nops && subsystem; i++)
		if (s->ops[i].request >> 8 == subsystem)
			return true;
	return false;
}

/* Where a spec has no groups, those of the header that it speaks of; without one all. */
static void from_header(const struct target *t, const struct names *names,
			struct group_ids *ids)
{
	for (size_t i = 0; i < names->n; i++) {
		bool ours = !t->n;

		for (size_t k = 0; k < t->n; k++)
			ours |= speaks_of(&t->schemas[k], names->v[i].number);
		if (ours)
			group_add(ids, (uint32_t)names->v[i].number);
	}
}

void groups_all(const struct target *t, struct group_ids *ids)
{
	const struct names *names = names_of(t->language.protocol);

	from_specs(t, NULL, ids);
	from_family(t, NULL, ids);
	if (names && !ids->n)
		from_header(t, names, ids);
	for (uint32_t i = 1;
	     !names && t->language.protocol != NETLINK_GENERIC && i <= 32 && !t->n; i++)
		group_add(ids, i);
}
