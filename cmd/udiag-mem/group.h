/* SPDX-License-Identifier: GPL-2.0-or-later */
/* group.h - sums over sockets that have something in common. */
#ifndef UDIAG_MEM_GROUP_H
#define UDIAG_MEM_GROUP_H

#include "rows.h"

struct group {
	struct bytes group, comm, name; /* all the same key, for the records' sakes */
	uint64_t sockets, alloc_bytes, held_bytes, unread_bytes;
	uint64_t stalled, full, waiting;
	uint64_t queue_depth, queue_limit;
	struct opt_i64 change_bytes;
	struct opt_u64 time, sample;
	uint32_t key_at; /* of the key in its groups' keys */
	uint32_t next;
};

extern const struct record group_record;
extern const struct record comm_record, listener_record; /* metrics */

/* The words that --group takes. */
extern const char *const group_words[];

/* Zeroed is empty. */
struct groups {
	struct group *v;
	size_t n, cap;
	struct buf keys;
	uint32_t *bucket;
};

/* The group of a key, made if it is new and `make`. NULL: none, or no memory (err set).
 */
struct group *groups_at(struct groups *g, struct bytes key, bool make, int *err)
	NONNULL(1, 4);
void group_add(struct group *g, const struct sock *s) NONNULL(1, 2);

/* Fills in the keys: they don't move any more. */
void groups_finish(struct groups *g) NONNULL(1);
void groups_free(struct groups *g) NONNULL(1);

/* Sums by options.group into the sink. Returns 0 or -errno. */
MUST_CHECK int groups_print(struct rows *r) NONNULL(1);

/* Sums by comm and by listener's name, as metrics. Returns 0 or -errno. */
MUST_CHECK int metrics_print(struct rows *r) NONNULL(1);

#endif
