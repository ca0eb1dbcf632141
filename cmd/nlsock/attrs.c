/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attrs.h"

#include "tree.h"
#include "utf8.h"

#include <stdio.h>

enum {
	DEEPEST = 16,   /* nests below are shown as bytes */
	GREATEST = 512, /* attribute number a guess believes in */
};

/* From here on many readers of JSON round a number; the hex beside it says all. */
#define INEXACT (UINT64_C(1) << 53)

static const struct name flag_bits[] = { { 15, "NESTED" }, { 14, "NET_BYTEORDER" } };
static const struct names flag_names = NAMES(flag_bits);

bool attrs_whole(const void *p, size_t n)
{
	const struct nlattr *a;
	int left;

	if (n > INT32_MAX)
		return false;
	nla_for_each_attr(a, p, (int)n, left) {
	}
	return left <= 0;
}

static bool padding_clean(const struct nlattr *a, size_t left)
{
	const char *p = (const char *)a;

	for (size_t i = a->nla_len; i < NLA_ALIGN((size_t)a->nla_len) && i < left; i++)
		if (p[i])
			return false;
	return true;
}

bool attrs_likely(const void *p, size_t n)
{
	const struct nlattr *a;
	bool filled = false;
	int left;

	if (n % NLA_ALIGNTO || n > INT32_MAX)
		return false;
	nla_for_each_attr(a, p, (int)n, left) {
		if (a->nla_type & NLA_F_NET_BYTEORDER || !nla_type(a) ||
		    nla_type(a) > GREATEST || !padding_clean(a, (size_t)left))
			return false;
		filled |= nla_len(a) > 0;
	}
	return !left && filled;
}

struct attr {
	uint16_t type, flags;
	struct bytes payload;
	bool nest, guess;
};

static struct attr look(const struct nlattr *a, int depth)
{
	struct attr x = { .type = (uint16_t)nla_type(a),
			  .flags = a->nla_type & (uint16_t)~NLA_TYPE_MASK,
			  .payload = nla_read_bytes(a) };
	const struct bytes b = x.payload;

	if (depth >= DEEPEST)
		return x;
	if (a->nla_type & NLA_F_NESTED)
		x.nest = attrs_whole(b.p, b.n);
	else
		x.nest = x.guess = attrs_likely(b.p, b.n);
	return x;
}

/* A payload that reads as text: printable UTF-8 with one NUL, at its end. */
static struct value as_string(struct bytes b)
{
	struct buf escaped = { 0 };
	bool plain;

	if (b.n < 2 || b.p[b.n - 1] || memchr(b.p, 0, b.n - 1))
		return value_str(NULL);
	utf8_escape(&escaped, b.p, b.n - 1);
	plain = escaped.n == b.n - 1;
	buf_free(&escaped);
	return plain ? value_bytes(b.p, b.n - 1) : value_str(NULL);
}

static struct value as_number(struct bytes b)
{
	uint64_t v = 0;

	if (b.n != 1 && b.n != 2 && b.n != 4 && b.n != 8)
		return value_str(NULL);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	memcpy((char *)&v + sizeof(v) - b.n, b.p, b.n);
#else
	memcpy(&v, b.p, b.n);
#endif
	return value_u64(v);
}

static void emit_level(struct tree *t, const char *key, struct bytes b, int depth);

static void emit_json(struct tree *t, const char *key, const struct attr *x, int depth)
{
	const struct value flags = {
		.kind = VALUE_U64, .show = BITS, .u = x->flags, .names = &flag_names
	};
	const struct bytes b = x->payload;
	bool leaf = !x->nest;
	struct value number = leaf ? as_number(b) : value_str(NULL);

	if (number.kind == VALUE_U64 && number.u >= INEXACT)
		number = value_str(NULL);
	tree_object(t, key);
	tree_value(t, "type", value_u64(x->type));
	tree_value(t, "len", value_u64(NLA_HDRLEN + b.n));
	tree_value(t, "flags", flags);
	tree_value(t, "hex",
		   leaf || x->guess ? value_hexbytes(b.p, b.n) : value_str(NULL));
	tree_value(t, "string", leaf ? as_string(b) : value_str(NULL));
	tree_value(t, "number", number);
	tree_value(t, "guess", value_bool(x->guess));
	if (x->nest)
		emit_level(t, "attrs", b, depth + 1);
	else
		tree_value(t, "attrs", value_str(NULL));
	tree_end(t);
}

/* For people: the number is the key, and bytes that read as something show it. */
static void emit_text(struct tree *t, const char *name, const struct attr *x, int depth)
{
	const struct bytes b = x->payload;
	struct value hex = value_hexbytes(b.p, b.n), string = as_string(b),
		     number = as_number(b);
	struct buf text = { 0 };
	char key[128], digits[8];

	snprintf(digits, sizeof(digits), "%u", x->type);
	snprintf(key, sizeof(key), "%s%s", name ? name : digits,
		 x->guess ? " (nest?)" : "");
	if (x->nest && b.n) {
		emit_level(t, key, b, depth + 1);
		return;
	}
	value_put(&text, &hex, STYLE_TEXT);
	if (string.kind == VALUE_BYTES) {
		buf_puts(&text, " \"");
		value_put(&text, &string, STYLE_TEXT);
		buf_putc(&text, '"');
	} else if (number.kind == VALUE_U64) {
		buf_puts(&text, " = ");
		value_put(&text, &number, STYLE_TEXT);
	}
	tree_value(t, key, value_bytes(text.p, text.n));
	buf_free(&text);
}

static void emit_level(struct tree *t, const char *key, struct bytes b, int depth)
{
	const struct nlattr *a;
	int left;

	if (t->form == TREE_JSON)
		tree_array(t, key);
	else
		tree_object(t, key);
	nla_for_each_attr(a, (const void *)b.p, (int)b.n, left) {
		struct attr x = look(a, depth);

		if (t->form == TREE_JSON)
			emit_json(t, NULL, &x, depth);
		else
			emit_text(t, NULL, &x, depth);
	}
	tree_end(t);
}

void attrs_emit(struct tree *t, const void *arg)
{
	emit_level(t, NULL, *(const struct bytes *)arg, 0);
}

void attrs_emit_one(struct tree *t, const struct nlattr *a, bool item)
{
	struct attr x = look(a, 0);
	char key[8];

	snprintf(key, sizeof(key), "%u", x.type);
	if (t->form == TREE_JSON)
		emit_json(t, item ? NULL : key, &x, 0);
	else
		emit_text(t, NULL, &x, 0);
}

void attrs_emit_named(struct tree *t, const char *name, const struct nlattr *a)
{
	struct attr x = look(a, 0);

	if (t->form == TREE_JSON)
		emit_json(t, name, &x, 0);
	else
		emit_text(t, name, &x, 0);
}
