/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hist.h"

#include <math.h>

/* Values below HIST_STEPS have a bucket each; from there on each power of two has
 * HIST_STEPS of them. */
uint32_t hist_bucket(uint64_t v)
{
	uint32_t power, bucket;

	if (v < HIST_STEPS)
		return (uint32_t)v;
	power = 63 - (uint32_t)__builtin_clzll(v);
	if (power >= 40)
		return HIST_BUCKETS - 1;
	bucket = (power - HIST_BITS + 1) * HIST_STEPS +
		 (uint32_t)(v >> (power - HIST_BITS)) - HIST_STEPS;
	return MIN(bucket, (uint32_t)HIST_BUCKETS - 1);
}

uint64_t hist_least(uint32_t bucket)
{
	uint32_t power = bucket / HIST_STEPS;

	if (!power)
		return bucket;
	return (uint64_t)(HIST_STEPS + bucket % HIST_STEPS) << (power - 1);
}

uint64_t hist_greatest(uint32_t bucket)
{
	return hist_least(bucket + 1) - 1;
}

void hist_add(struct hist *h, uint64_t v)
{
	h->count[hist_bucket(v)]++;
	h->n++;
	h->max = MAX(h->max, v);
}

void hist_merge(struct hist *to, const struct hist *from)
{
	for (uint32_t i = 0; i < HIST_BUCKETS; i++)
		to->count[i] += from->count[i];
	to->n += from->n;
	to->max = MAX(to->max, from->max);
}

uint64_t hist_quantile(const struct hist *h, double q)
{
	uint64_t rank = (uint64_t)ceil(q * (double)h->n), seen = 0;

	for (uint32_t i = 0; i < HIST_BUCKETS && h->n; i++) {
		seen += h->count[i];
		if (seen >= rank && seen)
			return MIN(hist_greatest(i), h->max);
	}
	return h->max;
}
