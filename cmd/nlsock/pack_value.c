/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values of a request as bytes: numbers, names, text and structs. */
#include "pack_attr.h"

#include "convert.h"
#include "diag.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <strings.h>

void pack_fail(struct packing *p, const char *key, const char *what)
{
	if (p->err)
		return;
	p->err = -EINVAL;
	buf_printf(p->why, "'%s': %s", key, what);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void pack_text(struct buf *b, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool escape = n - i > 3 && s[i] == '\\' && s[i + 1] == 'x' &&
			      hex_digit(s[i + 2]) >= 0 && hex_digit(s[i + 3]) >= 0;

		if (!escape) {
			buf_putc(b, s[i]);
			continue;
		}
		buf_putc(b, (char)(hex_digit(s[i + 2]) << 4 | hex_digit(s[i + 3])));
		i += 3;
	}
}

/* Names are compared without case, and - is as good as _. */
static bool same_name(const char *a, const char *b)
{
	for (; *a && *b; a++, b++) {
		char x = *a == '_' ? '-' : *a, y = *b == '_' ? '-' : *b;

		if (tolower((unsigned char)x) != tolower((unsigned char)y))
			return false;
	}
	return !*a && !*b;
}

static bool named(const char *s, const struct enumeration *names, uint64_t *v)
{
	for (size_t i = 0; names && i < names->names.n; i++)
		if (same_name(names->names.v[i].name, s)) {
			*v = names->names.v[i].number;
			return true;
		}
	return false;
}

static bool truth(const struct node *n, uint64_t *v)
{
	bool yes = !strcasecmp(n->s, "true");

	if (n->quoted || (!yes && strcasecmp(n->s, "false") != 0))
		return false;
	*v = yes;
	return true;
}

/* One flag: its name, or bitN as those without one are shown. */
static bool flag(const struct node *n, const struct enumeration *names, uint64_t *v)
{
	struct node digits = *n;
	uint64_t bit;

	if (n->kind != NODE_SCALAR)
		return false;
	if (!named(n->s, names, &bit)) {
		if (strncmp(n->s, "bit", 3) != 0)
			return node_number(n, v);
		digits.s += 3;
		if (!node_number(&digits, &bit))
			return false;
	}
	*v = bit < 64 ? (uint64_t)1 << bit : 0;
	return bit < 64;
}

/* a,b and a+b are lists of flags too. */
static bool flag_words(const struct node *n, const struct enumeration *names, uint64_t *v)
{
	const char *at = n->s;
	uint64_t one;
	char word[128];

	for (*v = 0; *at; at += *at != 0) {
		size_t len = strcspn(at, ",+");
		struct node part = { .kind = NODE_SCALAR, .s = word };

		if (!len || len >= sizeof(word))
			return false;
		memcpy(word, at, len);
		word[len] = 0;
		at += len;
		if (!flag(&part, names, &one))
			return false;
		*v |= one;
	}
	return true;
}

static bool flags_of(const struct node *n, const struct enumeration *names, uint64_t *v)
{
	uint64_t one;

	if (n->kind == NODE_SCALAR)
		return node_number(n, v) || flag_words(n, names, v);
	*v = 0;
	for (const struct node *m = n->kind == NODE_LIST ? n->first : NULL; m;
	     m = m->next) {
		if (!flag(m, names, &one))
			return false;
		*v |= one;
	}
	return n->kind == NODE_LIST;
}

bool pack_number(const struct node *n, const struct enumeration *names, bool as_flags,
		 uint64_t *v)
{
	if (names && (names->flags || as_flags))
		return flags_of(n, names, v);
	if (n->kind != NODE_SCALAR)
		return false;
	return named(n->s, names, v) || node_number(n, v) || truth(n, v);
}

bool pack_truth(struct packing *p, const char *key, const struct node *n, bool *set)
{
	static const char *const words[] = { "false", "no", "off", "0", "true",
					     "yes",   "on", "1",   "" };

	for (size_t i = 0; n->kind == NODE_SCALAR && i < COUNT(words); i++)
		if (!strcasecmp(n->s, words[i])) {
			*set = i > 3;
			return true;
		}
	pack_fail(p, key, "a flag is true or false");
	return false;
}

