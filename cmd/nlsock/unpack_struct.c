/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values and structs by their schema. */
#include "unpack_value.h"

#include "convert.h"
#include "nl.h"

#include <stdio.h>
#include <sys/socket.h>

enum { DEEPEST = 32 };

static void emit_members(struct tree *t, const struct layout *l, struct bytes b,
			 const struct scope *beside, int depth);

void emit_text(struct tree *t, const char *key, int hint, const char *p, size_t n)
{
	char small[HINT_ROOM(32)];
	struct buf b = { 0 };
	char *to = n <= 32 ? small : buf_room(&b, HINT_ROOM(n));
	size_t len = to ? hint_write(to, hint, p, n) : 0;

	tree_value(t, key, len ? value_bytes(to, len) : value_hexbytes(p, n));
	buf_free(&b);
}

void emit_number(struct tree *t, const char *key, const struct manner *m, const char *p,
		 size_t n)
{
	uint64_t v = number_at(p, n, m->big_endian);
	char bytes[8], text[24];

	if (m->names && m->sign && !m->names->flags && !m->as_flags)
		v = (uint64_t)number_signed(v, n);
	if (m->names && m->sign && (int64_t)v < 0 && !name_of(&m->names->names, v)) {
		snprintf(text, sizeof(text), "%lld", (long long)v);
		tree_value(t, key, value_str(text));
	} else if (m->names) {
		struct value x = value_enum(v, &m->names->names);

		x.show = m->names->flags || m->as_flags ? BITS : 0;
		tree_value(t, key, x);
	} else if (m->hint == HINT_HEX) {
		tree_value(t, key, value_hex(v));
	} else if (m->hint) {
		number_to(bytes, n, true, v);
		emit_text(t, key, m->hint, bytes, n);
	} else if (m->sign) {
		tree_value(t, key, value_i64(number_signed(v, n)));
	} else {
		tree_value(t, key, value_u64(v));
	}
}

void emit_numbers(struct tree *t, const char *key, const struct manner *m, uint8_t type,
		  struct bytes b)
{
	const size_t n = type_size(type);

	tree_array(t, key);
	for (size_t i = 0; i + n <= b.n; i += n)
		emit_number(t, NULL, m, b.p + i, n);
	tree_end(t);
}

/* The attribute that has the name of a member, or NULL. */
static const struct nlattr *twin_of(const struct scope *s, size_t member)
{
	return s && s->twins && s->twins[member] ? scope_find(s, s->twins[member]) : NULL;
}

/* Whether the attribute, if it is a number, says all that the member does. */
static bool says_all(const struct scope *s, const struct nlattr *twin,
		     const struct part *m, struct bytes b)
{
	const struct attr_spec *a = schema_attr(s->set, (uint16_t)nla_type(twin));
	const size_t n = a ? type_size(a->type) : 0;

	if (!n || (size_t)nla_len(twin) != n || !type_size(m->type) || !b.p ||
	    (size_t)m->off + m->len > b.n)
		return false;
	return number_at(b.p + m->off, m->len, m->big_endian) ==
	       twin_value(m, number_at(nla_data(twin), n, a->big_endian));
}

/* The number in the member that m is chosen by, 0 where the struct ends before it. */
static uint64_t choice(const struct part *m, struct bytes b)
{
	const struct part *by = m->selector;

	if ((size_t)by->off + by->len > b.n)
		return 0;
	return number_at(b.p + by->off, by->len, by->big_endian);
}

/* An address that is as long as the family says, in a member that has room for all. */
static void emit_address(struct tree *t, const struct part *m, struct bytes b)
{
	static const char zeros[12];
	const char *p = b.p + m->off;
	uint64_t family = choice(m, b);

	if (family == AF_INET && m->len == 16 && !memcmp(p + 4, zeros, sizeof(zeros)))
		emit_text(t, m->name, m->hint, p, 4);
	else if (family == AF_INET6)
		emit_text(t, m->name, m->hint, p, m->len);
	else
		tree_value(t, m->name, value_hexbytes(p, m->len));
}

