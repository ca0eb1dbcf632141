/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pieces.h - packets over several frames: put together, and taken apart. */
#ifndef XSKBENCH_PIECES_H
#define XSKBENCH_PIECES_H

#include "if_xdp_new.h"
#include "xsk.h"

/* A packet whose pieces are coming; zeroed to begin. */
struct pieces {
	uint8_t *packet; /* PACKET_MOST bytes, owned; NULL where all have one piece */
	uint32_t len;    /* of what has come of it */
	bool begun;
};

/* With room for a packet. Returns 0 or -ENOMEM. */
MUST_CHECK int pieces_init(struct pieces *s) NONNULL(1);
void pieces_free(struct pieces *s) NONNULL(1);

/* Adds a piece, that of desc at p. Returns the packet, its bytes to *len, once it is
 * whole, and NULL before. One that is too long ends without the rest: as a bad one. */
const uint8_t *pieces_join(struct pieces *s, const uint8_t *p,
			   const struct xdp_desc *desc, uint32_t *len)
	NONNULL(1, 2, 3, 4);

/* The same, without a copy of a packet that is one piece. */
static inline const uint8_t *pieces_take(struct pieces *s, const uint8_t *p,
					 const struct xdp_desc *desc, uint32_t *len)
{
	if (s->begun || desc->options & XDP_PKT_CONTD)
		return pieces_join(s, p, desc, len);
	*len = desc->len;
	return p;
}

/* How many frames of a UMEM a packet of `size` bytes takes to be sent. */
uint32_t pieces_of(const struct xsk *x, uint32_t size) NONNULL(1);

/* Puts a packet into frames of ours, which must be free, and these into the tx ring, from
 * the entry `at` on: pieces_of entries, which must be reserved. */
void pieces_queue(struct xsk *x, uint32_t at, const uint8_t *packet, uint32_t size)
	NONNULL(1, 3);

#endif
