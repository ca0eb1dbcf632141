/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "silent.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/if.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>

enum {
	STATE = IFF_UP | IFF_RUNNING | IFF_LOWER_UP,
	RCVBUF = 4 << 20,
	LINKS = 1 << 20, /* remembered at most; of others any event is a cause */
	CALM_NS = 30000000,
	LATEST_NS = 1000000000,
	REST_MOST_NS = 2000000000,
	REST = 4, /* times as long as the look took, but it may have been stopped */
};

unsigned int silent_causes(uint32_t group)
{
	switch (group) {
	case RTNLGRP_LINK:
		return SILENT_SOME;
	case RTNLGRP_TC:
		return SILENT_LINK | SILENT_QDISC;
	case RTNLGRP_IPV4_ROUTE:
		return SILENT_LINK | SILENT_ADDR | SILENT_NEXTHOP;
	case RTNLGRP_IPV6_ROUTE:
	case RTNLGRP_MPLS_ROUTE:
		return SILENT_LINK | SILENT_NEXTHOP;
	case RTNLGRP_IPV4_RULE:
	case RTNLGRP_IPV6_RULE:
		return SILENT_LINK | SILENT_RULE;
	case RTNLGRP_NEXTHOP:
		return SILENT_LINK;
	default:
		return 0;
	}
}

