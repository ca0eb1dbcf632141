/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pipeline.h - asking about the next batch while the last one is printed. */
#ifndef TASKSTAT_PIPELINE_H
#define TASKSTAT_PIPELINE_H

#include "gather.h"

/*
 * Asks about n subjects, at most QUERY_BATCH, and fills as many f. Returns 0, or -errno
 * where the conversation itself failed.
 */
MUST_CHECK int gather_batch(struct gather *g, const struct subject *s, size_t n,
			    bool processes, struct found *f) NONNULL(1, 2, 5);

#endif
