/* SPDX-License-Identifier: GPL-2.0-or-later */
/* query.h - asking the kernel about tasks, many at a time. */
#ifndef TASKSTAT_QUERY_H
#define TASKSTAT_QUERY_H

#include "decode.h"
#include "genl.h"

struct answers;

struct ask {
	uint32_t id;
	bool group;      /* the thread group of that id rather than the task */
	int err;         /* 0, -ESRCH: gone, or another -errno */
	struct kstats k; /* the answer */
};

struct query {
	struct nl_conn nl;
	struct genl_family family;
	struct rx *rx;           /* owned */
	struct answers *answers; /* for query_many, owned */
	size_t room;             /* for one answer, bytes */
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

/*
 * Questions that one thread asks and another takes the answers of, over a conversation
 * that is used for nothing else: query_open_like opens it, where another is open, and
 * query_rooms makes room for the answers to each of n batches, for the caller to free.
 * query_send asks about n tasks, at most QUERY_BATCH, numbered from seq; query_receive
 * then reads what has come, which is all n answers; query_next takes that of one, in
 * the order of asking, and returns false where there is none: what was dropped for lack
 * of room is to be asked by query_many.
 */
MUST_CHECK int query_open_like(struct query *q, const struct query *other) NONNULL(1, 2);
MUST_CHECK void *query_rooms(struct answers **each, size_t n) NONNULL(1);
MUST_CHECK int query_send(struct query *q, const uint32_t *ids, size_t n, uint32_t seq)
	NONNULL(1, 2);
MUST_CHECK int query_receive(struct query *q, struct answers *to, size_t n) NONNULL(1, 2);
MUST_CHECK bool query_next(struct answers *from, uint32_t seq, struct ask *a)
	NONNULL(1, 3);

#endif
