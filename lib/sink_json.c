/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sink_json.c - JSON Lines: one record, one object, one line. */
#include "sink_form.h"

#include <errno.h>
#include <stdlib.h>

/* Texts between values are copied so far, whatever their length: it is quicker. */
enum { STRIDE = 32 };

static int json_begin(struct sink *s)
{
	s->key_end = calloc(s->cols.n + 1, sizeof(*s->key_end));
	if (!s->key_end)
		return -ENOMEM;
	for (size_t i = 0; i < s->cols.n; i++) {
		buf_puts(&s->keys, i ? ",\"" : "{\"");
		buf_puts(&s->keys, s->cols.v[i]->name);
		buf_puts(&s->keys, "\":");
		s->key_end[i] = s->keys.n;
	}
	buf_fill(&s->keys, 0, STRIDE);
	return s->keys.err;
}

/* n bytes at p, behind which there are STRIDE more. */
static void put_key(struct buf *to, const char *p, size_t n)
{
	char *at = buf_room(to, n + STRIDE);

	for (size_t i = 0; at && i < n; i += STRIDE)
		memcpy(at + i, p + i, STRIDE);
	to->n += at ? n : 0;
}

/* What value_put would do with a number that JSON shows by its digits: most are such. */
static bool put_plain(struct buf *to, const struct field *f, const void *row)
{
	const struct opt_u64 *u = (const void *)((const char *)row + f->off);

	if (f->kind != MEMBER_OPT_U64 || f->names || f->flags & (HEX | BITS | TIME))
		return false;
	if (u->has)
		put_decimal(to, u->v);
	else
		buf_add(to, "null", 4);
	return true;
}

static void json_row(struct sink *s, const void *row, struct buf *to)
{
	size_t at = 0;

	for (size_t i = 0; i < s->cols.n; at = s->key_end[i++]) {
		const struct field *f = s->cols.v[i];
		struct value v;

		put_key(to, s->keys.p + at, s->key_end[i] - at);
		if (put_plain(to, f, row))
			continue;
		field_load(f, row, &v);
		value_put(to, &v, STYLE_JSON);
	}
	buf_puts(to, "}\n");
}

static void json_end(struct sink *s)
{
	buf_free(&s->keys);
	free(s->key_end);
}

static void json_print(struct sink *s, const char *text, size_t len)
{
	buf_add(&s->out->b, text, len);
}

const struct sink_form form_json = {
	.begin = json_begin,
	.row = json_row,
	.print = json_print,
	.end = json_end,
};
