/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sink.h - where records go: aligned text, JSON Lines or metrics. */
#ifndef LIB_SINK_H
#define LIB_SINK_H

#include "rec.h"
#include "tree.h"

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_METRICS };

struct sink_options {
	enum format format;
	const char *columns; /* as columns_select; NULL for the default */
	const char *sort;    /* column, "-" before it for descending; NULL: as it comes */
	uint64_t top;        /* at most so many rows are printed; 0 for all */
	bool no_headings;
	bool color;
	uint32_t width; /* of the terminal, to fit text into; 0: never cut */
};

struct sink;

/*
 * Makes a sink for records of one type that writes to out (not owned, outlives it).
 * Returns 0, -ENOMEM, or -EINVAL with the column's word that is unknown, or that can't
 * be sorted by, in *bad (it points into opts). *s is the caller's, ended by sink_close.
 */
MUST_CHECK int sink_open(struct sink **s, struct out *out, const struct record *rec,
			 const struct sink_options *opts, struct bytes *bad)
	NONNULL(1, 2, 3, 4, 5);

/* Takes one record; nothing of row is kept. Returns 0 or -errno: then stop. */
MUST_CHECK int sink_row(struct sink *s, const void *row) NONNULL(1, 2);

/*
 * Hands the sorting over: rows will come in order and are printed as they come, so that
 * the caller alone keeps them. Returns the column, or NULL where no order was asked for;
 * the direction in *descending.
 */
const struct field *sink_sorted(struct sink *s, bool *descending) NONNULL(1, 2);

/*
 * Tells a table about a row that sink_row will bring later. When all have been told of,
 * rows are printed as they come: nothing of them is kept. Other forms need none of this.
 */
MUST_CHECK int sink_measure(struct sink *s, const void *row) NONNULL(1, 2);

/* Prints all rows taken so far and writes them out: once a batch in follow modes. */
MUST_CHECK int sink_flush(struct sink *s) NONNULL(1);

/* Prints what is left (out keeps it until out_flush) and frees s, NULL too. */
MUST_CHECK int sink_close(struct sink *s);

#endif
