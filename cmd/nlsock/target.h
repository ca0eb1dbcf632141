/* SPDX-License-Identifier: GPL-2.0-or-later */
/* target.h - whom a command talks to, and what is known of the language. */
#ifndef NLSOCK_TARGET_H
#define NLSOCK_TARGET_H

#include "decode.h"
#include "schema.h"
#include "tool.h"

enum { TARGET_SCHEMAS = 64 };

struct target {
	const char *word;         /* as it was given */
	struct language language; /* protocol; families where they were needed */
	struct genl_family genl;  /* of a generic family; id 0: none */
	bool live;                /* genl is what the kernel says */
	struct schema schemas[TARGET_SCHEMAS];
	size_t n;
};

/* What a word means without specs: a protocol, its number, a generic family. Returns a
 * status. */
MUST_CHECK int target_language(struct ctx *c, const char *word, struct language *l)
	NONNULL(1, 2, 3);

/*
 * Finds what word means: a spec by its name, a protocol (with all its specs), a generic
 * family. spec: a file to be used, or NULL. Returns a status.
 */
MUST_CHECK int target_open(struct ctx *c, struct target *t, const char *word,
			   const char *spec) NONNULL(1, 2, 3);
/* Asks the kernel for the family's id, if that is needed and not known. */
MUST_CHECK int target_resolve(struct ctx *c, struct target *t) NONNULL(1, 2);
void target_close(struct target *t) NONNULL(1);

/* Operation and schema of a message, NULL where nothing is known of it. */
struct meaning {
	const struct schema *schema;
	const struct op *op;
	const struct fixed *fixed;  /* of the operation; NULL without one */
	struct bytes header, attrs; /* after the generic header, if there is one */
	int command;                /* of a generic message, else -1 */
};
void target_read(const struct target *t, const struct nlmsghdr *h, enum side side,
		 struct meaning *m) NONNULL(1, 2, 4);

#endif
