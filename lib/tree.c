/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tree.c - nested values as JSON, as indented lines, or inline. */
#include "tree.h"

#include "utf8.h"

enum { TOP = 0, OBJECT = '{', ARRAY = '[' };

void tree_init(struct tree *t, struct buf *out, enum tree_form form)
{
	*t = (struct tree){ .out = out, .form = form, .first = true };
}

void tree_free(struct tree *t)
{
	if (t->stack.err && !t->out->err)
		t->out->err = t->stack.err;
	buf_free(&t->stack);
}

static char level(const struct tree *t)
{
	return (char)(t->stack.n ? t->stack.p[t->stack.n - 1] : TOP);
}

static void put_key(struct tree *t, const char *key)
{
	const size_t n = strlen(key);
	char *to;

	if (t->form != TREE_JSON) {
		utf8_escape(t->out, key, n);
		return;
	}
	if (utf8_plain(key, n)) {
		to = buf_room(t->out, n + 3);
		if (to) {
			*to++ = '"';
			to = mempcpy(to, key, n);
			*to++ = '"';
			*to = ':';
			t->out->n += n + 3;
		}
		return;
	}
	buf_putc(t->out, '"');
	utf8_quote(t->out, key, n);
	buf_add(t->out, "\":", 2);
}

/* The start of a line: the items of the top level are not indented. */
static void indent(struct tree *t)
{
	if (t->item)
		t->item = false;
	else if (t->stack.n)
		buf_fill(t->out, ' ', 2 * (t->stack.n - 1));
}

static void begin_line(struct tree *t, const char *key, bool nested)
{
	if (level(t) == ARRAY) {
		indent(t);
		buf_puts(t->out, "- ");
		t->item = nested;
	} else if (key) {
		indent(t);
		put_key(t, key);
		buf_puts(t->out, nested ? ":\n" : ": ");
	}
}

static void begin_inline(struct tree *t, const char *key)
{
	if (!t->first)
		buf_putc(t->out, level(t) == ARRAY ? ',' : ' ');
	if (level(t) == OBJECT && key) {
		put_key(t, key);
		buf_putc(t->out, '=');
	}
}

/* Everything before a value: comma, key, indentation. */
static void begin(struct tree *t, const char *key, bool nested)
{
	if (!key)
		key = t->key;
	t->key = NULL;
	if (t->form == TREE_JSON) {
		if (!t->first)
			buf_putc(t->out, ',');
		if (level(t) == OBJECT)
			put_key(t, key ? key : "");
	} else if (t->form == TREE_LINES) {
		begin_line(t, key, nested);
	} else {
		begin_inline(t, key);
	}
	t->first = false;
}

static void open_level(struct tree *t, const char *key, char kind)
{
	begin(t, key, true);
	if (t->form == TREE_JSON || (t->form == TREE_INLINE && t->stack.n))
		buf_putc(t->out, kind);
	buf_putc(&t->stack, kind);
	t->first = true;
}

void tree_object(struct tree *t, const char *key)
{
	open_level(t, key, OBJECT);
}

void tree_array(struct tree *t, const char *key)
{
	open_level(t, key, ARRAY);
}

void tree_end(struct tree *t)
{
	char kind = level(t);

	if (!t->stack.n)
		return;
	t->stack.n--;
	if (t->form == TREE_JSON || (t->form == TREE_INLINE && t->stack.n))
		buf_putc(t->out, kind == OBJECT ? '}' : ']');
	if (t->form == TREE_LINES && t->item) /* "- " and nothing in it */
		buf_putc(t->out, '\n');
	t->item = false;
	t->first = false;
}

void tree_rendered(struct tree *t, struct bytes text)
{
	if (!text.n)
		return;
	if (!t->first)
		buf_putc(t->out, ',');
	buf_add(t->out, text.p, text.n);
	t->first = false;
}

void tree_value(struct tree *t, const char *key, struct value v)
{
	if (v.kind == VALUE_NEST && v.nest.emit) {
		t->key = key ? key : t->key;
		v.nest.emit(t, v.nest.arg);
		return;
	}
	begin(t, key, false);
	value_put(t->out, &v, t->form == TREE_JSON ? STYLE_JSON : STYLE_TEXT);
	if (t->form == TREE_LINES)
		buf_putc(t->out, '\n');
}
