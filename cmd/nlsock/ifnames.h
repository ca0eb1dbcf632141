/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ifnames.h - interfaces by their names where a request takes an index. */
#ifndef NLSOCK_IFNAMES_H
#define NLSOCK_IFNAMES_H

#include "schema.h"

/*
 * Puts indexes for names of interfaces, those of the network namespace that the process
 * is in, into map: the values of set and of the struct header, both of which may be NULL.
 * What is no interface stays as it is. The new text lies in a.
 */
void ifnames_resolve(struct arena *a, struct node *map, const struct attr_set *set,
		     const struct layout *header) NONNULL(1, 2);

#endif
