/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pack_attr.h"

#include "convert.h"

static void pack_number_of(struct packing *p, const struct attr_spec *a, uint8_t type,
			   const struct node *n)
{
	size_t size = type_size(type);
	struct buf bytes = { 0 };
	uint64_t v = 0;
	char out[8];

	if (a->hint && n->kind == NODE_SCALAR && hint_parse(&bytes, a->hint, n->s) &&
	    bytes.n == size && a->hint != HINT_HEX)
		v = number_at(bytes.p, size, true);
	else if (!pack_number(n, a->names, a->as_flags, &v))
		pack_no_number(p, a->name, n, a->names);
	if (!size)
		size = v == (type_signed(type) ? (uint64_t)(int32_t)v : (uint32_t)v) ? 4
										     : 8;
	if (!bytes.n)
		(void)pack_fits(p, a->name, n, v, size, type_signed(type));
	number_to(out, size, a->big_endian, v);
	buf_add(p->out, out, size);
	buf_free(&bytes);
}

static void pack_binary(struct packing *p, const struct attr_spec *a,
			const struct node *n)
{
	if (a->layout && n->kind == NODE_MAP)
		pack_struct(p, a->layout, n, NULL);
	else if (a->layout && n->kind == NODE_LIST && a->sub_type == ATTR_BINARY)
		for (const struct node *m = n->first; m && !p->err; m = m->next)
			pack_struct(p, a->layout, m, NULL);
	else if (n->kind == NODE_LIST && type_size(a->sub_type))
		for (const struct node *m = n->first; m && !p->err; m = m->next)
			pack_number_of(p, a, a->sub_type, m);
	else if (n->kind != NODE_SCALAR || !hint_parse(p->out, a->hint, n->s))
		pack_fail(p, a->name, "this is neither hex nor of the attribute's kind");
}

static void pack_string(struct packing *p, const struct attr_spec *a,
			const struct node *n)
{
	if (n->kind != NODE_SCALAR)
		return pack_fail(p, a->name, "this is text");
	pack_text(p->out, n->s, n->n);
	buf_putc(p->out, 0);
}

static void pack_nest(struct packing *p, const struct attr_spec *a, const struct node *n,
		      const struct given *outer, int depth)
{
	const struct given g = { .set = a->nested,
				 .map = n,
				 .outer = outer,
				 .levels = a->levels,
				 .nlevels = a->nlevels };

	if (n->kind != NODE_MAP)
		return pack_fail(p, a->name, "this holds attributes, not a value");
	pack_map(p, &g, NULL, depth + 1);
}

static void pack_item(struct packing *p, const struct attr_spec *a, const struct node *n,
		      const struct given *g, int depth)
{
	switch (a->sub_type) {
	case ATTR_NEST:
		pack_nest(p, a, n, g, depth);
		break;
	case ATTR_STRING:
		pack_string(p, a, n);
		break;
	case ATTR_BINARY:
		pack_binary(p, a, n);
		break;
	default:
		pack_number_of(p, a, a->sub_type, n);
	}
}

/* Items count from 1 unless one says its index: {"3": {...}}. */
static void pack_array(struct packing *p, const struct attr_spec *a, const struct node *n,
		       const struct given *g, int depth)
{
	uint16_t index = 1;

	if (n->kind != NODE_LIST)
		return pack_fail(p, a->name, "this is a list");
	for (const struct node *m = n->first; m && !p->err; m = m->next, index++) {
		const struct node *item = m;
		struct level l;

		if (m->kind == NODE_MAP && m->n == 1 && pack_index(m->first->key, &index))
			item = m->first;
		l = pack_enter(p, "[]",
			       index | (a->sub_type == ATTR_NEST ? NLA_F_NESTED : 0));
		pack_item(p, a, item, g, depth);
		pack_leave(p, l);
	}
}

