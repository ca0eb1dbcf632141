/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sink_json.c - JSON Lines: one record, one object, one line. */
#include "sink_form.h"

static void json_row(struct sink *s, const void *row, struct buf *to)
{
	for (size_t i = 0; i < s->cols.n; i++) {
		const struct field *f = s->cols.v[i];
		struct value v = field_value(f, row);

		buf_puts(to, i ? ",\"" : "{\"");
		buf_puts(to, f->name);
		buf_puts(to, "\":");
		value_put(to, &v, STYLE_JSON);
	}
	buf_puts(to, "}\n");
}

static void json_print(struct sink *s, const char *text, size_t len)
{
	buf_add(&s->out->b, text, len);
}

const struct sink_form form_json = { .row = json_row, .print = json_print };
