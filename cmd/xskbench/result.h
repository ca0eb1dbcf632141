/* SPDX-License-Identifier: GPL-2.0-or-later */
/* result.h - what repeated measurements of one plan come to. */
#ifndef XSKBENCH_RESULT_H
#define XSKBENCH_RESULT_H

#include "machine.h"
#include "rec.h"
#include "shot.h"

enum { WARNINGS = 12, SHOTS = 99 };

struct warnings {
	char text[WARNINGS][200];
	size_t n;
};

/* Of several values: the median, the ends, and the median distance from the median. */
struct spread {
	double median, min, max, mad_pct;
};

/* The nests point to the result itself: it must not move after result_finish. */
struct result {
	const char *test;
	struct nest env, config, result, loss, latency_ns, verify, warnings;
	const struct plan *plan;
	const struct machine *machine;
	double pps[SHOTS];
	size_t shots;
	struct shot sum; /* of the counters; ticks and names are those of the last one */
	struct shot last;
	struct spread rate;
	struct hist latency;
	struct warnings said;
	double steal_pct;
};

extern const struct record result_record;

/* Adds one shot that was taken while the machine lost steal_pct of its CPUs to others. */
void result_add(struct result *r, const struct shot *s, double steal_pct) NONNULL(1, 2);

/* Rates and nests from what was added, at least one shot. */
void result_finish(struct result *r) NONNULL(1);

/* Orders v. */
struct spread spread_of(double *v, size_t n) NONNULL(1);

/* CPU time of a thread for each 100 of the time that it ran, system calls for each packet
 * received, over all. */
double result_tx_cpu_pct(const struct result *r) NONNULL(1);
double result_rx_cpu_pct(const struct result *r) NONNULL(1);
double result_syscalls(const struct result *r) NONNULL(1);

/* Adds a sentence to w; more than WARNINGS are not kept. Returns it, or "". */
const char *warning_add(struct warnings *w, const char *fmt, ...) PRINTF(2, 3)
	NONNULL(1, 2);

/* Says of a command without other warnings that a signal ended it early, or that once is
 * not enough. */
void warn_shots(const struct diag *d, uint32_t shots, uint32_t asked) NONNULL(1);

/* emit.c: points the nests of r to what writes them. */
void result_nests(struct result *r) NONNULL(1);

#endif
