/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unpack.h"

#include "attrs.h"
#include "convert.h"
#include "unpack_value.h"

#include <stdio.h>

enum { DEEPEST = 24, TRACKED = 1024 };

static void emit_attrs(struct tree *t, const struct scope *s, int depth);

static bool is_structs(const struct attr_spec *a)
{
	return a->layout && a->sub_type == ATTR_BINARY && a->layout->size;
}

/* The record at the start of b, p NULL where there is no whole one. */
static struct bytes record_at(const struct layout *l, struct bytes b)
{
	const struct part *len = &l->v[0];
	uint64_t n = b.n >= l->size ? number_at(b.p, len->len, len->big_endian) : 0;

	if (n < l->size || n > b.n)
		return (struct bytes){ 0 };
	return (struct bytes){ .p = b.p, .n = (size_t)n };
}

static struct bytes after(struct bytes b, struct bytes record)
{
	size_t n = MIN((size_t)NLA_ALIGN(record.n), b.n);

	return (struct bytes){ .p = b.p + n, .n = b.n - n };
}

static struct bytes attrs_of(const struct layout *l, struct bytes record)
{
	size_t n = MIN((size_t)NLA_ALIGN(l->size), record.n);

	return (struct bytes){ .p = record.p + n, .n = record.n - n };
}

static bool are_records(const struct layout *l, struct bytes b)
{
	struct bytes r, attrs;

	for (; b.n; b = after(b, r)) {
		r = record_at(l, b);
		if (!r.p)
			return false;
		attrs = attrs_of(l, r);
		if (!attrs_whole(attrs.p, attrs.n))
			return false;
	}
	return true;
}

/* Whether the bytes can be what the schema says; if not, they are guessed at. */
static bool fits(const struct attr_spec *spec, struct bytes b, int depth)
{
	const size_t size = type_size(spec->type), item = type_size(spec->sub_type);

	switch (spec->type) {
	case ATTR_UNKNOWN:
		return false;
	case ATTR_UINT:
	case ATTR_SINT:
		return b.n == 4 || b.n == 8;
	case ATTR_FLAG:
		return !b.n;
	case ATTR_BITFIELD32:
		return b.n == 8;
	case ATTR_BINARY:
		if (attr_is_records(spec))
			return depth < DEEPEST && are_records(spec->layout, b);
		if (is_structs(spec))
			return b.n % spec->layout->size == 0;
		return !item || b.n % item == 0;
	case ATTR_NEST:
	case ATTR_ARRAY:
	case ATTR_TYPE_VALUE:
		return depth < DEEPEST && attrs_whole(b.p, b.n);
	default:
		return !size || b.n == size;
	}
}

static void emit_nest(struct tree *t, const char *key, const struct attr_set *set,
		      struct bytes b, const struct scope *outer, int depth)
{
	const struct scope inner = { .set = set, .attrs = b, .outer = outer };

	tree_object(t, key);
	emit_attrs(t, &inner, depth + 1);
	tree_end(t);
}

static struct manner manner_of(const struct attr_spec *a, uint8_t type)
{
	return (struct manner){ .hint = a->hint,
				.big_endian = a->big_endian,
				.sign = type_signed(type),
				.as_flags = a->as_flags,
				.names = a->names };
}

/* An item of an indexed-array: a nest keeps its index, as its only key. */
static void emit_item(struct tree *t, const struct attr_spec *spec,
		      const struct nlattr *item, const struct scope *s, int depth)
{
	const struct manner how = manner_of(spec, spec->sub_type);
	const struct bytes b = nla_read_bytes(item);
	char index[8];

	snprintf(index, sizeof(index), "%d", nla_type(item));
	if (spec->sub_type == ATTR_NEST && attrs_whole(b.p, b.n)) {
		tree_object(t, NULL);
		emit_nest(t, index, spec->nested, b, s, depth);
		tree_end(t);
	} else if (type_size(spec->sub_type) && type_size(spec->sub_type) == b.n) {
		emit_number(t, NULL, &how, b.p, b.n);
	} else if (spec->sub_type == ATTR_BINARY && spec->layout) {
		tree_object(t, NULL);
		unpack_struct(t, spec->layout, b, NULL);
		tree_end(t);
	} else if (spec->sub_type == ATTR_STRING) {
		const struct bytes text = nla_read_str(item);

		tree_value(t, NULL, value_bytes(text.p, text.n));
	} else {
		emit_text(t, NULL, spec->hint, b.p, b.n);
	}
}

