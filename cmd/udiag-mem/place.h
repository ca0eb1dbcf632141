/* SPDX-License-Identifier: GPL-2.0-or-later */
/* place.h - the network namespaces that are looked at. */
#ifndef UDIAG_MEM_PLACE_H
#define UDIAG_MEM_PLACE_H

#include "nl.h"

struct place {
	uint32_t inum;       /* inode number, the namespace's identity */
	int fd;              /* of the namespace; -1: our own */
	char name[64];       /* of ip-netns(8), "" for none */
	struct nl_conn conn; /* a sock_diag socket in it */
	bool open;           /* conn is */
};

struct places {
	struct place *v;
	size_t n, cap;
	size_t refused; /* threads that do not show theirs */
	int self;       /* our own namespace, to come back to; -1 if never left */
};

/* Adds the namespace this process is in. Returns 0 or -errno. */
MUST_CHECK int places_add_own(struct places *p) NONNULL(1);

/* Adds a namespace by name, path or pid. Returns 0 or -errno. */
MUST_CHECK int places_add(struct places *p, const char *which) NONNULL(1, 2);

/* Adds the namespaces of all processes and all that ip-netns(8) named. Returns 0 or
 * -errno. */
MUST_CHECK int places_add_all(struct places *p) NONNULL(1);

/* Opens a sock_diag socket in each. Returns 0 or -errno; *bad is the place. */
MUST_CHECK int places_open(struct places *p, size_t *bad) NONNULL(1, 2);

/* Goes into a place, and back to where the process came from. Return 0 or -errno. */
MUST_CHECK int place_enter(struct places *p, const struct place *to) NONNULL(1, 2);
MUST_CHECK int place_leave(struct places *p, const struct place *from) NONNULL(1, 2);

void places_free(struct places *p) NONNULL(1);

#endif
