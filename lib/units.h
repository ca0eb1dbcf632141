/* SPDX-License-Identifier: GPL-2.0-or-later */
/* units.h - numbers, sizes and durations, as people write them and read them. */
#ifndef LIB_UNITS_H
#define LIB_UNITS_H

#include "buf.h"

/*
 * Each parses the whole of s into *v. Returns 0, -EINVAL (not such a number) or -ERANGE.
 * parse_u64 takes decimal and 0x hex; parse_size adds K M G T P E (also KB, KiB: always
 * powers of 1024), result in bytes; parse_duration takes ns us ms s m h d and fractions
 * (a bare number is seconds), result in nanoseconds.
 */
MUST_CHECK int parse_u64(const char *s, uint64_t *v) NONNULL(1, 2);
MUST_CHECK int parse_size(const char *s, uint64_t *bytes) NONNULL(1, 2);
MUST_CHECK int parse_duration(const char *s, uint64_t *ns) NONNULL(1, 2);

/* Append for people, three significant digits or so: 768, 1.5K, 208K; 350us, 1.25s,
 * 3m20s. */
void put_size(struct buf *b, uint64_t bytes) NONNULL(1);
void put_duration(struct buf *b, uint64_t ns) NONNULL(1);

#endif
