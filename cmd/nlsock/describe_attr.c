/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "describe.h"

#include <inttypes.h>

enum { MOST = 20000 /* attributes and members in one description */ };

static const char *hint_word(uint8_t hint)
{
	static const char *const words[] = { [HINT_IP] = "address",
					     [HINT_MAC] = "mac",
					     [HINT_HEX] = "hex",
					     [HINT_UUID] = "uuid" };

	return hint < COUNT(words) ? words[hint] : NULL;
}

static bool are_flags(const struct enumeration *e, bool as_flags)
{
	return e->flags || as_flags;
}

/* What JSON has in members of their own, as words behind each other. */
static void put_limit(struct buf *b, const char *what, uint64_t v, bool sign)
{
	buf_printf(b, ", %s ", what);
	buf_printf(b, sign ? "%" PRId64 : "%" PRIu64, v);
}

static void put_limits(struct buf *b, const struct checks *c, bool sign)
{
	if (c->has_min)
		put_limit(b, "min", c->min, sign);
	if (c->has_max)
		put_limit(b, "max", c->max, sign);
	if (c->has_min_len)
		put_limit(b, "min-len", c->min_len, false);
	if (c->has_max_len)
		put_limit(b, "max-len", c->max_len, false);
	if (c->has_exact_len)
		put_limit(b, "len", c->exact_len, false);
	if (c->has_mask)
		buf_printf(b, ", mask 0x%" PRIx64, c->mask);
}

static void put_names(struct buf *b, const struct enumeration *e, bool as_flags)
{
	if (!e->names.n)
		return;
	buf_printf(b, ", %s ", are_flags(e, as_flags) ? "flags" : "enum");
	for (size_t i = 0; i < e->names.n; i++)
		buf_printf(b, "%s%s", i ? "|" : "", e->names.v[i].name);
}

static void put_attr(struct buf *b, const struct attr_spec *a)
{
	buf_printf(b, "%u, %s", a->number, type_word(a->type));
	if (a->sub_type)
		buf_printf(b, " of %s", type_word(a->sub_type));
	if (a->multi)
		buf_puts(b, ", multi");
	if (a->big_endian && a->type != ATTR_BINARY)
		buf_puts(b, ", big-endian");
	if (hint_word(a->hint))
		buf_printf(b, ", %s", hint_word(a->hint));
	if (a->layout)
		buf_printf(b, ", struct %s", a->layout->name);
	if (a->nested)
		buf_printf(b, ", holds %s", a->nested->name);
	if (a->submsg && a->selector)
		buf_printf(b, ", by %s", a->selector);
	put_limits(b, &a->checks, type_signed(a->type));
	if (a->names)
		put_names(b, a->names, a->as_flags);
}

static void emit_limits(struct tree *t, const struct checks *c, bool sign)
{
	struct value min = sign ? value_i64((int64_t)c->min) : value_u64(c->min);
	struct value max = sign ? value_i64((int64_t)c->max) : value_u64(c->max);

	if (c->has_min)
		tree_value(t, "min", min);
	if (c->has_max)
		tree_value(t, "max", max);
	if (c->has_min_len)
		tree_value(t, "min-len", value_u64(c->min_len));
	if (c->has_max_len)
		tree_value(t, "max-len", value_u64(c->max_len));
	if (c->has_exact_len)
		tree_value(t, "len", value_u64(c->exact_len));
	if (c->has_mask)
		tree_value(t, "mask", value_hex(c->mask));
}

static void emit_names(struct tree *t, const struct enumeration *e, bool as_flags)
{
	tree_array(t, are_flags(e, as_flags) ? "flags" : "enum");
	for (size_t i = 0; i < e->names.n; i++)
		tree_value(t, NULL, value_str(e->names.v[i].name));
	tree_end(t);
}

static void emit_attr(struct tree *t, const struct attr_spec *a)
{
	tree_value(t, "number", value_u64(a->number));
	tree_value(t, "type", value_str(type_word(a->type)));
	if (a->multi)
		tree_value(t, "multi", value_bool(true));
	if (a->sub_type)
		tree_value(t, "items", value_str(type_word(a->sub_type)));
	if (a->big_endian && a->type != ATTR_BINARY)
		tree_value(t, "byte-order", value_str("big-endian"));
	if (hint_word(a->hint))
		tree_value(t, "hint", value_str(hint_word(a->hint)));
	if (a->nested)
		tree_value(t, "holds", value_str(a->nested->name));
	if (a->layout)
		tree_value(t, "struct", value_str(a->layout->name));
	if (a->submsg)
		tree_value(t, "selector", value_str(a->selector));
	emit_limits(t, &a->checks, type_signed(a->type));
	if (a->names)
		emit_names(t, a->names, a->as_flags);
}

