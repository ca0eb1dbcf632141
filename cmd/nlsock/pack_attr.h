/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pack_attr.h - private to packing: what attributes hold. */
#ifndef NLSOCK_PACK_ATTR_H
#define NLSOCK_PACK_ATTR_H

#include "pack.h"

enum { PACK_DEEPEST = 32 };

/* Appends the attributes of a map, all but the members of header (NULL: none). */
void pack_map(struct packing *p, const struct given *g, const struct layout *header,
	      int depth) NONNULL(1, 2);
/* Appends what an attribute holds, without its header. */
void pack_payload(struct packing *p, const struct attr_spec *a, const struct node *n,
		  const struct given *g, int depth) NONNULL(1, 2, 3, 4);

/* Opens an attribute that a spec knows, a step below those that are open, and traces it.
 */
struct level {
	size_t at, path; /* of the attribute, and how long the path is outside */
};
struct level pack_enter(struct packing *p, const char *step, uint16_t type) NONNULL(1, 2);
void pack_leave(struct packing *p, struct level l) NONNULL(1);

/* Whether a key is the number of an attribute. */
bool pack_index(const char *key, uint16_t *number) NONNULL(1, 2);

#endif