/* The place of a link, or where it would be. */
static size_t place(const struct silent *s, uint32_t index)
{
	size_t low = 0, high = s->n;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (s->links[mid].index < index)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool make_room(struct silent *s)
{
	size_t room = s->room ? 2 * s->room : 64;
	void *p;

	if (s->n < s->room)
		return true;
	p = room <= LINKS ? realloc(s->links, room * sizeof(*s->links)) : NULL;
	if (!p)
		return false;
	s->links = p;
	s->room = room;
	return true;
}

/* More than there is room for are as good as all. Returns a cause. */
static int add_some(struct silent_some *some, uint32_t index)
{
	for (size_t i = 0; i < some->n; i++)
		if (some->v[i] == index)
			return SILENT_SOME;
	if (some->n < COUNT(some->v))
		some->v[some->n++] = index;
	return SILENT_SOME;
}

/* What is said of ports changes with their bridge, and with its other ports. */
static int add_ports(struct silent *s, uint32_t master)
{
	int causes = 0;

	for (size_t i = 0; i < s->n; i++)
		if (s->links[i].master == master)
			causes |= add_some(&s->some, s->links[i].index);
	return causes;
}

/* One more or less port. */
static int master_changed(struct silent *s, uint32_t was, uint32_t now)
{
	int causes = 0;

	if (was != now && was)
		causes |= add_some(&s->some, was) | add_ports(s, was);
	if (was != now && now)
		causes |= add_some(&s->some, now) | add_ports(s, now);
	return causes;
}

/* That the link is new, or its state or its name is, is a cause. */
static int link_changed(struct silent *s, struct silent_link now)
{
	size_t at = place(s, now.index), after = s->n - at;
	struct silent_link was;

	if (after && s->links[at].index == now.index) {
		was = s->links[at];
		s->links[at] = now;
		return master_changed(s, was.master, now.master) |
		       (was.state != now.state || was.name != now.name ? SILENT_LINK : 0);
	}
	if (make_room(s)) {
		memmove(s->links + at + 1, s->links + at, after * sizeof(*s->links));
		s->links[at] = now;
		s->n++;
	}
	return SILENT_LINK | master_changed(s, 0, now.master);
}

static int link_gone(struct silent *s, uint32_t index)
{
	size_t at = place(s, index);
	uint32_t master;

	if (at == s->n || s->links[at].index != index)
		return SILENT_LINK;
	master = s->links[at].master;
	s->n--;
	memmove(s->links + at, s->links + at + 1, (s->n - at) * sizeof(*s->links));
	return SILENT_LINK | master_changed(s, master, 0);
}

static uint32_t hash(struct bytes b)
{
	uint32_t h = 0x811c9dc5; /* FNV-1a */

	for (size_t i = 0; i < b.n; i++)
		h = (h ^ (uint8_t)b.p[i]) * 0x1000193;
	return h;
}

static int take_link(struct silent *s, const struct nlmsghdr *h)
{
	struct nlattr *a[IFLA_MASTER + 1];
	const struct ifinfomsg *i = nlmsg_data(h);
	struct silent_link now;
	uint32_t peer = 1;
	int causes;

	if (h->nlmsg_len < NLMSG_LENGTH(sizeof(*i)) ||
	    nl_msg_attrs(h, sizeof(*i), a, IFLA_MASTER))
		return 0;
	/* The state of a bridge's port has messages of its own, which say little else. */
	if (i->ifi_family == AF_BRIDGE && h->nlmsg_type == RTM_NEWLINK)
		return add_some(&s->some, (uint32_t)i->ifi_index);
	if (i->ifi_family != AF_UNSPEC)
		return 0;
	now = (struct silent_link){ .index = (uint32_t)i->ifi_index,
				    .state = i->ifi_flags & STATE,
				    .name = hash(nla_read_str(a[IFLA_IFNAME])) };
	if (h->nlmsg_type == RTM_DELLINK)
		return link_gone(s, now.index);
	nla_read_u32(a[IFLA_MASTER], &now.master);
	nla_read_u32(a[IFLA_LINK], &peer);
	causes = link_changed(s, now) | add_ports(s, now.index);
	return peer ? causes : causes | add_some(&s->some, now.index);
}

/* The name of the root's kind is the link's too, which is not told anew. */
static int take_qdisc(struct silent *s, const struct nlmsghdr *h)
{
	const struct tcmsg *t = nlmsg_data(h);

	if (h->nlmsg_len < NLMSG_LENGTH(sizeof(*t)))
		return 0;
	return (h->nlmsg_type == RTM_DELQDISC ? SILENT_QDISC : 0) |
	       (t->tcm_parent == TC_H_ROOT ? add_some(&s->some, (uint32_t)t->tcm_ifindex)
					   : 0);
}

/* That which a rule goes to comes and goes without a word about the rule. */
static int take_rule(struct silent *s, const struct nlmsghdr *h)
{
	const struct fib_rule_hdr *r = nlmsg_data(h);

	if (h->nlmsg_len >= NLMSG_LENGTH(sizeof(*r)) && r->action == FR_ACT_GOTO)
		s->gotos = true;
	return s->gotos ? SILENT_RULE : 0;
}

static int cause_of(struct silent *s, const struct nlmsghdr *h)
{
	switch (h->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		return take_link(s, h);
	case RTM_DELADDR:
		return SILENT_ADDR;
	case RTM_NEWQDISC:
	case RTM_DELQDISC:
		return take_qdisc(s, h);
	case RTM_NEWRULE:
	case RTM_DELRULE:
		return take_rule(s, h);
	case RTM_NEWNEXTHOP:
	case RTM_DELNEXTHOP:
		return SILENT_NEXTHOP;
	default:
		return 0;
	}
}

static int remember(const struct nlmsghdr *h, void *arg)
{
	(void)cause_of(arg, h);
	return 0;
}

/* A request for all links or rules, or the link of that index. Returns 0 or -errno. */
static int ask_for(uint16_t type, int index, nl_handler *take, void *arg)
{
	struct {
		struct nlmsghdr h;
		struct ifinfomsg i;
	} req = { .h = { .nlmsg_len = type == RTM_GETRULE
					      ? NLMSG_LENGTH(sizeof(struct fib_rule_hdr))
					      : sizeof(req),
			 .nlmsg_type = type },
		  .i = { .ifi_index = index } };
	struct nl_conn c;
	int err = nl_open(&c, NETLINK_ROUTE);

	if (err)
		return err;
	err = index ? nl_request(&c, &req.h, take, arg, NULL)
		    : nl_request_dump(&c, &req.h, take, NULL, arg, 1, NULL);
	nl_done(&c);
	return err;
}

int silent_open(struct silent *s, unsigned int causes)
{
	static const struct {
		unsigned int cause;
		int group;
	} groups[] = {
		{ SILENT_LINK | SILENT_SOME, RTNLGRP_LINK },
		{ SILENT_ADDR, RTNLGRP_IPV4_IFADDR },
		{ SILENT_NEXTHOP, RTNLGRP_NEXTHOP },
		{ SILENT_QDISC | SILENT_SOME, RTNLGRP_TC },
		{ SILENT_RULE, RTNLGRP_IPV4_RULE },
		{ SILENT_RULE, RTNLGRP_IPV6_RULE },
	};
	int err = nl_open(&s->ear.conn, NETLINK_ROUTE);

	s->ear.protocol = NETLINK_ROUTE;
	s->open = !err;
	if (err)
		return err;
	(void)nl_set_rcvbuf(&s->ear.conn, RCVBUF);
	/* A kernel that lacks a group lacks what it would tell of. */
	for (size_t i = 0; i < COUNT(groups); i++)
		if (causes & groups[i].cause)
			(void)nl_option(&s->ear.conn, NETLINK_ADD_MEMBERSHIP,
					groups[i].group);
	err = ask_for(RTM_GETLINK, 0, remember, s);
	if (causes & SILENT_RULE && (!err || err == -EINTR))
		(void)!ask_for(RTM_GETRULE, 0, remember, s);
	return err == -EINTR ? 0 : err;
}

int silent_look(struct silent *s)
{
	struct heard heard;
	int causes = 0, r;

	s->some.n = 0;
	while ((r = ear_hear(&s->ear, &heard)) != 0) {
		const struct nlmsghdr *h = nl_msg_at(heard.data.p, heard.data.n);
		size_t left = heard.data.n;

		if (r == -ENOBUFS || r == -EMSGSIZE) {
			causes |= SILENT_LINK | SILENT_ADDR | SILENT_NEXTHOP |
				  SILENT_SOME | SILENT_QDISC | SILENT_RULE;
			s->some.n = COUNT(s->some.v);
			s->n = 0; /* what is remembered may be wrong */
			(void)!ask_for(RTM_GETLINK, 0, remember, s);
		} else if (r < 0) {
			return r;
		}
		for (; h; h = nl_msg_next(h, &left))
			causes |= cause_of(s, h);
	}
	return causes;
}

void silent_close(struct silent *s)
{
	if (s->open)
		nl_done(&s->ear.conn);
	s->open = false;
	free(s->links);
}

void silent_caused(struct silent_due *d, const struct silent *s, unsigned int causes,
		   uint64_t now)
{
	if (!d->first_ns)
		d->first_ns = now;
	d->at_ns = MIN(now + CALM_NS, d->first_ns + LATEST_NS);
	d->at_ns = MAX(d->at_ns, d->rest_ns);
	for (size_t i = 0; causes & SILENT_SOME && i < s->some.n; i++)
		(void)add_some(&d->some, s->some.v[i]);
	d->all |= causes & ~SILENT_SOME || d->some.n == COUNT(d->some.v);
}

void silent_looked(struct silent_due *d, uint64_t start, uint64_t now)
{
	*d = (struct silent_due){ .rest_ns = now + MIN(REST * (now - start),
						       (uint64_t)REST_MOST_NS) };
}

void silent_get(uint32_t index, nl_handler *take, void *arg)
{
	(void)!ask_for(RTM_GETLINK, (int)index, take, arg);
}

void silent_settle(void)
{
	(void)!ask_for(RTM_GETLINK, 1, NULL, NULL);
}
