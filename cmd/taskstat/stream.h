/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream.h - many tasks: one thread lists and asks, another takes the answers. */
#ifndef TASKSTAT_STREAM_H
#define TASKSTAT_STREAM_H

#include "query.h"

struct stream;

/*
 * Starts to ask about the n tasks of ids, or with ids NULL about all processes as /proc
 * lists them. q is open; ids live until the end. *sp is for stream_close. Returns 0 or
 * -errno.
 */
MUST_CHECK int stream_open(struct stream **sp, const struct query *q, const uint32_t *ids,
			   size_t n) NONNULL(1, 2);

/* Ends it, whether or not all was taken. NULL is none. */
void stream_close(struct stream *s);

/* Asks no more: from now on only the ids come, in case they have to be listed. */
void stream_mute(struct stream *s) NONNULL(1);

/* Lists no more: all that come after those that it has listed are the n of ids. */
void stream_known(struct stream *s, const uint32_t *ids, size_t n) NONNULL(1, 2);

/*
 * The next ids, valid until the next call, once they have been asked about. Returns how
 * many, at most QUERY_BATCH; 0 at the end. stream_error then tells whether it was one:
 * 0, or the -errno and whether it was the listing that failed.
 */
size_t stream_next(struct stream *s, const uint32_t **ids) NONNULL(1, 2);
int stream_error(const struct stream *s, bool *proc) NONNULL(1, 2);

/* The answer about the i-th of those, in this order. False where there is none: ask
 * again. */
MUST_CHECK bool stream_answer(struct stream *s, size_t i, struct ask *a) NONNULL(1, 3);

#endif
