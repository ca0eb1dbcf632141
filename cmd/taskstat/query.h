/* SPDX-License-Identifier: GPL-2.0-or-later */
/* query.h - asking the kernel about tasks, many at a time. */
#ifndef TASKSTAT_QUERY_H
#define TASKSTAT_QUERY_H

#include "decode.h"
#include "genl.h"

struct ask {
	uint32_t id;
	bool group;      /* the thread group of that id rather than the task */
	int err;         /* 0, -ESRCH: gone, or another -errno */
	struct kstats k; /* the answer */
};

struct query {
	struct nl_conn nl;
	struct genl_family family;
	struct rx *rx; /* receive buffers, owned */
};

/* Asked about together: the answers to so many fit into the default receive buffer. */
#define QUERY_BATCH 64

/*
 * Opens a connection to the TASKSTATS family. Returns 0, -ENOENT where the kernel has
 * none (CONFIG_TASKSTATS), or -errno. query_close also after a failure.
 */
MUST_CHECK int query_open(struct query *q) NONNULL(1);
void query_close(struct query *q) NONNULL(1);

/*
 * Asks about n tasks; each one's answer or error goes to its ask. Returns 0, or -errno
 * where the conversation itself failed. Source: taskstats_user_cmd() of
 * kernel/taskstats.c.
 */
MUST_CHECK int query_many(struct query *q, struct ask *v, size_t n) NONNULL(1, 2);

#endif
