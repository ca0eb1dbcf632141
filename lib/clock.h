/* SPDX-License-Identifier: GPL-2.0-or-later */
/* clock.h - the time of day and the time that passes. */
#ifndef LIB_CLOCK_H
#define LIB_CLOCK_H

#include "buf.h"

/* CLOCK_REALTIME and CLOCK_MONOTONIC in nanoseconds. */
uint64_t clock_wall_ns(void);
uint64_t clock_mono_ns(void);

/* Appends wall time as RFC 3339 UTC with microseconds: 2026-01-02T03:04:05.000006Z. */
void put_time(struct buf *b, uint64_t wall_ns) NONNULL(1);

#endif
