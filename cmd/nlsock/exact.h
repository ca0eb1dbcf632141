/* SPDX-License-Identifier: GPL-2.0-or-later */
/* exact.h - a printed line that has all of its message, and the message of such a line.
 */
#ifndef NLSOCK_EXACT_H
#define NLSOCK_EXACT_H

#include "wire.h"

/*
 * Adds the member "wire" (see wire_emit) to nlsock, the last member of the one line that
 * a printer wrote as JSON. What the line makes is found out by making it, so that nothing
 * is taken for granted. real: the bytes it is about; pad: those up to the next message.
 * Scratch is k's and m's.
 */
void exact_finish(struct composer *k, struct composed *m, struct buf *line,
		  struct bytes real, struct bytes pad) NONNULL(1, 2, 3);
/* The same for a line whose bytes stand for themselves, in nlsock.raw. */
void exact_raw(struct buf *line) NONNULL(1);

/*
 * The reverse: the message of an object. Returns 0 or a status, as compose does. m->text
 * where it is no message but other bytes.
 */
MUST_CHECK int exact_restore(struct composer *k, const struct node *map,
			     struct composed *m, struct buf *why) NONNULL(1, 2, 3, 4);

#endif
