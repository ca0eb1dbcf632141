/* SPDX-License-Identifier: GPL-2.0-or-later */
/* describe.h - attributes and structs as a schema says them, for people and programs.
 * Pure.
 */
#ifndef NLSOCK_DESCRIBE_H
#define NLSOCK_DESCRIBE_H

#include "schema.h"
#include "tree.h"

/* Where one is in a description; begins as zeros. */
struct describing {
	const struct attr_set *open[24]; /* sets that are being written */
	size_t depth;
	size_t written; /* attributes and members so far */
};

/*
 * Writes each attribute of a set (NULL: none) into the object that is open, with those it
 * holds. A set within itself is only named, likewise what is nested very deeply and all
 * that comes after very many.
 */
void describe_set(struct tree *t, const struct attr_set *set, struct describing *d)
	NONNULL(1, 3);
/* The same for one attribute, without what it holds. */
void describe_attr(struct tree *t, const struct attr_spec *a) NONNULL(1, 2);
/* The members of a struct, into the object that is open; as much of it as of sets. */
void describe_layout(struct tree *t, const struct layout *l, struct describing *d)
	NONNULL(1, 2, 3);

#endif
