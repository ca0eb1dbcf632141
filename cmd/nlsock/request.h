/* SPDX-License-Identifier: GPL-2.0-or-later */
/* request.h - a request from the words of a command line. */
#ifndef NLSOCK_REQUEST_H
#define NLSOCK_REQUEST_H

#include "node.h"
#include "settings.h"

struct request {
	const struct schema *schema;
	const struct op *op;         /* NULL: by number */
	const struct layout *header; /* before the attributes; NULL: none */
	const char *name;            /* as it is called in errors */
	uint16_t number;
	struct arena arena;
	struct buf bytes; /* a whole message; seq and portid are not filled in */
};

/* What follows TARGET on a command line. */
struct words {
	char *const *v;
	size_t n;
};

/*
 * Makes the message of words: OP, which may be left out where dump or do can have
 * only one meaning, and values. Returns a status.
 */
MUST_CHECK int request_make(struct ctx *c, const struct settings *s,
			    const struct target *t, bool dump, struct words words,
			    struct request *r) NONNULL(1, 2, 3, 6);
/* The message of one operation with the values of a map, NULL for none. Returns a status.
 */
MUST_CHECK int request_bare(struct ctx *c, const struct settings *s,
			    const struct target *t, const struct schema *schema,
			    const struct op *op, bool dump, const struct node *map,
			    struct request *r) NONNULL(1, 2, 3, 4, 5, 8);
void request_free(struct request *r) NONNULL(1);

/* Reads a file, or standard input where path is "-", whole; more than most bytes are
 * refused. Returns a status. */
enum { REQUEST_MOST = 4 << 20 };
MUST_CHECK int request_read(const struct ctx *c, const char *path, size_t most,
			    struct buf *b) NONNULL(1, 2, 4);
/* The same bit by bit. Return a descriptor; 1, 0 at the end; or -1, which has been said.
 */
MUST_CHECK int request_open(const struct ctx *c, const char *path) NONNULL(1, 2);
MUST_CHECK int request_take(const struct ctx *c, const char *path, int fd, struct buf *b)
	NONNULL(1, 2, 4);

/*
 * Appends what an ack says beyond its code, for people: the kernel's words, attributes by
 * name, the range that is allowed.
 */
void request_explain(const struct request *r, const struct nlmsghdr *ack, struct buf *b)
	NONNULL(1, 2, 3);

#endif
