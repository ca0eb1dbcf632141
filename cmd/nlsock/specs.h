/* SPDX-License-Identifier: GPL-2.0-or-later */
/* specs.h - where YNL specs lie, and reading them. */
#ifndef NLSOCK_SPECS_H
#define NLSOCK_SPECS_H

#include "schema.h"

/*
 * Directories in the order they are looked through: those of $NLSOCK_SPECS (colons
 * between them), the distribution's, our own.
 */
struct specs {
	char *dirs[16]; /* owned */
	size_t n;
};

void specs_open(struct specs *s) NONNULL(1);
void specs_close(struct specs *s) NONNULL(1);

/* Reads a file. Returns 0 or -errno, with what is wrong with its content in why. */
MUST_CHECK int specs_read(const char *path, struct schema *out, struct buf *why)
	NONNULL(1, 2, 3);

/*
 * The first spec of that name; its file may have _ for - or the reverse, and small
 * letters. Returns 0, -ENOENT, or as specs_read with the path in why.
 */
MUST_CHECK int specs_named(const struct specs *s, const char *name, struct schema *out,
			   struct buf *why) NONNULL(1, 2, 3, 4);

/*
 * Calls each for every spec file, of two with a name the first, until it returns
 * non-zero. The schema is taken over by each where it returns 0 and sets *taken. Files
 * that are no specs are left out.
 */
int specs_each(const struct specs *s,
	       int (*each)(struct schema *schema, bool *taken, void *arg), void *arg)
	NONNULL(1, 2);

#endif
