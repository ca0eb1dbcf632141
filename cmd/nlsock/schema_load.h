/* SPDX-License-Identifier: GPL-2.0-or-later */
/* schema_load.h - private to the reading of a spec: its parts, each for one section. */
#ifndef NLSOCK_SCHEMA_LOAD_H
#define NLSOCK_SCHEMA_LOAD_H

#include "schema.h"

struct loading {
	struct schema *s;
	const struct node *root;
	struct buf *why;
	bool constants; /* there are some */
	int err;        /* the first one sticks */
};

/* Each takes one section into s; errors stick in l. In this order. */
void load_definitions(struct loading *l) NONNULL(1);
void load_sets(struct loading *l) NONNULL(1);
void load_operations(struct loading *l) NONNULL(1);

/* Says what is wrong, naming name, and makes the loading fail. */
void load_fail(struct loading *l, const char *what, const char *name) NONNULL(1, 2);
/* n things of that size, zeroed; NULL (and a failure) without memory. */
void *load_array(struct loading *l, size_t n, size_t size) NONNULL(1);
/* A child that is a list, NULL (no failure) where there is none. */
const struct node *load_list(const struct node *map, const char *key) NONNULL(2);
/* A name: needed, printable ASCII without quotes and backslashes. */
const char *load_name(struct loading *l, const struct node *map, const char *key)
	NONNULL(1, 3);
/* A child's number: a constant's name, a type's limit as u32-max, digits. dflt if none.
 */
uint64_t load_number(struct loading *l, const struct node *map, const char *key,
		     uint64_t dflt) NONNULL(1, 3);

uint8_t load_type(const char *word);
uint8_t load_hint(const char *word);
bool load_big_endian(const struct node *n);
const struct enumeration *load_enum(struct loading *l, const struct node *n) NONNULL(1);
/* By the name in a child; NULL without the child, a failure where nothing is so called.
 */
const struct layout *load_layout(struct loading *l, const struct node *n, const char *key)
	NONNULL(1, 3);
const struct attr_set *load_set(struct loading *l, const struct node *n, const char *key)
	NONNULL(1, 3);

#endif
