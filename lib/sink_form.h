/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sink_form.h - private to the sinks: what the forms of output share. */
#ifndef LIB_SINK_FORM_H
#define LIB_SINK_FORM_H

#include "sink.h"

/* A kept row: where its cells or its text lie in the store. */
struct kept {
	size_t off, len;
	size_t key_off; /* a sort key of bytes is copied here */
	struct value key;
};

/* The number of a column that was measured last. */
struct measured {
	uint64_t number;
	bool any;
};

/* One form of output. begin and end may be NULL; errors stick in the buffers. */
struct sink_form {
	bool keeps; /* rows stay in the store until the end even when not sorted */
	int (*begin)(struct sink *s);
	void (*row)(struct sink *s, const void *row, struct buf *to);
	void (*measure)(struct sink *s, const void *row);            /* may be NULL */
	void (*print)(struct sink *s, const char *text, size_t len); /* a kept row */
	void (*before)(struct sink *s); /* before the first kept row of a batch */
	void (*after)(struct sink *s);  /* after a batch */
	void (*end)(struct sink *s);
};

struct sink {
	struct out *out;
	const struct record *rec;
	const struct sink_form *form;
	struct sink_options opts;
	struct columns cols;

	const struct field *sort; /* NULL: in the order of arrival */
	bool descending;
	uint64_t taken;    /* rows that came since the last flush */
	struct buf store;  /* kept rows */
	struct kept *kept; /* with sort only */
	size_t nkept, cap;

	struct buf keys;       /* JSON: what is before each value */
	size_t *key_end;       /* in keys, by column */
	bool measured;         /* rows need not be kept for their widths */
	bool headed;           /* table: the headings have been printed */
	bool separate;         /* vertical: a record was printed before */
	uint32_t *width;       /* table: by column */
	struct measured *last; /* table: by column */
	struct buf *families;  /* metrics: samples by column */
	struct buf labels;     /* metrics: of the row at hand */
};

extern const struct sink_form form_json, form_table, form_vertical, form_metrics;

#endif
