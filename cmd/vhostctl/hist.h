/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hist.h - a histogram of times with an error of 3 percent at most. Pure. */
#ifndef VHOSTCTL_HIST_H
#define VHOSTCTL_HIST_H

#include "tree.h"

enum { HIST_STEPS = 32, HIST_BUCKETS = 60 * HIST_STEPS };

/* Zeroed is empty. */
struct hist {
	uint64_t count, sum, max, min;
	uint64_t bucket[HIST_BUCKETS];
};

/* Counts a value: below 32 exact, above in 32 steps for each power of two. */
static inline void hist_add(struct hist *h, uint64_t v)
{
	unsigned int e = v < HIST_STEPS ? 0 : 59U - (unsigned int)__builtin_clzll(v);

	h->bucket[e ? e * HIST_STEPS + ((v >> (e - 1)) & (HIST_STEPS - 1)) : v]++;
	h->sum += v;
	if (v > h->max)
		h->max = v;
	if (!h->count++ || v < h->min)
		h->min = v;
}

/* A value that `share` (0 to 1) of the values are not above; 0 where there are none. */
uint64_t hist_quantile(const struct hist *h, double share) NONNULL(1);

/* Writes mean, least, quantiles and most as an object. The form of struct nest's emit. */
void hist_emit(struct tree *t, const void *hist) NONNULL(1, 2);

#endif
