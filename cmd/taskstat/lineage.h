/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lineage.h - which of the processes that end are somebody's descendants. Pure. */
#ifndef TASKSTAT_LINEAGE_H
#define TASKSTAT_LINEAGE_H

#include "proc.h"
#include "sum.h"

/*
 * The kernel tells of a child's end before its parent's, and each names its parent: so
 * sums wait with the parent until it ends, and go on to its own, up to the root. Orphans
 * come to the root at once where it is their subreaper.
 */
struct lineage {
	enum sum_by by;
	uint32_t root;
	struct ids
		others; /* alive before the root's first child: no descendants. Owned */
	struct node **buckets; /* owned */
	struct node **recent;  /* owned: ring of those that have ended */
	size_t next;
};

/* others is taken over; its ids are in ascending order. Returns 0 or -ENOMEM. */
MUST_CHECK int lineage_begin(struct lineage *l, enum sum_by by, uint32_t root,
			     struct ids *others) NONNULL(1, 4);

/*
 * Takes a process that ended between since_ns and now_ns: when exactly is not told, so a
 * child counts as its parent's where it may have been born before the parent's end.
 * Returns 0 or -ENOMEM.
 */
MUST_CHECK int lineage_take(struct lineage *l, const struct task *t, uint64_t since_ns,
			    uint64_t now_ns) NONNULL(1, 2);

/*
 * Moves what waits with living processes to the root where they are descendants of it;
 * parent tells a living process's parent, 0 where it has none. Returns 0 or -ENOMEM.
 */
MUST_CHECK int lineage_settle(struct lineage *l, uint32_t (*parent)(uint32_t pid))
	NONNULL(1, 2);

/* The descendants that have ended, NULL for none. */
const struct sums *lineage_sums(struct lineage *l) NONNULL(1);
void lineage_end(struct lineage *l) NONNULL(1);

#endif
