/* SPDX-License-Identifier: GPL-2.0-or-later */
/* schema_load.h - private to the reading of a spec: its parts, each for one section. */
#ifndef NLSOCK_SCHEMA_LOAD_H
#define NLSOCK_SCHEMA_LOAD_H

#include "schema.h"

/* Things of one size, each of which begins with the pointer to its name. */
struct index {
	const void *things;
	size_t size, mask;
	uint32_t *slots; /* 1 + number, 0 free; NULL: there is nothing */
};

struct loading {
	struct schema *s;
	const struct node *root;
	struct buf *why;
	int err; /* the first one sticks */
	struct index constants, enums, layouts, sets, submsgs;
};

/* Of two things of one name the first is found; NULL if there is none. */
void index_make(struct loading *l, struct index *x, const void *things, size_t n,
		size_t size) NONNULL(1, 2);
const void *index_find(const struct index *x, const char *name) NONNULL(1, 2);

/* Each takes one section into s; errors stick in l. In this order. */
void load_constants(struct loading *l) NONNULL(1);
void load_definitions(struct loading *l) NONNULL(1);
void load_sets(struct loading *l) NONNULL(1);
void load_operations(struct loading *l) NONNULL(1);

/* Says what is wrong, with the line of at and name (NULL: neither); the loading fails. */
void load_fail(struct loading *l, const struct node *at, const char *what,
	       const char *name) NONNULL(1, 3);
/* n things of that size, zeroed; NULL (and a failure) without memory or above 16384. */
void *load_array(struct loading *l, size_t n, size_t size) NONNULL(1);
/* A child that is a list; NULL where there is none, a failure if it is something else. */
const struct node *load_list(struct loading *l, const struct node *map, const char *key)
	NONNULL(1, 3);
/* A name: needed, printable ASCII without quotes and backslashes. */
const char *load_name(struct loading *l, const struct node *map, const char *key)
	NONNULL(1, 3);
/*
 * A child's number: digits, a constant's name, with its prefix or without, also followed
 * by " - 1", or a type's limit as u32-max. dflt where there is no child.
 */
uint64_t load_number(struct loading *l, const struct node *map, const char *key,
		     uint64_t dflt) NONNULL(1, 3);
/* The same, but false without a child, or one that only a header could tell. */
bool load_limit(const struct loading *l, const struct node *map, const char *key,
		uint64_t *v) NONNULL(1, 3, 4);
uint8_t load_type(const char *word);
uint8_t load_hint(const char *word);
/* Without a byte-order it is the machine's. */
bool load_big_endian(const struct node *n);
const struct enumeration *load_enum(struct loading *l, const struct node *n) NONNULL(1);
/* By the name in a child; NULL without the child, a failure where nothing is so called.
 */
const struct layout *load_layout(struct loading *l, const struct node *n, const char *key)
	NONNULL(1, 3);
/* Finds the members of f's struct that have an attribute of their name beside them. */
void load_twins(struct loading *l, const struct attr_set *set, struct fixed *f)
	NONNULL(1, 3);
const struct attr_set *load_set(struct loading *l, const struct node *n, const char *key)
	NONNULL(1, 3);

#endif
