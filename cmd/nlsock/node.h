/* SPDX-License-Identifier: GPL-2.0-or-later */
/* node.h - a YAML or JSON document as a tree. Pure. */
#ifndef NLSOCK_NODE_H
#define NLSOCK_NODE_H

#include "arena.h"
#include "buf.h"

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAP };

/* All of it lies in an arena. An alias shares the children of what it repeats. */
struct node {
	uint8_t kind;
	bool quoted;               /* a scalar in quotes: text, whatever it looks like */
	uint32_t n;                /* length of a scalar, number of children */
	uint32_t line;             /* where it begins, from 1; 0: it was not read */
	const char *key;           /* within a map */
	const char *s;             /* scalar, NUL-terminated */
	struct node *first, *next; /* children; the next of the same parent */
};

/*
 * Reads n bytes of YAML 1.1, of which JSON is a part, one document, at most 4 MiB and 64
 * levels. Returns the tree, or NULL with a sentence appended to why.
 */
struct node *node_parse(struct arena *a, const char *p, size_t n, struct buf *why)
	NONNULL(1, 4);

/* A new node below parent (NULL: alone); key NULL or kept as it is. NULL: no memory. */
struct node *node_add(struct arena *a, struct node *parent, enum node_kind kind,
		      const char *key) NONNULL(1);

/* The child of a map called key (first of that name), or NULL; map may be NULL. */
const struct node *node_get(const struct node *map, const char *key) NONNULL(2);
/* The last child of that name and kind, or NULL: of a name that others have too. */
const struct node *node_last(const struct node *map, const char *key, enum node_kind kind)
	NONNULL(2);
/* The text of a scalar child, or NULL. */
const char *node_str(const struct node *map, const char *key) NONNULL(2);
/* A whole number, decimal or 0x; false if it is none. -1 becomes UINT64_MAX. */
bool node_number(const struct node *scalar, uint64_t *v) NONNULL(2);
/* Whether a child says true or yes. */
bool node_true(const struct node *map, const char *key) NONNULL(2);

#endif