static void emit_array(struct tree *t, const char *key, const struct attr_spec *spec,
		       struct bytes b, const struct scope *s, int depth)
{
	const struct nlattr *item;
	int left;

	tree_array(t, key);
	nla_for_each_attr(item, (const void *)b.p, (int)b.n, left)
		emit_item(t, spec, item, s, depth);
	tree_end(t);
}

/* Nests within nests whose numbers are values, then the attributes proper. */
static void emit_type_value(struct tree *t, const char *key, const struct attr_spec *spec,
			    struct bytes b, const struct scope *s, int depth)
{
	struct scope inner = { .set = spec->nested, .outer = s };

	tree_object(t, key);
	for (size_t i = 0; i < spec->nlevels; i++) {
		const struct nlattr *a = (const void *)b.p;

		if (!nla_ok(a, (int)b.n))
			break;
		tree_value(t, spec->levels[i], value_u64((uint64_t)nla_type(a)));
		b = nla_read_bytes(a);
	}
	inner.attrs = b;
	emit_attrs(t, &inner, depth + 1);
	tree_end(t);
}

static void emit_bitfield(struct tree *t, const char *key, const struct attr_spec *spec,
			  const char *p)
{
	const struct manner how = manner_of(spec, ATTR_U32);

	tree_object(t, key);
	emit_number(t, "value", &how, p, 4);
	emit_number(t, "selector", &how, p + 4, 4);
	tree_end(t);
}

static void emit_format(struct tree *t, const char *key, const struct submsg_format *f,
			struct bytes b, const struct scope *outer, int depth)
{
	const struct layout *header = f->fixed.layout;
	struct scope inner = {
		.set = f->set, .attrs = b, .outer = outer, .twins = f->fixed.twins
	};

	tree_object(t, key);
	if (header) {
		bool all = !f->set || header->flexible;
		size_t n = MIN(b.n, (size_t)header->size);
		size_t skip = all ? b.n : MIN(NLA_ALIGN(n), b.n);

		inner.attrs = (struct bytes){ .p = b.p + skip, .n = b.n - skip };
		unpack_struct(t, header, (struct bytes){ .p = b.p, .n = all ? b.n : n },
			      &inner);
	}
	emit_attrs(t, &inner, depth + 1);
	tree_end(t);
}

/* Structs one after the other: what sub-type binary says of a struct attribute. */
static void emit_structs(struct tree *t, const char *key, const struct layout *l,
			 struct bytes b)
{
	tree_array(t, key);
	for (size_t at = 0; at + l->size <= b.n; at += l->size) {
		tree_object(t, NULL);
		unpack_struct(t, l, (struct bytes){ .p = b.p + at, .n = l->size }, NULL);
		tree_end(t);
	}
	tree_end(t);
}

static void emit_records(struct tree *t, const char *key, const struct attr_spec *spec,
			 struct bytes b, const struct scope *outer, int depth)
{
	struct bytes r;

	tree_array(t, key);
	for (; b.n; b = after(b, r)) {
		struct scope inner = { .set = spec->nested, .outer = outer };

		r = record_at(spec->layout, b);
		inner.attrs = attrs_of(spec->layout, r);
		tree_object(t, NULL);
		unpack_struct(t, spec->layout,
			      (struct bytes){ .p = r.p, .n = spec->layout->size }, NULL);
		emit_attrs(t, &inner, depth + 1);
		tree_end(t);
	}
	tree_end(t);
}

static void emit_binary(struct tree *t, const char *key, const struct attr_spec *spec,
			struct bytes b)
{
	const struct manner how = manner_of(spec, spec->sub_type);

	if (is_structs(spec)) {
		emit_structs(t, key, spec->layout, b);
	} else if (spec->layout) {
		tree_object(t, key);
		unpack_struct(t, spec->layout, b, NULL);
		tree_end(t);
	} else if (type_size(spec->sub_type)) {
		emit_numbers(t, key, &how, spec->sub_type, b);
	} else {
		emit_text(t, key, spec->hint, b.p, b.n);
	}
}

static void emit_string(struct tree *t, const char *key, struct bytes b)
{
	b.n -= b.n && !b.p[b.n - 1];
	tree_value(t, key, value_bytes(b.p, b.n));
}

