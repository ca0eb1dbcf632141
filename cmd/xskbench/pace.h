/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pace.h - how many packets may be sent by now. */
#ifndef XSKBENCH_PACE_H
#define XSKBENCH_PACE_H

#include "clock.h"

struct pace {
	uint64_t rate; /* a second, 0 for no limit */
	uint64_t start_ns;
};

static inline void pace_init(struct pace *p, uint64_t rate, uint64_t start_ns)
{
	*p = (struct pace){ .rate = rate, .start_ns = start_ns };
}

/* How many of n more packets the time allows, where `sent` have been sent: the first one
 * at once. */
static inline uint64_t pace_allows(const struct pace *p, uint64_t n, uint64_t sent)
{
	uint64_t due;

	if (!p->rate)
		return n;
	due = 1 + (uint64_t)((double)(clock_mono_ns() - p->start_ns) * 1e-9 *
			     (double)p->rate);
	return due > sent ? MIN(n, due - sent) : 0;
}

#endif
