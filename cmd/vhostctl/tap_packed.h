/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tap_packed.h - how far a packed ring is, told by its descriptors alone. Pure: it only
 * looks at memory that two others share. */
#ifndef VHOSTCTL_TAP_PACKED_H
#define VHOSTCTL_TAP_PACKED_H

#include "vq.h"

/* The place (see vq_place) where the driver makes its next descriptor available. */
uint32_t packed_next(const struct vq *q) NONNULL(1);

/* How many descriptors before `next` the device has last written one: 1 to `most`; 0
 * where it wrote none of them. */
uint32_t packed_mark(const struct vq *q, uint32_t next, uint32_t most) NONNULL(1);

/*
 * How many of the `most` (at most q->size) descriptors before `next` are in flight.
 * Only the first one of a used buffer is written, and how many follow it must be told by
 * the buffers before: *least and *most_flying are equal where that is certain.
 */
void packed_flying(const struct vq *q, uint32_t next, uint32_t most, uint32_t *least,
		   uint32_t *most_flying) NONNULL(1, 4, 5);

#endif
