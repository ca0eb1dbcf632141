/* SPDX-License-Identifier: GPL-2.0-or-later */
/* wire.h - what a message's bytes have that its values don't tell. Pure. */
#ifndef NLSOCK_WIRE_H
#define NLSOCK_WIRE_H

#include "compose.h"
#include "tree.h"

/*
 * Writes the member "wire" into the object that is open: null where m, which compose made
 * of the values, is the message; else an object of which null leaves all as it is:
 *   version        of the generic header
 *   nested         paths of the attributes that have NLA_F_NESTED; all others have not
 *   net-byteorder  the same for NLA_F_NET_BYTEORDER, which none has otherwise
 *   patch          [{at, old, new}]: bytes that stand elsewhere or are others, in hex, at
 *                  being counted from the header in what has been composed
 *   body           all bytes behind the header, where the values (made false) make none
 *   pad            bytes up to the next message, if they are not zeros up to four
 * m is changed to be that message. real: its bytes; pad: those behind it.
 */
void wire_emit(struct tree *t, struct composed *m, bool made, struct bytes real,
	       struct bytes pad) NONNULL(1, 2);

/* Does to m what wire (NULL: nothing) says but its body. False, with a sentence appended
 * to why, where that does not fit. */
MUST_CHECK bool wire_apply(const struct node *wire, struct composed *m, struct buf *why)
	NONNULL(2, 3);
/* Appends what stands between m and the next message. False: it is no hex. */
MUST_CHECK bool wire_pad(const struct node *wire, const struct composed *m, struct buf *b)
	NONNULL(2, 3);

#endif
