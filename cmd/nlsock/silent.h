/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * silent.h - state of NETLINK_ROUTE that changes without an event. IPv4 routes go with
 * their link or its last address, routes with their next hop, next hops with their link;
 * marks of links without carrier come and go with it, those of rules with the link that
 * they name (net/ipv4/fib_frontend.c, net/ipv4/nexthop.c, net/core/fib_rules.c). The
 * first of a pair of links is told of before it has the other (drivers/net/veth.c),
 * what is said of a bridge and its ports follows the others of them (net/bridge/br_if.c),
 * the name of a link's qdisc goes with that (net/sched/sch_api.c), rules learn whether
 * that which they go to is there. All that can be done is to see the cause, and to look
 * anew.
 */
#ifndef NLSOCK_SILENT_H
#define NLSOCK_SILENT_H

#include "ear.h"

enum {
	SILENT_LINK = 1,
	SILENT_ADDR = 2,
	SILENT_NEXTHOP = 4,
	SILENT_QDISC = 16,
	SILENT_SOME = 8, /* of the links in some, one by one */
	SILENT_RULE = 32,
};

/* What is known of a link, to tell which events of it are causes. */
struct silent_link {
	uint32_t index, state, name, master;
};

/* Indexes of links to be looked at one by one. */
struct silent_some {
	uint32_t v[64];
	size_t n;
};

struct silent {
	struct ear ear;
	bool open;
	struct silent_link *links; /* by index; owned */
	size_t n, room;
	struct silent_some some; /* of the last look */
	bool gotos;              /* there may be rules that go to others */
};

/* When to look anew: not at each of many causes, and not all the time. */
struct silent_due {
	uint64_t first_ns; /* the first cause that was not looked after, 0 none */
	uint64_t at_ns, rest_ns;
	bool all; /* not only some links */
	struct silent_some some;
};

/* What may change that which a group of NETLINK_ROUTE tells, without being told there. */
unsigned int silent_causes(uint32_t group);

/* Hears of causes from now on. Returns 0 or -errno; s is to be closed in any case. */
MUST_CHECK int silent_open(struct silent *s, unsigned int causes) NONNULL(1);
/* Takes what there is. Returns a mask of causes, 0 for none, or -errno. */
MUST_CHECK int silent_look(struct silent *s) NONNULL(1);
void silent_close(struct silent *s) NONNULL(1);

/* Monotonic times in ns. Causes came; all was looked at, which began at start. */
void silent_caused(struct silent_due *d, const struct silent *s, unsigned int causes,
		   uint64_t now) NONNULL(1, 2);
void silent_looked(struct silent_due *d, uint64_t start, uint64_t now) NONNULL(1);

/* Hands the present state of one link, if it is there, to take. */
void silent_get(uint32_t index, nl_handler *take, void *arg) NONNULL(2);

/*
 * Waits until the kernel is through with what it is changing: messages of removal are
 * sent a moment before it (fib_table_delete, __dev_close_many), under the lock that
 * RTM_GETLINK of one link takes.
 */
void silent_settle(void);

#endif