/* A sub-message that is all struct, by the number or the name of its selector. */
static void emit_choice(struct tree *t, const struct part *m, struct bytes b,
			struct bytes rest, int depth)
{
	const uint64_t v = choice(m, b);
	const struct enumeration *names = m->selector->names;
	const char *name = names ? name_of(&names->names, v) : NULL;
	const struct submsg_format *f;
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)v);
	name = name ? name : text;
	f = schema_format(m->submsg, (struct bytes){ .p = name, .n = strlen(name) });
	if (!f || !f->fixed.layout || depth == DEEPEST) {
		tree_value(t, m->name, value_hexbytes(rest.p, rest.n));
		return;
	}
	tree_object(t, m->name);
	emit_members(t, f->fixed.layout, rest, NULL, depth + 1);
	tree_end(t);
}

static struct manner manner_of_part(const struct part *m, uint8_t type)
{
	return (struct manner){ .hint = m->hint,
				.big_endian = m->big_endian,
				.sign = type_signed(type),
				.as_flags = m->as_flags,
				.names = m->names };
}

/* The last member, which takes what is left. */
static void emit_flexible(struct tree *t, const struct part *m, struct bytes b, int depth)
{
	const struct bytes rest = { .p = b.p + m->off, .n = b.n - m->off };
	const struct manner how = manner_of_part(m, m->sub_type);

	if (m->submsg && m->selector)
		emit_choice(t, m, b, rest, depth);
	else if (m->type == ATTR_STRING)
		tree_value(t, m->name, value_bytes(rest.p, rest.n));
	else if (type_size(m->sub_type) && rest.n % type_size(m->sub_type) == 0)
		emit_numbers(t, m->name, &how, m->sub_type, rest);
	else
		emit_text(t, m->name, m->hint, rest.p, rest.n);
}

static void emit_part(struct tree *t, const struct part *m, struct bytes b, int depth)
{
	const struct manner how = manner_of_part(m, m->type);
	const struct manner items = manner_of_part(m, m->sub_type);
	const char *p = b.p + m->off;

	if (!b.p || (size_t)m->off + m->len > b.n) {
		tree_value(t, m->name, value_none(false));
	} else if (m->flexible) {
		emit_flexible(t, m, b, depth);
	} else if (m->layout) {
		tree_object(t, m->name);
		emit_members(t, m->layout, (struct bytes){ .p = p, .n = m->len }, NULL,
			     depth + 1);
		tree_end(t);
	} else if (type_size(m->type)) {
		emit_number(t, m->name, &how, p, m->len);
	} else if (m->type == ATTR_STRING) {
		tree_value(t, m->name, value_bytes(p, strnlen(p, m->len)));
	} else if (type_size(m->sub_type)) {
		emit_numbers(t, m->name, &items, m->sub_type,
			     (struct bytes){ .p = p, .n = m->len });
	} else if (m->selector) {
		emit_address(t, m, b);
	} else {
		emit_text(t, m->name, m->hint, p, m->len);
	}
}

static void emit_beside(struct tree *t, const struct part *m, struct bytes b, int depth)
{
	struct part renamed = *m;
	char name[128];

	snprintf(name, sizeof(name), TWIN_PREFIX "%s", m->name);
	renamed.name = name;
	emit_part(t, &renamed, b, depth);
}

static void emit_members(struct tree *t, const struct layout *l, struct bytes b,
			 const struct scope *beside, int depth)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct part *m = &l->v[i];
		const struct nlattr *twin = twin_of(beside, i);

		if (m->type == ATTR_PAD)
			continue;
		if (!twin)
			emit_part(t, m, b, depth);
		else if (!says_all(beside, twin, m, b))
			emit_beside(t, m, b, depth);
	}
	if (b.n > l->size && !l->flexible)
		tree_value(t, "rest", value_hexbytes(b.p + l->size, b.n - l->size));
}

void unpack_struct(struct tree *t, const struct layout *l, struct bytes b,
		   const struct scope *beside)
{
	emit_members(t, l, b, beside, 0);
}
