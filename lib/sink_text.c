/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sink_text.c - text for people: aligned tables, and vertical records. */
#include "sink_form.h"
#include "utf8.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

enum { NARROWEST = 8 }; /* a column is not cut below this to fit a terminal */

static bool is_right(const struct field *f)
{
	return f->kind != MEMBER_STR && f->kind != MEMBER_CHARS &&
	       f->kind != MEMBER_BYTES && f->kind != MEMBER_NEST &&
	       f->kind != MEMBER_BOOL && f->kind != MEMBER_OPT_BOOL && !f->names &&
	       !(f->flags & (BITS | TIME));
}

static const char *heading(const struct field *f, char *text, size_t size)
{
	size_t i;

	if (f->head)
		return f->head;
	for (i = 0; f->name[i] && i + 1 < size; i++)
		text[i] = (char)toupper((unsigned char)f->name[i]);
	text[i] = 0;
	return text;
}

static int table_begin(struct sink *s)
{
	char text[64];

	s->width = calloc(s->cols.n + 1, sizeof(*s->width));
	s->last = calloc(s->cols.n + 1, sizeof(*s->last));
	if (!s->width || !s->last)
		return -ENOMEM;
	for (size_t i = 0; i < s->cols.n; i++)
		s->width[i] = s->opts.no_headings
				      ? 1
				      : (uint32_t)strlen(heading(s->cols.v[i], text,
								 sizeof(text)));
	return 0;
}

/* A kept row is its cells, each with its length before it. */
static void table_row(struct sink *s, const void *row, struct buf *to)
{
	bool fixed = s->measured && s->taken; /* and perhaps cut to fit by now */

	for (size_t i = 0; i < s->cols.n; i++) {
		size_t at = to->n;
		uint32_t len, width;
		struct value v;

		field_load(s->cols.v[i], row, &v);
		buf_fill(to, 0, sizeof(len));
		value_put(to, &v, STYLE_TEXT);
		if (to->err)
			return;
		len = (uint32_t)(to->n - at - sizeof(len));
		memcpy(to->p + at, &len, sizeof(len));
		if (fixed)
			continue;
		width = (uint32_t)utf8_width(to->p + at + sizeof(len), len);
		s->width[i] = MAX(s->width[i], width);
	}
}

/* Whether a value is no wider than one measured before: plain numbers are not wider than
 * greater ones, and the same value again is as wide. */
static bool is_measured(const struct field *f, const struct value *v,
			struct measured *last)
{
	const int shown = HEX | BITS | SIZE | NANO | TIME;
	uint64_t n = v->u;

	if (v->kind == VALUE_NULL)
		return true;
	if (v->kind == VALUE_F64)
		memcpy(&n, &v->f, sizeof(n));
	else if (v->kind != VALUE_U64)
		return false;
	if (last->any && n == last->number)
		return true;
	if (last->any && v->kind == VALUE_U64 && !v->names && !(f->flags & shown) &&
	    n < last->number)
		return true;
	*last = (struct measured){ .number = n, .any = true };
	return false;
}

static void table_measure(struct sink *s, const void *row)
{
	for (size_t i = 0; i < s->cols.n; i++) {
		struct value v;

		field_load(s->cols.v[i], row, &v);
		if (is_measured(s->cols.v[i], &v, &s->last[i]))
			continue;
		s->store.n = 0;
		value_put(&s->store, &v, STYLE_TEXT);
		s->width[i] =
			MAX(s->width[i], (uint32_t)utf8_width(s->store.p, s->store.n));
	}
	s->store.n = 0;
}

static void put_cell(struct sink *s, size_t col, const char *text, size_t len)
{
	struct buf *b = &s->out->b;
	size_t width = s->width[col], used = utf8_width(text, len);
	bool last = col + 1 == s->cols.n, cut = used > width;

	if (cut) {
		len = utf8_clip(text, len, width - 1);
		used = utf8_width(text, len) + 1;
	}
	if (is_right(s->cols.v[col]))
		buf_fill(b, ' ', width - used);
	buf_add(b, text, len);
	if (cut)
		buf_puts(b, "\xe2\x80\xa6");
	if (!is_right(s->cols.v[col]) && !last)
		buf_fill(b, ' ', width - used);
	buf_putc(b, last ? '\n' : ' ');
}

/* A full-screen reader's table: the widest texts give way, numbers never do. */
static void fit(struct sink *s)
{
	size_t total = s->cols.n - 1;

	for (size_t i = 0; i < s->cols.n; i++)
		total += s->width[i];
	while (s->opts.width && total > s->opts.width) {
		size_t widest = 0;
		uint32_t most = NARROWEST;

		for (size_t i = 0; i < s->cols.n; i++)
			if (!is_right(s->cols.v[i]) && s->width[i] > most)
				most = s->width[widest = i];
		if (most == NARROWEST)
			break;
		s->width[widest]--;
		total--;
	}
}

static void table_before(struct sink *s)
{
	char text[64];

	if (!s->cols.n)
		return;
	fit(s);
	if (s->headed || s->opts.no_headings)
		return;
	s->headed = true;
	if (s->opts.color)
		buf_puts(&s->out->b, "\033[1m");
	for (size_t i = 0; i < s->cols.n; i++) {
		const char *h = heading(s->cols.v[i], text, sizeof(text));

		put_cell(s, i, h, strlen(h));
	}
	if (s->opts.color)
		buf_puts(&s->out->b, "\033[0m");
}

static void table_print(struct sink *s, const char *text, size_t len)
{
	const char *end = text + len;

	while (text < end && !out_mark(s->out))
		for (size_t i = 0; i < s->cols.n; i++) {
			uint32_t n;

			memcpy(&n, text, sizeof(n));
			put_cell(s, i, text + sizeof(n), n);
			text += sizeof(n) + n;
		}
}

static void table_end(struct sink *s)
{
	free(s->width);
	free(s->last);
}

const struct sink_form form_table = {
	.keeps = true,
	.begin = table_begin,
	.row = table_row,
	.measure = table_measure,
	.before = table_before,
	.print = table_print,
	.end = table_end,
};

static void vertical_row(struct sink *s, const void *row, struct buf *to)
{
	struct tree t;

	tree_init(&t, to, TREE_LINES);
	if (!s->sort && s->separate)
		buf_putc(to, '\n');
	s->separate = true;
	tree_object(&t, NULL);
	for (size_t i = 0; i < s->cols.n; i++)
		tree_value(&t, s->cols.v[i]->name, field_value(s->cols.v[i], row));
	tree_end(&t);
	tree_free(&t);
}

static void vertical_print(struct sink *s, const char *text, size_t len)
{
	if (s->headed)
		buf_putc(&s->out->b, '\n');
	s->headed = true;
	buf_add(&s->out->b, text, len);
}

const struct sink_form form_vertical = { .row = vertical_row, .print = vertical_print };