static void pack_levels(struct packing *p, const struct attr_spec *a,
			const struct node *n, const struct given *g, int depth)
{
	struct level l[8];
	uint64_t v;
	size_t i;

	for (i = 0; i < a->nlevels && i < COUNT(l); i++) {
		if (!node_number(node_get(n, a->levels[i]), &v) || v > ATTR_MOST)
			return pack_fail(p, a->levels[i], "this needs a number");
		l[i] = pack_enter(p, a->levels[i], (uint16_t)v | NLA_F_NESTED);
	}
	pack_nest(p, a, n, g, depth);
	while (i-- > 0)
		pack_leave(p, l[i]);
}

static void pack_bitfield(struct packing *p, const struct attr_spec *a,
			  const struct node *n)
{
	static const char *const keys[] = { "value", "selector" };

	for (size_t i = 0; i < 2; i++) {
		const struct node *m = node_get(n, keys[i]);

		if (m)
			pack_number_of(p, a, ATTR_U32, m);
		else
			pack_fail(p, a->name, "this needs a value and a selector");
	}
}

static const struct submsg_format *chosen(const struct attr_spec *a,
					  const struct given *g)
{
	for (; g && a->selector && a->submsg; g = g->outer) {
		const char *s = node_str(g->map, a->selector);

		if (s)
			return schema_format(a->submsg,
					     (struct bytes){ .p = s, .n = strlen(s) });
	}
	return NULL;
}

static void pack_format(struct packing *p, const struct attr_spec *a,
			const struct node *n, const struct given *outer, int depth)
{
	const struct submsg_format *f = chosen(a, outer);
	const struct layout *header = f ? f->fixed.layout : NULL;
	struct given g = { .map = n, .outer = outer };
	size_t before, padded;

	if (!f && n->kind == NODE_SCALAR && hint_parse(p->out, HINT_NONE, n->s))
		return;
	if (!f)
		return pack_fail(p, a->name,
				 "what it holds is not known here: give bytes in hex");
	if (header)
		pack_struct(p, header, n, f->set);
	before = p->out->n;
	g.set = f->set;
	if (f->set && header)
		buf_fill(p->out, 0, NLA_ALIGN(header->size) - header->size);
	padded = p->out->n;
	if (f->set)
		pack_map(p, &g, header, depth + 1);
	if (p->out->n == padded)
		p->out->n = before;
}

/* Records behind each other; the length that a record has is not asked for. */
static void pack_records(struct packing *p, const struct attr_spec *a,
			 const struct node *v, const struct given *outer, int depth)
{
	const struct layout *l = a->layout;
	const bool one = v->kind == NODE_MAP;

	for (const struct node *n = one ? v : v->first; n && !p->err;
	     n = one ? NULL : n->next) {
		const struct given g = { .set = a->nested, .map = n, .outer = outer };
		size_t at = p->out->n, size;

		pack_struct(p, l, n, NULL);
		buf_fill(p->out, 0, NLA_ALIGN(l->size) - l->size);
		pack_map(p, &g, l, depth + 1);
		size = p->out->n - at;
		if (p->err || p->out->err)
			return;
		if (size > UINT16_MAX)
			return pack_fail(p, a->name, "it is longer than 65535 bytes");
		number_to(p->out->p + at, l->v[0].len, l->v[0].big_endian, size);
	}
}

void pack_payload(struct packing *p, const struct attr_spec *a, const struct node *n,
		  const struct given *g, int depth)
{
	switch (a->type) {
	case ATTR_NEST:
		return pack_nest(p, a, n, g, depth);
	case ATTR_ARRAY:
		return pack_array(p, a, n, g, depth);
	case ATTR_TYPE_VALUE:
		return pack_levels(p, a, n, g, depth);
	case ATTR_SUBMSG:
		return pack_format(p, a, n, g, depth);
	case ATTR_BITFIELD32:
		return pack_bitfield(p, a, n);
	case ATTR_STRING:
		return pack_string(p, a, n);
	case ATTR_FLAG:
		return;
	case ATTR_UNKNOWN:
	case ATTR_BINARY:
	case ATTR_PAD:
	case ATTR_UNUSED:
		if (attr_is_records(a) && n->kind != NODE_SCALAR)
			return pack_records(p, a, n, g, depth);
		return pack_binary(p, a, n);
	default:
		return pack_number_of(p, a, a->type, n);
	}
}