/* For people a line, for programs members of the object that has the attribute's name. */
static void begin_attr(struct tree *t, const struct attr_spec *a, bool holds)
{
	struct buf b = { 0 };

	if (t->form == TREE_JSON) {
		tree_object(t, a->name);
		emit_attr(t, a);
		return;
	}
	if (holds)
		buf_printf(&b, "%s (", a->name);
	put_attr(&b, a);
	if (holds)
		buf_putc(&b, ')');
	buf_putc(&b, 0);
	if (holds)
		tree_object(t, b.err ? a->name : b.p);
	else
		tree_value(t, a->name, value_bytes(b.p, b.n ? b.n - 1 : 0));
	buf_free(&b);
}

void describe_attr(struct tree *t, const struct attr_spec *a)
{
	begin_attr(t, a, false);
	if (t->form == TREE_JSON)
		tree_end(t);
}

static void describe_part(struct tree *t, const struct part *m, struct describing *d)
{
	struct buf b = { 0 };

	if (m->layout) {
		tree_object(t, m->name);
		describe_layout(t, m->layout, d);
		tree_end(t);
		return;
	}
	buf_puts(&b, type_word(m->type));
	if (t->form != TREE_JSON) {
		if (!type_size(m->type) && m->len)
			buf_printf(&b, ", len %u", m->len);
		if (m->big_endian && type_size(m->type))
			buf_puts(&b, ", big-endian");
		if (hint_word(m->hint))
			buf_printf(&b, ", %s", hint_word(m->hint));
		if (m->names)
			put_names(&b, m->names, m->as_flags);
	}
	tree_value(t, m->name, value_bytes(b.p, b.n));
	buf_free(&b);
}

void describe_layout(struct tree *t, const struct layout *l, struct describing *d)
{
	for (size_t i = 0; i < l->n && d->written <= MOST; i++)
		if (l->v[i].type != ATTR_PAD) {
			d->written++;
			describe_part(t, &l->v[i], d);
		}
}

static bool is_open(const struct describing *d, const struct attr_set *set)
{
	for (size_t i = 0; i < d->depth; i++)
		if (d->open[i] == set)
			return true;
	return d->depth == COUNT(d->open) || d->written > MOST;
}

static void describe_format(struct tree *t, const struct submsg_format *f,
			    struct describing *d)
{
	const char *const inner = t->form == TREE_JSON ? "attributes" : NULL;

	d->written++;
	tree_object(t, f->value);
	if (f->fixed.layout) {
		tree_object(t, "header");
		describe_layout(t, f->fixed.layout, d);
		tree_end(t);
	}
	if (inner)
		tree_object(t, inner);
	describe_set(t, f->set, d);
	if (inner)
		tree_end(t);
	tree_end(t);
}

/* What is within an attribute: JSON has a member of its own for it. */
static void describe_inner(struct tree *t, const struct attr_spec *a,
			   struct describing *d)
{
	const char *key = a->nested ? "attributes" : a->layout ? "members" : "formats";

	if (attr_is_records(a)) {
		tree_object(t, t->form == TREE_JSON ? "members" : "header");
		describe_layout(t, a->layout, d);
		tree_end(t);
	}
	if (t->form == TREE_JSON)
		tree_object(t, key);
	if (a->nested)
		describe_set(t, a->nested, d);
	else if (a->layout)
		describe_layout(t, a->layout, d);
	else
		for (size_t i = 0; i < a->submsg->n && d->written <= MOST; i++)
			describe_format(t, &a->submsg->v[i], d);
	if (t->form == TREE_JSON)
		tree_end(t);
}

void describe_set(struct tree *t, const struct attr_set *set, struct describing *d)
{
	if (!set || is_open(d, set))
		return;
	d->open[d->depth++] = set;
	for (size_t i = 0; i < set->n; i++) {
		const struct attr_spec *a = &set->v[i];
		bool holds = a->layout || (a->nested && !is_open(d, a->nested)) ||
			     (a->submsg && d->written <= MOST);

		if (a->type == ATTR_PAD || a->type == ATTR_UNUSED)
			continue;
		d->written += 1 + (a->names ? a->names->names.n / 16 : 0);
		begin_attr(t, a, holds);
		if (holds)
			describe_inner(t, a, d);
		if (holds || t->form == TREE_JSON)
			tree_end(t);
	}
	d->depth--;
}
