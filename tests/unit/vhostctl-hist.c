/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Quantiles are within 1/32 of the values, and never beyond the least and the most. */
#undef NDEBUG
#include "hist.h"

#include <assert.h>
#include <stdlib.h>

static struct hist h;

static void empty_is_zero(void)
{
	h = (struct hist){ 0 };
	assert(!hist_quantile(&h, 0.5));
}

static void one_value_is_every_quantile(void)
{
	const uint64_t values[] = {
		0, 1, 31, 32, 33, 63, 64, 1000, 123456789, UINT64_MAX
	};

	for (size_t i = 0; i < COUNT(values); i++) {
		h = (struct hist){ 0 };
		hist_add(&h, values[i]);
		assert(hist_quantile(&h, 0) == values[i]);
		assert(hist_quantile(&h, 0.5) == values[i]);
		assert(hist_quantile(&h, 1) == values[i]);
	}
}

static void quantiles_are_near(void)
{
	h = (struct hist){ 0 };
	for (uint64_t v = 1; v <= 100000; v++)
		hist_add(&h, v * 17);
	for (int p = 1; p <= 99; p++) {
		double want = p * 1000.0 * 17, got = (double)hist_quantile(&h, p / 100.0);

		assert(got >= want * 0.999 && got <= want * (1 + 1.0 / 32));
	}
	assert(h.count == 100000 && h.min == 17 && h.max == 1700000);
}

int main(void)
{
	empty_is_zero();
	one_value_is_every_quantile();
	quantiles_are_near();
	return 0;
}
