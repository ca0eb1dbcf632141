/* SPDX-License-Identifier: GPL-2.0-or-later */
/* compose.h - messages of objects that were printed, by their values alone. */
#ifndef NLSOCK_COMPOSE_H
#define NLSOCK_COMPOSE_H

#include "pack.h"
#include "targets.h"

/* Whose messages they are; zeroed but for the first three. */
struct composer {
	struct ctx *c;
	const char *as;   /* the target, whatever they say; NULL: what they say */
	const char *spec; /* a file with the spec, or NULL */
	struct targets targets;
};
void composer_free(struct composer *k) NONNULL(1);

/* Zeroed before the first; made anew each time. */
struct composed {
	struct buf bytes;
	struct trace trace;
	bool text;    /* a datagram of strings: there is no header */
	bool generic; /* there is a genlmsghdr behind it */
};
void composed_free(struct composed *m) NONNULL(1);

/* What map says about its message; NULL: nothing. */
const struct node *compose_about(const struct node *map);

/*
 * The message that the values of map make, with what its member nlsock says of the
 * header: flags of attributes, order and lengths are as specs have them. Returns 0 or a
 * status; where why is appended to it says what is wrong, else that has been said.
 */
MUST_CHECK int compose(struct composer *k, const struct node *map, struct composed *m,
		       struct buf *why) NONNULL(1, 2, 3, 4);
/* The same with these bytes, in hex, behind the header of 16 bytes. */
MUST_CHECK int compose_around(const struct node *map, const char *body,
			      struct composed *m, struct buf *why) NONNULL(1, 2, 3, 4);

/* Writes how long it is into its header. */
void compose_length(struct composed *m) NONNULL(1);

#endif
