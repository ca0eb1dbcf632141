/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bench.h - takes the shots of a test in turns and reports what they come to. */
#ifndef XSKBENCH_BENCH_H
#define XSKBENCH_BENCH_H

#include "result.h"
#include "tool.h"

/* One test with one plan, to be measured beside others. */
struct entry {
	const struct test *test;
	const char *name; /* of the result; NULL: the test's */
	struct plan plan;
	struct result *r; /* filled in by bench_entries, owned by the caller */
};

struct bench {
	struct entry *v;
	size_t n;
	uint32_t repeat;
	struct machine machine;
	bool ended; /* by a signal */
};

/*
 * Takes `repeat` shots of every entry, in turns so that the machine's drift meets all of
 * them alike; a signal ends it after the shot under way, which keeps a part of its time.
 * Fills in the results, with their warnings. Returns a status, the greatest of judge's.
 */
MUST_CHECK int bench_entries(struct bench *b, struct ctx *c) NONNULL(1, 2);
/* The same while somebody else looks for signals (follow.h). */
MUST_CHECK int bench_followed(struct bench *b, struct ctx *c, int follow_fd)
	NONNULL(1, 2);
void bench_free(struct bench *b) NONNULL(1);

/* Prints the results, and their warnings on stderr, unless the status is that of a
 * failure. Returns a status. */
MUST_CHECK int bench_print(const struct bench *b, struct ctx *c, int status)
	NONNULL(1, 2);

/* The run of a command that is one test: plans by c->config, measures, prints. */
MUST_CHECK int bench_run(struct ctx *c, const struct test *test) NONNULL(1, 2);

/* What all such commands share. */
#define BENCH_COMMAND(n, b, f, ...)                                               \
	{                                                                         \
		.name = (n), .brief = (b), .opts = options, .nopts = OPTIONS,     \
		.rec = &result_record, .defaults = &options_default,              \
		.config_size = sizeof(struct options), .run = (f), ##__VA_ARGS__, \
	}

#endif
