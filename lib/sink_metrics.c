/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sink_metrics.c - the classic Prometheus text format: families with HELP and TYPE. */
#include "sink_form.h"
#include "utf8.h"

#include <errno.h>
#include <stdlib.h>

static int metrics_begin(struct sink *s)
{
	s->families = calloc(s->cols.n + 1, sizeof(*s->families));
	return s->families ? 0 : -ENOMEM;
}

static void put_name(struct buf *b, const struct sink *s, const struct field *f)
{
	buf_puts(b, s->rec->name);
	buf_putc(b, '_');
	buf_puts(b, f->name);
	if (f->flags & COUNTER)
		buf_puts(b, "_total");
}

/* Label values are the text of the value, escaped again by the format's own rules. */
static void make_labels(struct sink *s, const void *row)
{
	struct buf *b = &s->labels;
	char sep = '{';

	b->n = 0;
	for (size_t i = 0; i < s->rec->nfields; i++) {
		const struct field *f = &s->rec->fields[i];
		struct value v = field_value(f, row);

		if (!(f->flags & KEY) || value_absent(&v))
			continue;
		buf_putc(b, sep);
		buf_puts(b, f->name);
		buf_puts(b, "=\"");
		if (v.kind == VALUE_BYTES && !(v.show & HEX))
			utf8_quote(b, v.s.p, v.s.n);
		else
			value_put(b, &v, STYLE_TEXT);
		buf_putc(b, '"');
		sep = ',';
	}
	if (sep == ',')
		buf_putc(b, '}');
}

static void metrics_row(struct sink *s, const void *row, struct buf *to)
{
	(void)to;
	make_labels(s, row);
	for (size_t i = 0; i < s->cols.n; i++) {
		const struct field *f = s->cols.v[i];
		struct value v = field_value(f, row);
		struct buf *b = &s->families[i];

		if (!(f->flags & (GAUGE | COUNTER)) || value_absent(&v))
			continue;
		put_name(b, s, f);
		buf_add(b, s->labels.p, s->labels.n);
		buf_putc(b, ' ');
		v.show = 0;
		v.names = NULL;
		if (v.kind == VALUE_BOOL)
			v = value_u64(v.b);
		value_put(b, &v, STYLE_JSON);
		buf_putc(b, '\n');
		if (b->err)
			s->out->b.err = b->err;
	}
}

static void metrics_after(struct sink *s)
{
	struct buf *b = &s->out->b;

	for (size_t i = 0; i < s->cols.n; i++) {
		const struct field *f = s->cols.v[i];

		if (!s->families[i].n)
			continue;
		buf_puts(b, "# HELP ");
		put_name(b, s, f);
		buf_putc(b, ' ');
		buf_puts(b, f->help);
		buf_puts(b, "\n# TYPE ");
		put_name(b, s, f);
		buf_puts(b, f->flags & COUNTER ? " counter\n" : " gauge\n");
		buf_add(b, s->families[i].p, s->families[i].n);
		s->families[i].n = 0;
	}
}

static void metrics_print(struct sink *s, const char *text, size_t len)
{
	(void)s, (void)text, (void)len; /* samples lie in their families */
}

static void metrics_end(struct sink *s)
{
	for (size_t i = 0; s->families && i < s->cols.n; i++)
		buf_free(&s->families[i]);
	free(s->families);
	buf_free(&s->labels);
}

const struct sink_form form_metrics = {
	.begin = metrics_begin,
	.row = metrics_row,
	.print = metrics_print,
	.after = metrics_after,
	.end = metrics_end,
};
