/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pipeline.h - what gather.c gives to those who ask for many. */
#ifndef TASKSTAT_PIPELINE_H
#define TASKSTAT_PIPELINE_H

#include "gather.h"

/*
 * Asks about n subjects, at most QUERY_BATCH, and fills as many f. Returns 0, or -errno
 * where the conversation itself failed.
 */
MUST_CHECK int gather_batch(struct gather *g, const struct subject *s, size_t n,
			    bool processes, struct found *f) NONNULL(1, 2, 5);

/*
 * Whether the answer about the single task says all of a subject: what is known of it by
 * BPF (NULL: nothing) tells the rest.
 */
bool gather_answers(const struct subject *known, bool processes);

/* Fills f by that answer. */
void gather_found(struct gather *g, const struct subject *known, const struct ask *a,
		  bool processes, struct found *f) NONNULL(1, 2, 3, 5);

/* Why tasks can't be listed: returns STATUS_FAILED; and why not by BPF. */
int gather_unlisted(const struct diag *d, int err) NONNULL(1);
void gather_without_bpf(const struct diag *d, int err) NONNULL(1);

#endif
