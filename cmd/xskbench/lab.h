/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lab.h - a private network: two namespaces without a name and a veth pair across them.
 */
#ifndef XSKBENCH_LAB_H
#define XSKBENCH_LAB_H

#include "diag.h"
#include "link.h"

/*
 * One end. The namespace has no name and no process lives in it: file descriptors of
 * ours alone hold it, so that it is gone, with its links, whenever we are.
 */
struct lab_end {
	char name[IFNAMSIZ];
	int ns;
	bool here; /* where all threads are anyway: an interface that was there before */
	struct nl_conn nl; /* rtnetlink in that namespace */
	struct link link;  /* as it was when the lab was ready */
};

struct lab {
	int home; /* the namespace we came from */
	struct lab_end tx, rx;
	char driver[DRIVER_NAME]; /* of its links, "" where it is not told */
	bool sends;
};

struct lab_config {
	uint32_t mtu, queues;
	bool ifb;           /* one ifb, the end tx, instead of a veth pair */
	const char *ifname; /* an interface of this namespace for both ends, instead */
	bool force;         /* even if it has the default route */
	bool sends;         /* by that interface: it needs a carrier */
};

/*
 * Builds the lab, its links up. Returns 0, or STATUS_FAILED after saying what was
 * refused; nothing is left then. The thread is back where it was.
 */
MUST_CHECK int lab_open(struct lab *lab, const struct lab_config *c, const struct diag *d)
	NONNULL(1, 2, 3);
void lab_close(struct lab *lab) NONNULL(1);

/* Moves this thread to an end, unless it is there anyway, so that sockets and XDP links
 * are made there, and back. */
MUST_CHECK int lab_enter(const struct lab_end *end, const struct diag *d) NONNULL(1, 2);
MUST_CHECK int lab_leave(const struct lab *lab, const struct diag *d) NONNULL(1, 2);

/* Whether an interface that was there before is as it was: 0, -ENODEV where it is gone,
 * -ENETDOWN where it is down, -ENOLINK where it sends and has no carrier, or another
 * -errno. */
MUST_CHECK int lab_check(struct lab *lab) NONNULL(1);

/* The kernel's counters of an end since the lab was ready, none for an end that is not
 * there. Returns 0 or -errno. */
MUST_CHECK int lab_stats(struct lab_end *end, struct rtnl_link_stats64 *s) NONNULL(1, 2);

#endif