bool pack_fits(struct packing *p, const char *key, const struct node *n, uint64_t v,
	       size_t size, bool sign)
{
	const uint64_t all = size < 8 ? (UINT64_C(1) << 8 * size) - 1 : UINT64_MAX;
	const bool scalar = n->kind == NODE_SCALAR;
	/* Hex digits are the bits of a number, whatever its sign. */
	const bool bits = scalar && n->s[0] == '0' && (n->s[1] | 0x20) == 'x';
	const bool minus = scalar && n->s[0] == '-' && v;
	/* The name of a number that a spec has below 0. */
	const bool named = scalar && v > INT64_MAX && !strchr("-0123456789", n->s[0]);
	char text[96];

	if (named && (int64_t)v >= -(int64_t)(all / 2) - 1)
		return true;
	if (minus ? sign && (int64_t)v >= -(int64_t)(all / 2) - 1
		  : v <= (sign && !bits ? all / 2 : all))
		return true;
	if (sign)
		snprintf(text, sizeof(text), "the number is out of range: %lld to %lld",
			 -(long long)(all / 2) - 1, (long long)(all / 2));
	else
		snprintf(text, sizeof(text), "the number is out of range: 0 to %llu",
			 (unsigned long long)all);
	pack_fail(p, key, text);
	return false;
}

void pack_no_number(struct packing *p, const char *key, const struct node *n,
		    const struct enumeration *names)
{
	const size_t most = 64;
	const char *list[65] = { 0 }, *near = NULL;
	struct buf text = { 0 };

	buf_puts(&text, "this is no number and no name for one");
	for (size_t i = 0; names && i < names->names.n && i < most; i++)
		list[i] = names->names.v[i].name;
	if (*list && n->kind == NODE_SCALAR)
		near = nearest(n->s, strlen(n->s), list);
	if (near)
		buf_printf(&text, ", did you mean '%s'?", near);
	for (size_t i = 0; !near && list[i] && text.n < 200; i++)
		buf_printf(&text, "%s%s", i ? ", " : ": ", list[i]);
	if (!near && text.n >= 200)
		buf_puts(&text, ", ...");
	buf_putc(&text, 0);
	pack_fail(p, key, text.err ? "this is no number" : text.p);
	buf_free(&text);
}

static void pack_numbers(struct packing *p, const struct part *m, const struct node *list)
{
	const size_t size = type_size(m->sub_type);
	char out[8];
	uint64_t v;

	for (const struct node *n = list->first; n && !p->err; n = n->next) {
		if (!pack_number(n, m->names, m->as_flags, &v))
			return pack_no_number(p, m->name, n, m->names);
		if (!pack_fits(p, m->name, n, v, size, type_signed(m->sub_type)))
			return;
		number_to(out, size, m->big_endian, v);
		buf_add(p->out, out, size);
	}
}

static void pack_part(struct packing *p, const struct part *m, const struct node *n,
		      char *to)
{
	struct packing inner = *p;
	struct buf bytes = { 0 };
	uint64_t v = 0;

	inner.out = &bytes;
	if (m->layout) {
		pack_struct(&inner, m->layout, n, NULL);
		p->err = inner.err;
	} else if (type_size(m->type)) {
		if (m->hint && n->kind == NODE_SCALAR &&
		    hint_parse(&bytes, m->hint, n->s) && bytes.n == m->len)
			v = number_at(bytes.p, m->len, true);
		else if (!pack_number(n, m->names, m->as_flags, &v))
			pack_no_number(p, m->name, n, m->names);
		if (!bytes.n)
			(void)pack_fits(p, m->name, n, v, m->len, type_signed(m->type));
		number_to(to, m->len, m->big_endian, v);
		bytes.n = 0;
	} else if (n->kind == NODE_LIST && type_size(m->sub_type)) {
		pack_numbers(&inner, m, n);
		p->err = inner.err;
	} else if (n->kind != NODE_SCALAR) {
		pack_fail(p, m->name, "this is a value, not a structure");
	} else if (m->type == ATTR_STRING) {
		pack_text(&bytes, n->s, n->n);
	} else if (!hint_parse(&bytes, m->hint, n->s)) {
		pack_fail(p, m->name, "this is neither hex nor of the member's kind");
	}
	if (bytes.n > m->len)
		pack_fail(p, m->name, "it is longer than the member");
	else if (bytes.n)
		memcpy(to, bytes.p, bytes.n);
	buf_free(&bytes);
}

