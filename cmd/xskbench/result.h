/* SPDX-License-Identifier: GPL-2.0-or-later */
/* result.h - one measurement: how it was made, what came out, where packets were lost. */
#ifndef XSKBENCH_RESULT_H
#define XSKBENCH_RESULT_H

#include "rec.h"

enum { WARNINGS = 8 };

struct warnings {
	char text[WARNINGS][160];
	size_t n;
};

struct result {
	/* configuration */
	const char *test, *mode, *napi;
	uint32_t batch, size_bytes, ring, frames, frame_size_bytes, headroom_bytes;
	struct opt_u64 tx_cpu, rx_cpu;
	/* result */
	uint64_t duration_ns, sent, received, pps;
	double ns_per_pkt, syscalls_per_pkt, tx_cpu_pct, rx_cpu_pct;
	/* loss */
	uint64_t tx_failed, rx_dropped, rx_ring_full;
	int64_t unexplained;
	uint64_t fill_ring_empty, tx_ring_empty;
	uint64_t tx_link_packets, tx_link_dropped, rx_link_packets, rx_link_dropped;
	/* verification */
	struct opt_u64 bad, reordered, lost;
	/* environment */
	char kernel[65], driver[16];
	struct nest warnings;
};

extern const struct record result_record;

/* What the counters leave open: sent - received - every loss that has a name. */
int64_t result_unexplained(const struct result *r) NONNULL(1);

/* Rates and shares from the counts, for the given CPU times and number of syscalls. */
void result_rates(struct result *r, uint64_t tx_cpu_ns, uint64_t rx_cpu_ns,
		  uint64_t syscalls) NONNULL(1);

/* Adds a sentence to w; more than WARNINGS are not kept. Returns it, or "". */
const char *warning_add(struct warnings *w, const char *fmt, ...) PRINTF(2, 3)
	NONNULL(1, 2);

/* The sentences as a value: an array. w stays the caller's. */
struct nest warnings_nest(const struct warnings *w) NONNULL(1);

#endif
