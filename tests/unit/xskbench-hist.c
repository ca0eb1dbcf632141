/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every value lies in its bucket, quantiles are right to 3 %, and histograms add up. */
#include "hist.h"

#include <stdio.h>
#include <stdlib.h>

static void expect(bool ok, const char *what, uint64_t v)
{
	if (ok)
		return;
	fprintf(stderr, "%s (%lu)\n", what, (unsigned long)v);
	exit(1);
}

static void test_buckets(void)
{
	expect(hist_least(0) == 0, "the first bucket begins at 0", hist_least(0));
	for (uint32_t i = 0; i + 1 < HIST_BUCKETS; i++) {
		expect(hist_greatest(i) + 1 == hist_least(i + 1), "a gap after", i);
		expect(hist_bucket(hist_least(i)) == i, "the least of", i);
		expect(hist_bucket(hist_greatest(i)) == i, "the greatest of", i);
		expect(hist_greatest(i) - hist_least(i) <= hist_least(i) / HIST_STEPS,
		       "too wide", i);
	}
	expect(hist_bucket(UINT64_MAX) == HIST_BUCKETS - 1, "beyond the last", 0);
}

static void near(const struct hist *h, double q, double wanted)
{
	double got = (double)hist_quantile(h, q);

	expect(got >= wanted && got <= wanted * 1.04 + 1, "a quantile", (uint64_t)got);
}

static void test_quantiles(void)
{
	static struct hist h, odd, even;

	expect(hist_quantile(&h, .5) == 0, "of nothing", 0);
	for (uint64_t v = 1; v <= 100000; v++) {
		hist_add(&h, v);
		hist_add(v % 2 ? &odd : &even, v);
	}
	near(&h, .5, 50000);
	near(&h, .9, 90000);
	near(&h, .99, 99000);
	near(&h, .999, 99900);
	expect(hist_quantile(&h, 1) == 100000, "the last is the greatest", 0);
	hist_merge(&odd, &even);
	expect(odd.n == h.n && odd.max == h.max, "merged", odd.n);
	for (uint32_t i = 0; i < HIST_BUCKETS; i++)
		expect(odd.count[i] == h.count[i], "merged bucket", i);
}

int main(void)
{
	test_buckets();
	test_quantiles();
	return 0;
}
