/* SPDX-License-Identifier: GPL-2.0-or-later */
/* NETLINK_ROUTE: messages and their fixed headers (rtnetlink(7), linux/rtnetlink.h). */
#include "spec.h"

#include <linux/dcbnl.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_addrlabel.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/netconf.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>

/* clang-format off */
static const struct member link_members[] = {
	MEMBER(ifinfomsg, ifi_family), MEMBER(ifinfomsg, ifi_type),
	MEMBER(ifinfomsg, ifi_index), MEMBER(ifinfomsg, ifi_flags),
	MEMBER(ifinfomsg, ifi_change),
};
static const struct header link = HEADER(ifinfomsg, MEMBERS(link_members));

static const struct member addr_members[] = {
	MEMBER(ifaddrmsg, ifa_family), MEMBER(ifaddrmsg, ifa_prefixlen),
	MEMBER(ifaddrmsg, ifa_flags), MEMBER(ifaddrmsg, ifa_scope),
	MEMBER(ifaddrmsg, ifa_index),
};
static const struct header addr = HEADER(ifaddrmsg, MEMBERS(addr_members));

static const struct member route_members[] = {
	MEMBER(rtmsg, rtm_family), MEMBER(rtmsg, rtm_dst_len), MEMBER(rtmsg, rtm_src_len),
	MEMBER(rtmsg, rtm_tos), MEMBER(rtmsg, rtm_table), MEMBER(rtmsg, rtm_protocol),
	MEMBER(rtmsg, rtm_scope), MEMBER(rtmsg, rtm_type), MEMBER(rtmsg, rtm_flags),
};
static const struct header route = HEADER(rtmsg, MEMBERS(route_members));

static const struct member neigh_members[] = {
	MEMBER(ndmsg, ndm_family), MEMBER(ndmsg, ndm_ifindex), MEMBER(ndmsg, ndm_state),
	MEMBER(ndmsg, ndm_flags), MEMBER(ndmsg, ndm_type),
};
static const struct header neigh = HEADER(ndmsg, MEMBERS(neigh_members));

static const struct member rule_members[] = {
	MEMBER(fib_rule_hdr, family), MEMBER(fib_rule_hdr, dst_len),
	MEMBER(fib_rule_hdr, src_len), MEMBER(fib_rule_hdr, tos),
	MEMBER(fib_rule_hdr, table), MEMBER(fib_rule_hdr, action),
	MEMBER(fib_rule_hdr, flags),
};
static const struct header rule = HEADER(fib_rule_hdr, MEMBERS(rule_members));

static const struct member tc_members[] = {
	MEMBER(tcmsg, tcm_family), MEMBER(tcmsg, tcm_ifindex), MEMBER(tcmsg, tcm_handle),
	MEMBER(tcmsg, tcm_parent), MEMBER(tcmsg, tcm_info),
};
static const struct header tc = HEADER(tcmsg, MEMBERS(tc_members));

static const struct member action_members[] = { MEMBER(tcamsg, tca_family) };
static const struct header action = HEADER(tcamsg, MEMBERS(action_members));

static const struct member prefix_members[] = {
	MEMBER(prefixmsg, prefix_family), MEMBER(prefixmsg, prefix_ifindex),
	MEMBER(prefixmsg, prefix_type), MEMBER(prefixmsg, prefix_len),
	MEMBER(prefixmsg, prefix_flags),
};
static const struct header prefix = HEADER(prefixmsg, MEMBERS(prefix_members));

static const struct member neightbl_members[] = { MEMBER(ndtmsg, ndtm_family) };
static const struct header neightbl = HEADER(ndtmsg, MEMBERS(neightbl_members));

static const struct member label_members[] = {
	MEMBER(ifaddrlblmsg, ifal_family), MEMBER(ifaddrlblmsg, ifal_prefixlen),
	MEMBER(ifaddrlblmsg, ifal_flags), MEMBER(ifaddrlblmsg, ifal_index),
	MEMBER(ifaddrlblmsg, ifal_seq),
};
static const struct header label = HEADER(ifaddrlblmsg, MEMBERS(label_members));

