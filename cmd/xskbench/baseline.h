/* SPDX-License-Identifier: GPL-2.0-or-later */
/* baseline.h - results of an earlier run, to be compared with. */
#ifndef XSKBENCH_BASELINE_H
#define XSKBENCH_BASELINE_H

#include "result.h"

/* One result: its scalars by their path ("config.batch"), as text. */
struct record_text {
	struct pair_text {
		char *path, *value;
	} * v; /* owned */
	size_t n;
};

/* Parses one JSON object of n bytes (by libyaml: JSON is YAML). Pure. Returns 0, -ENOMEM,
 * or -EBADMSG where it is none, is nested too deeply, or is too large. */
MUST_CHECK int record_parse(struct record_text *r, const char *json, size_t n)
	NONNULL(1, 2);
void record_free(struct record_text *r) NONNULL(1);

/* The value of a path, or NULL. */
const char *record_get(const struct record_text *r, const char *path) NONNULL(1, 2);

/* Whether both are the same test with the same config, each path of one in the other. */
bool record_same(const struct record_text *a, const struct record_text *b) NONNULL(1, 2);

struct baseline {
	struct record_text *v; /* owned */
	size_t n;
};

/* Reads a file of JSON Lines. Returns 0, or STATUS_FAILED after saying why not. */
MUST_CHECK int baseline_read(struct baseline *b, const char *path, const struct diag *d)
	NONNULL(1, 2, 3);
void baseline_free(struct baseline *b) NONNULL(1);

/*
 * Compares a finished result with the last one of the file that was measured alike: the
 * median rate, of rtt the median latency. Adds to r->said what it finds. Returns
 * STATUS_TRUE where it is worse by more than tolerance percent, else 0, or STATUS_FAILED.
 */
MUST_CHECK int baseline_compare(const struct baseline *b, struct result *r,
				double tolerance, const struct diag *d) NONNULL(1, 2, 4);

#endif
