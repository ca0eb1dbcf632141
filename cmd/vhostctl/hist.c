/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hist.c - a histogram of times. Pure. */
#include "hist.h"

/* The greatest value that falls into a bucket. */
static uint64_t top_of(size_t i)
{
	size_t e = i / HIST_STEPS, step = i % HIST_STEPS;

	if (!e)
		return i;
	return ((uint64_t)(HIST_STEPS + step + 1) << (e - 1)) - 1;
}

uint64_t hist_quantile(const struct hist *h, double share)
{
	uint64_t before = 0, want = (uint64_t)((double)h->count * share);

	for (size_t i = 0; i < HIST_BUCKETS; i++) {
		before += h->bucket[i];
		if (before && before >= want)
			return MAX(MIN(top_of(i), h->max), h->min);
	}
	return h->max;
}

void hist_emit(struct tree *t, const void *hist)
{
	static const struct {
		const char *key;
		double share;
	} rows[] = { { "p50", 0.5 }, { "p90", 0.9 }, { "p99", 0.99 }, { "p999", 0.999 } };
	const struct hist *h = hist;
	struct value v = value_u64(h->min);

	v.show = NANO;
	tree_object(t, NULL);
	tree_value(t, "min", v);
	v.u = h->count ? h->sum / h->count : 0;
	tree_value(t, "mean", v);
	for (size_t i = 0; i < COUNT(rows); i++) {
		v.u = hist_quantile(h, rows[i].share);
		tree_value(t, rows[i].key, v);
	}
	v.u = h->max;
	tree_value(t, "max", v);
	tree_end(t);
}