/* key NULL: an item of an array of attributes with one name. */
static void emit_known(struct tree *t, const char *key, const struct attr_spec *spec,
		       struct bytes b, const struct scope *s, int depth)
{
	const struct manner how = manner_of(spec, spec->type);

	switch (spec->type) {
	case ATTR_NEST:
		emit_nest(t, key, spec->nested, b, s, depth);
		break;
	case ATTR_ARRAY:
		emit_array(t, key, spec, b, s, depth);
		break;
	case ATTR_TYPE_VALUE:
		emit_type_value(t, key, spec, b, s, depth);
		break;
	case ATTR_BITFIELD32:
		emit_bitfield(t, key, spec, b.p);
		break;
	case ATTR_STRING:
		emit_string(t, key, b);
		break;
	case ATTR_FLAG:
		tree_value(t, key, value_bool(true));
		break;
	case ATTR_BINARY:
	case ATTR_PAD:
	case ATTR_UNUSED:
		if (attr_is_records(spec))
			emit_records(t, key, spec, b, s, depth);
		else
			emit_binary(t, key, spec, b);
		break;
	default:
		emit_number(t, key, &how, b.p, b.n);
	}
}

static void emit_attr(struct tree *t, const struct attr_spec *spec,
		      const struct nlattr *a, const struct scope *s, int depth, bool item)
{
	const struct bytes b = nla_read_bytes(a);
	const struct submsg_format *f = NULL;

	if (spec && spec->type == ATTR_SUBMSG && depth < DEEPEST)
		f = scope_format(s, spec);
	if (f && (f->fixed.layout || attrs_whole(b.p, b.n)))
		emit_format(t, item ? NULL : spec->name, f, b, s, depth);
	else if (spec && spec->type != ATTR_SUBMSG && fits(spec, b, depth))
		emit_known(t, item ? NULL : spec->name, spec, b, s, depth);
	else if (spec && !item)
		attrs_emit_named(t, spec->name, a);
	else
		attrs_emit_one(t, a, item);
}

/* Which numbers have come, and which more than once. */
struct seen {
	uint8_t once[TRACKED / 8], again[TRACKED / 8];
};

static bool bit(const uint8_t *map, int n)
{
	return map[n / 8] >> n % 8 & 1;
}

static bool mark(uint8_t *map, int n)
{
	bool was = bit(map, n);

	map[n / 8] |= (uint8_t)(1 << n % 8);
	return was;
}

static void look_for_more(struct seen *seen, const struct scope *s)
{
	const struct nlattr *a;
	int left;

	nla_for_each_attr(a, (const void *)s->attrs.p, (int)s->attrs.n, left)
		if (nla_type(a) < TRACKED && mark(seen->once, nla_type(a)))
			mark(seen->again, nla_type(a));
}

static void emit_all_of(struct tree *t, const struct attr_spec *spec,
			const struct nlattr *first, const struct scope *s, int depth)
{
	const char *end = s->attrs.p + s->attrs.n;
	const struct nlattr *a;
	char number[8];
	int left;

	snprintf(number, sizeof(number), "%d", nla_type(first));
	tree_array(t, spec ? spec->name : number);
	nla_for_each_attr(a, first, (int)(end - (const char *)first), left)
		if (nla_type(a) == nla_type(first))
			emit_attr(t, spec, a, s, depth, true);
	tree_end(t);
}

static void emit_attrs(struct tree *t, const struct scope *s, int depth)
{
	struct seen seen = { 0 }, done = { 0 };
	const struct nlattr *a;
	int left;

	look_for_more(&seen, s);
	nla_for_each_attr(a, (const void *)s->attrs.p, (int)s->attrs.n, left) {
		const int n = nla_type(a);
		const struct attr_spec *spec = schema_attr(s->set, (uint16_t)n);
		bool many = n < TRACKED && bit(seen.again, n);

		if (n < TRACKED && mark(done.once, n))
			continue;
		if (many || (spec && spec->multi))
			emit_all_of(t, spec, a, s, depth);
		else
			emit_attr(t, spec, a, s, depth, false);
	}
	if (left > 0)
		tree_value(t, "rest", value_hexbytes(a, (size_t)left));
}

void unpack_attrs(struct tree *t, const struct scope *s)
{
	emit_attrs(t, s, 0);
}
