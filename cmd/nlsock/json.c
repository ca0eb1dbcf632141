/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "json.h"

#include <ctype.h>

enum { LARGEST = 64 << 20 };

struct reading {
	struct arena *a;
	struct buf *why;
	const char *begin, *at, *end;
	int depth;
};

static struct node *read_value(struct reading *r, const char *key);

/* What is wrong here: the line where there are several, else the place in the one. */
static void *fail(struct reading *r, const char *what)
{
	size_t line = 1;

	for (const char *p = r->begin; p < r->at; p++)
		line += *p == '\n';
	if (memchr(r->begin, '\n', (size_t)(r->end - r->begin)))
		buf_printf(r->why, "line %zu: ", line);
	else
		buf_printf(r->why, "character %td: ", r->at - r->begin + 1);
	buf_puts(r->why, what);
	return NULL;
}

static void *no_memory(struct reading *r)
{
	buf_puts(r->why, "it takes too much memory");
	return NULL;
}

/* The next character that is no white space, 0 at the end. */
static char peek(struct reading *r)
{
	while (r->at < r->end && (*r->at == ' ' || (*r->at >= '\t' && *r->at <= '\r')))
		r->at++;
	return r->at < r->end ? *r->at : 0;
}

static bool four_digits(struct reading *r, uint32_t *v)
{
	*v = 0;
	if (r->end - r->at < 4)
		return false;
	for (int i = 0; i < 4; i++, r->at++) {
		const int c = (unsigned char)*r->at;

		if (!isxdigit(c))
			return false;
		*v = *v << 4 | (uint32_t)(isdigit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
	}
	return true;
}

static char *put_utf8(char *to, uint32_t v)
{
	if (v < 0x80) {
		*to++ = (char)v;
	} else if (v < 0x800) {
		*to++ = (char)(0xc0 | v >> 6);
		*to++ = (char)(0x80 | (v & 63));
	} else if (v < 0x10000) {
		*to++ = (char)(0xe0 | v >> 12);
		*to++ = (char)(0x80 | (v >> 6 & 63));
		*to++ = (char)(0x80 | (v & 63));
	} else {
		*to++ = (char)(0xf0 | v >> 18);
		*to++ = (char)(0x80 | (v >> 12 & 63));
		*to++ = (char)(0x80 | (v >> 6 & 63));
		*to++ = (char)(0x80 | (v & 63));
	}
	return to;
}

/* After \u: a character, or two surrogates with another \u between them. */
static char *read_code(struct reading *r, char *to)
{
	uint32_t v, low;

	if (!four_digits(r, &v))
		return fail(r, "\\u is followed by four hex digits");
	if (v >= 0xd800 && v < 0xdc00) {
		if (r->end - r->at < 2 || r->at[0] != '\\' || r->at[1] != 'u')
			return fail(r, "half of a pair of surrogates");
		r->at += 2;
		if (!four_digits(r, &low) || low < 0xdc00 || low > 0xdfff)
			return fail(r, "half of a pair of surrogates");
		v = 0x10000 + ((v - 0xd800) << 10 | (low - 0xdc00));
	} else if (v >= 0xdc00 && v < 0xe000) {
		return fail(r, "half of a pair of surrogates");
	}
	return v ? put_utf8(to, v) : fail(r, "a byte of zero is written \\\\x00");
}

static char *read_escape(struct reading *r, char *to)
{
	static const char from[] = "\"\\/bfnrt", into[] = "\"\\/\b\f\n\r\t";
	const char c = r->at < r->end ? *r->at : 0;
	const char *which = c ? strchr(from, c) : NULL;

	if (!which && c != 'u')
		return fail(r, "JSON has no such escape");
	r->at++;
	if (!which)
		return read_code(r, to);
	*to++ = into[which - from];
	return to;
}

/* A string in quotes, which is never longer than what it is written as. */
static const char *read_string(struct reading *r, uint32_t *n)
{
	const char *close = ++r->at;
	char *s, *to;

	while (close < r->end && *close != '"')
		close += *close == '\\' ? 2 : 1;
	if (close >= r->end)
		return fail(r, "a string without its end");
	s = to = arena_alloc(r->a, (size_t)(close - r->at) + 1);
	if (!s)
		return no_memory(r);
	while (to && r->at < close) {
		if ((unsigned char)*r->at < ' ')
			return fail(r, "a control character in a string");
		if (*r->at == '\\') {
			r->at++;
			to = read_escape(r, to);
		} else {
			*to++ = *r->at++;
		}
	}
	r->at++;
	if (to)
		*n = (uint32_t)(to - s);
	return to ? s : NULL;
}

static bool skip_digits(const char **s)
{
	size_t n = strspn(*s, "0123456789");

	*s += n;
	return n;
}

static bool is_literal(const char *s)
{
	if (!strcmp(s, "true") || !strcmp(s, "false") || !strcmp(s, "null"))
		return true;
	s += *s == '-';
	if (*s == '0' && isdigit((unsigned char)s[1]))
		return false;
	if (!skip_digits(&s))
		return false;
	if (*s == '.' && (s++, !skip_digits(&s)))
		return false;
	if ((*s | 0x20) == 'e') {
		s++;
		s += *s == '-' || *s == '+';
		if (!skip_digits(&s))
			return false;
	}
	return !*s;
}

static struct node *read_literal(struct reading *r, struct node *to)
{
	const char *from = r->at, *p = from;

	while (p < r->end && *p && !strchr(" \t\n\v\f\r,:[]{}\"", *p))
		p++;
	to->s = arena_copy(r->a, from, (size_t)(p - from));
	to->n = (uint32_t)(p - from);
	if (!to->s)
		return no_memory(r);
	if (!to->n)
		return fail(r, from < r->end && *from == ','
				       ? "a comma with nothing before it"
				       : "here should be a value");
	if (!is_literal(to->s))
		return fail(r, "a word that is no number, true, false or null needs "
			       "quotes");
	r->at = p;
	return to;
}

/* What follows an item: true, there is another; false: it was the last, or it failed. */
static bool another(struct reading *r, char close, bool *good)
{
	const char c = peek(r);

	*good = true;
	if (c == close) {
		r->at++;
		return false;
	}
	if (c == ',') {
		r->at++;
		if (peek(r) != close)
			return true;
		r->at--;
		fail(r, close == '}' ? "a comma with nothing between it and }"
				     : "a comma with nothing between it and ]");
	} else {
		fail(r, close == '}' ? "here should be a comma or }"
				     : "here should be a comma or ]");
	}
	*good = false;
	return false;
}

static const char *read_key(struct reading *r)
{
	const char *key;
	uint32_t n;

	if (peek(r) != '"')
		return fail(r, "here should be a key in quotes");
	key = read_string(r, &n);
	if (!key)
		return NULL;
	if (peek(r) != ':')
		return fail(r, "a key is followed by a colon");
	r->at++;
	return key;
}

static struct node *read_items(struct reading *r, struct node *to, char close)
{
	struct node **at = &to->first;
	bool good = true;

	to->kind = close == '}' ? NODE_MAP : NODE_LIST;
	r->at++;
	if (peek(r) == close) {
		r->at++;
		return to;
	}
	if (++r->depth > JSON_DEEPEST)
		return fail(r, "it is nested too deeply");
	do {
		const char *key = to->kind == NODE_MAP ? read_key(r) : NULL;

		if (to->kind == NODE_MAP && !key)
			return NULL;
		*at = read_value(r, key);
		if (!*at)
			return NULL;
		at = &(*at)->next;
		to->n++;
	} while (another(r, close, &good));
	r->depth--;
	return good ? to : NULL;
}

static struct node *read_value(struct reading *r, const char *key)
{
	const char c = peek(r);
	struct node *n = arena_alloc(r->a, sizeof(*n));

	if (!n)
		return no_memory(r);
	n->key = key;
	if (c == '{' || c == '[')
		return read_items(r, n, c == '{' ? '}' : ']');
	n->kind = NODE_SCALAR;
	if (c != '"')
		return read_literal(r, n);
	n->quoted = true;
	n->s = read_string(r, &n->n);
	return n->s ? n : NULL;
}

struct node *json_parse(struct arena *a, const char *p, size_t n, struct buf *why)
{
	struct reading r = { .a = a, .why = why };
	struct node *root;

	r.begin = r.at = n ? p : "";
	r.end = r.begin + n;

	if (n > LARGEST) {
		buf_puts(why, "it is above 64 MiB");
		return NULL;
	}
	if (!n || (!peek(&r) && r.at == r.end)) {
		buf_puts(why, "there is nothing in it");
		return NULL;
	}
	root = read_value(&r, NULL);
	if (root && (peek(&r) || r.at < r.end))
		return fail(&r, "here should be the end");
	return root;
}
