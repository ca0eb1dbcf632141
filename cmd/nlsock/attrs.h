/* SPDX-License-Identifier: GPL-2.0-or-later */
/* attrs.h - netlink attributes of unknown meaning as a tree. Pure. */
#ifndef NLSOCK_ATTRS_H
#define NLSOCK_ATTRS_H

#include "nl.h"
#include "value.h"

/* Whether n bytes are attributes and nothing else. */
bool attrs_whole(const void *p, size_t n);

/*
 * Whether n bytes that are not declared to be a nest look like one: whole attributes with
 * small numbers, clean padding, and something in at least one of them.
 */
bool attrs_likely(const void *p, size_t n);

/* The tree of arg, a struct bytes for which attrs_whole holds (emit of a struct nest). */
void attrs_emit(struct tree *t, const void *arg) NONNULL(1, 2);

/* One attribute, whole, under its number as the key; or without a key, as an item. */
void attrs_emit_one(struct tree *t, const struct nlattr *a, bool item) NONNULL(1, 2);
/* The same under a name. */
void attrs_emit_named(struct tree *t, const char *name, const struct nlattr *a)
	NONNULL(1, 2, 3);

#endif
