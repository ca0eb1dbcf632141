/* SPDX-License-Identifier: GPL-2.0-or-later */
/* plain.h - messages that no spec describes, as decode.h shows them. Pure. */
#ifndef NLSOCK_PLAIN_H
#define NLSOCK_PLAIN_H

#include "pack.h"

/*
 * Appends what such a message holds: the code of an error, the header by its struct,
 * bytes and attributes by number. Fails where the map has something else.
 */
void pack_plain(struct packing *p, const struct node *map) NONNULL(1, 2);

#endif