/* The format of a member that is a sub-message, by what its selector was given. */
static const struct submsg_format *format_of(const struct part *m, const struct node *map)
{
	const struct node *by = m->selector ? node_get(map, m->selector->name) : NULL;
	const struct enumeration *names = m->selector ? m->selector->names : NULL;
	const char *name = NULL;
	uint64_t v;

	if (!m->submsg || !by || !pack_number(by, names, false, &v))
		return NULL;
	name = names ? name_of(&names->names, v) : by->s;
	return name ? schema_format(m->submsg, (struct bytes){ name, strlen(name) })
		    : NULL;
}

/* The last member, as long as what is given. */
static void pack_flexible(struct packing *p, const struct part *m, const struct node *n,
			  const struct node *map)
{
	const struct submsg_format *f = format_of(m, map);

	if (f && f->fixed.layout && n->kind == NODE_MAP)
		pack_struct(p, f->fixed.layout, n, NULL);
	else if (n->kind == NODE_LIST && type_size(m->sub_type))
		pack_numbers(p, m, n);
	else if (n->kind != NODE_SCALAR)
		pack_fail(p, m->name, "this is a value, not a structure");
	else if (m->type == ATTR_STRING)
		pack_text(p->out, n->s, n->n);
	else if (!hint_parse(p->out, m->hint, n->s))
		pack_fail(p, m->name, "this is neither hex nor of the member's kind");
}

/* A value that is the member's, though an attribute has the name too: see unpack_struct.
 */
static const struct node *given_beside(const struct part *m, const struct attr_spec *a,
				       const struct node *map)
{
	const struct node *n = node_get(map, m->name);
	char name[128];

	if (n && n->kind == NODE_SCALAR && attr_is_nest(a))
		return n;
	snprintf(name, sizeof(name), TWIN_PREFIX "%s", m->name);
	return node_get(map, name);
}

/* What the value of an attribute is for a member of its name. */
static void pack_twin(const struct part *m, const struct attr_spec *a,
		      const struct node *n, char *to)
{
	uint64_t v;

	if (n && type_size(a->type) && m->len && type_size(m->type) &&
	    pack_number(n, a->names, a->as_flags, &v))
		number_to(to, m->len, m->big_endian, twin_value(m, v));
}

static void pack_member(struct packing *p, const struct part *m, const struct node *map,
			size_t at, const struct attr_set *beside)
{
	const struct attr_spec *a = schema_attr_named(beside, m->name, strlen(m->name));
	const struct node *n = a ? given_beside(m, a, map) : node_get(map, m->name);

	if (m->type == ATTR_PAD || m->flexible) {
		if (m->flexible && !pack_is_null(n))
			pack_flexible(p, m, n, map);
		return;
	}
	if (!pack_is_null(n))
		pack_part(p, m, n, p->out->p + at + m->off);
	else if (a && node_get(map, m->name))
		pack_twin(m, a, node_get(map, m->name), p->out->p + at + m->off);
	else if (m->has_preset)
		number_to(p->out->p + at + m->off, m->len, m->big_endian, m->preset);
}

void pack_struct(struct packing *p, const struct layout *l, const struct node *map,
		 const struct attr_set *beside)
{
	const struct node *rest = node_get(map, "rest");
	size_t at = p->out->n;

	if (map && map->kind != NODE_MAP)
		return pack_fail(p, l->name, "this is a struct: members with values");
	buf_fill(p->out, 0, l->size);
	for (size_t i = 0; i < l->n && !p->err && !p->out->err; i++)
		pack_member(p, &l->v[i], map, at, beside);
	if (rest && rest->kind == NODE_SCALAR && !hint_parse(p->out, HINT_NONE, rest->s))
		pack_fail(p, "rest", "this is no hex");
}
