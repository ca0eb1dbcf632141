/* SPDX-License-Identifier: GPL-2.0-or-later */
/* groups.h - which multicast groups of a target are meant. */
#ifndef NLSOCK_GROUPS_H
#define NLSOCK_GROUPS_H

#include "target.h"

struct group_ids {
	uint32_t v[256];
	size_t n;
};

void group_add(struct group_ids *ids, uint32_t id) NONNULL(1);

/*
 * The group called name (or so numbered) of a target: of its specs, of the protocol by
 * the names of linux/rtnetlink.h and its like, of the live family. Returns 0 or -ENOENT.
 */
MUST_CHECK int group_named(const struct target *t, const char *name,
			   struct group_ids *ids) NONNULL(1, 2, 3);

/* All that are known to be of the target; without any knowledge the first 32. */
void groups_all(const struct target *t, struct group_ids *ids) NONNULL(1, 2);

#endif
