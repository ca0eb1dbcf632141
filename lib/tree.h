/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tree.h - nested values: one call sequence, written as JSON, as indented lines, or
 * inline. */
#ifndef LIB_TREE_H
#define LIB_TREE_H

#include "value.h"

enum tree_form {
	TREE_JSON,   /* {"a":1,"b":[2,3]} */
	TREE_LINES,  /* "a: 1", nested ones indented below their key */
	TREE_INLINE, /* a=1 b=2,3: for a table's cell */
};

struct tree {
	struct buf *out;  /* not owned */
	struct buf stack; /* one byte a level; freed by tree_free */
	const char *key;  /* for the next value whose key is NULL */
	enum tree_form form;
	bool first; /* nothing written at this level yet */
	bool item;  /* TREE_LINES: the line has begun with "- " */
};

void tree_init(struct tree *t, struct buf *out, enum tree_form form) NONNULL(1, 2);
void tree_free(struct tree *t) NONNULL(1);

/*
 * Opens an object or an array, to be closed by tree_end. key names it within an object
 * (any bytes, NUL-terminated; escaped here); NULL within an array, at the top, and for
 * the value of a struct nest. Errors stick in t->out->err.
 */
void tree_object(struct tree *t, const char *key) NONNULL(1);
void tree_array(struct tree *t, const char *key) NONNULL(1);
void tree_end(struct tree *t) NONNULL(1);

/* Writes one value under key. A nest is asked to emit itself. */
void tree_value(struct tree *t, const char *key, struct value v) NONNULL(1);

/*
 * Writes members of the object that is open, as TREE_JSON has written them before: for
 * what is repeated often.
 */
void tree_rendered(struct tree *t, struct bytes text) NONNULL(1);

#endif
