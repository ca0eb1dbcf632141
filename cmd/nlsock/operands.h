/* SPDX-License-Identifier: GPL-2.0-or-later */
/* operands.h - the values of a request, as people write them on a command line. Pure. */
#ifndef NLSOCK_OPERANDS_H
#define NLSOCK_OPERANDS_H

#include "node.h"

/* Whether a word is a value: KEY=..., JSON, @FILE or "-"; if not, it names something. */
bool operand_is_value(const char *word) NONNULL(1);

/*
 * Adds a.b.c=VALUE to map; VALUE may be JSON, a key that comes again makes an array, a
 * key alone is true. Returns false with a sentence appended to why.
 */
bool operand_set(struct arena *a, struct node *map, const char *word, struct buf *why)
	NONNULL(1, 2, 3, 4);

/* Adds all of a document, n bytes of JSON or YAML that are a map, to map. As above. */
bool operand_merge(struct arena *a, struct node *map, const char *p, size_t n,
		   struct buf *why) NONNULL(1, 2, 5);

#endif
