/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hist.h - a log-linear histogram: 32 steps to each power of two, so that no value is off
 * by more than 3.2 %, and histograms can be added up. Pure. */
#ifndef XSKBENCH_HIST_H
#define XSKBENCH_HIST_H

#include "util.h"

enum {
	HIST_BITS = 5,
	HIST_STEPS = 1 << HIST_BITS,
	HIST_BUCKETS = (40 - HIST_BITS) * HIST_STEPS, /* up to 2^39: nine minutes in ns */
};

struct hist {
	uint64_t n, max;
	uint64_t count[HIST_BUCKETS];
};

/* The bucket of a value (the last one for all that are greater), and the least and the
 * greatest value of a bucket. */
uint32_t hist_bucket(uint64_t v);
uint64_t hist_least(uint32_t bucket);
uint64_t hist_greatest(uint32_t bucket);

void hist_add(struct hist *h, uint64_t v) NONNULL(1);
void hist_merge(struct hist *to, const struct hist *from) NONNULL(1, 2);

/* The value below or at which the share q (0 to 1) of all lie, as the greatest of its
 * bucket but no more than the greatest seen. 0 where there are none. */
uint64_t hist_quantile(const struct hist *h, double q) NONNULL(1);

#endif
