/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unpack.h - attributes and structs by their schema, as a tree. Pure. */
#ifndef NLSOCK_UNPACK_H
#define NLSOCK_UNPACK_H

#include "schema.h"
#include "tree.h"

/* Attributes and the set that names them; selectors are looked for in outer ones too. */
struct scope {
	const struct attr_set *set; /* NULL: nothing is known of them */
	struct bytes attrs;
	const struct scope *outer;
	const uint16_t *twins; /* see struct fixed; NULL: none */
};

/*
 * Writes each attribute into the object that is open in t, under its name; those that the
 * set does not know under their number, with a guess and their bytes. Attributes that
 * come more than once are an array, in the place of the first. Bytes that are no
 * attributes come last, in hex, under "rest".
 */
void unpack_attrs(struct tree *t, const struct scope *s) NONNULL(1, 2);

/*
 * Writes the members of a struct into the object that is open. What b is too short for is
 * null, what is more than the struct comes under "rest". A member that an attribute in
 * beside (NULL for none) has the name of is left out where the attribute says it all, and
 * else is called header-NAME.
 */
void unpack_struct(struct tree *t, const struct layout *l, struct bytes b,
		   const struct scope *beside) NONNULL(1, 2);

/* The first attribute of that number, or NULL. */
const struct nlattr *scope_find(const struct scope *s, uint16_t number) NONNULL(1);
/* The format that a sub-message attribute has here, or NULL. */
const struct submsg_format *scope_format(const struct scope *s, const struct attr_spec *a)
	NONNULL(1, 2);

#endif
