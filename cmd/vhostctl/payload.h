/* SPDX-License-Identifier: GPL-2.0-or-later */
/* payload.h - payloads of messages, to be read and to be written. Pure, no I/O. */
#ifndef VHOSTCTL_PAYLOAD_H
#define VHOSTCTL_PAYLOAD_H

#include "spec_messages.h"
#include "tree.h"

enum { ITEMS_SHOWN = 64 }; /* of an array; their number is shown in any case */

/* What config bytes and feature bits mean depends on the device. */
struct payload_view {
	const struct payload *layout; /* NULL: not known, shown as bytes */
	const struct kind *kind;      /* NULL: not known */
	uint64_t features;            /* offered, as far as seen */
	struct bytes body;
};

/*
 * Writes view (a struct payload_view) as one object: members as far as the body reaches,
 * then items or bytes; what goes beyond is `rest` in hex. The form of struct nest's emit.
 */
void payload_emit(struct tree *t, const void *view) NONNULL(1, 2);

/* Whether n bytes are a payload of this layout; *items becomes the number of its items.
 */
bool payload_fits(const struct payload *layout, struct bytes body, size_t *items)
	NONNULL(1, 3);

/*
 * Appends the payload that words describes to body: values separated by commas, in the
 * order of the layout or with KEY= before them, numbers with size suffixes, names for
 * bits (A|B) and enumerators; or hex:BYTES for any layout. What is not mentioned is zero;
 * the counts of items and of config bytes are filled in unless given. Returns 0, -ENOMEM,
 * or -EINVAL with a sentence about the wrong word appended to why.
 */
MUST_CHECK int payload_encode(struct buf *body, const struct payload *layout,
			      const char *words, struct buf *why) NONNULL(1, 3, 4);

/* Appends the bytes that n hex digits stand for; spaces, \x, 0x and : between bytes are
 * left out. Returns 0 or -EINVAL. */
MUST_CHECK int hex_decode(struct buf *to, const char *text, size_t n) NONNULL(1, 2);

#endif