static const struct member dcb_members[] = {
	MEMBER(dcbmsg, dcb_family), MEMBER(dcbmsg, cmd),
};
static const struct header dcb = HEADER(dcbmsg, MEMBERS(dcb_members));

static const struct member netconf_members[] = { MEMBER(netconfmsg, ncm_family) };
static const struct header netconf = HEADER(netconfmsg, MEMBERS(netconf_members));

static const struct member mdb_members[] = {
	MEMBER(br_port_msg, family), MEMBER(br_port_msg, ifindex),
};
static const struct header mdb = HEADER(br_port_msg, MEMBERS(mdb_members));

static const struct member gen_members[] = { MEMBER(rtgenmsg, rtgen_family) };
static const struct header gen = HEADER(rtgenmsg, MEMBERS(gen_members));

static const struct member stats_members[] = {
	MEMBER(if_stats_msg, family), MEMBER(if_stats_msg, ifindex),
	MEMBER(if_stats_msg, filter_mask),
};
static const struct header stats = HEADER(if_stats_msg, MEMBERS(stats_members));

static const struct member nexthop_members[] = {
	MEMBER(nhmsg, nh_family), MEMBER(nhmsg, nh_scope), MEMBER(nhmsg, nh_protocol),
	MEMBER(nhmsg, nh_flags),
};
static const struct header nexthop = HEADER(nhmsg, MEMBERS(nexthop_members));

static const struct member vlan_members[] = {
	MEMBER(br_vlan_msg, family), MEMBER(br_vlan_msg, ifindex),
};
static const struct header vlan = HEADER(br_vlan_msg, MEMBERS(vlan_members));

static const struct member tunnel_members[] = {
	MEMBER(tunnel_msg, family), MEMBER(tunnel_msg, flags), MEMBER(tunnel_msg, ifindex),
};
static const struct header tunnel = HEADER(tunnel_msg, MEMBERS(tunnel_members));

#define THREE(name, h) \
	MESSAGE(RTM_NEW##name, h), MESSAGE(RTM_DEL##name, h), MESSAGE(RTM_GET##name, h)

static const struct message messages[] = {
	THREE(LINK, &link), MESSAGE(RTM_SETLINK, &link), THREE(ADDR, &addr),
	THREE(ROUTE, &route), THREE(NEIGH, &neigh), THREE(RULE, &rule),
	THREE(QDISC, &tc), THREE(TCLASS, &tc), THREE(TFILTER, &tc), THREE(CHAIN, &tc),
	THREE(ACTION, &action), MESSAGE(RTM_NEWPREFIX, &prefix),
	MESSAGE(RTM_GETMULTICAST, &addr), MESSAGE(RTM_GETANYCAST, &addr),
	MESSAGE(RTM_NEWNEIGHTBL, &neightbl), MESSAGE(RTM_GETNEIGHTBL, &neightbl),
	MESSAGE(RTM_SETNEIGHTBL, &neightbl), MESSAGE(RTM_NEWNDUSEROPT, NULL),
	THREE(ADDRLABEL, &label), MESSAGE(RTM_GETDCB, &dcb), MESSAGE(RTM_SETDCB, &dcb),
	THREE(NETCONF, &netconf), THREE(MDB, &mdb), THREE(NSID, &gen),
	MESSAGE(RTM_NEWSTATS, &stats), MESSAGE(RTM_GETSTATS, &stats),
	MESSAGE(RTM_SETSTATS, &stats), MESSAGE(RTM_NEWCACHEREPORT, &gen),
	THREE(NEXTHOP, &nexthop), THREE(LINKPROP, &link), THREE(VLAN, &vlan),
	THREE(NEXTHOPBUCKET, &nexthop), THREE(TUNNEL, &tunnel),
};
/* clang-format on */
const struct messages route_messages = { messages, COUNT(messages) };
