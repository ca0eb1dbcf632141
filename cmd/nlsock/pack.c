/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pack.h"

#include "convert.h"
#include "diag.h"

#include <errno.h>
#include <netlink/attr.h>
#include <stdio.h>
#include <stdlib.h>

enum { DEEPEST = 32 };

static void pack_map(struct packing *p, const struct given *g,
		     const struct layout *header, int depth);

size_t pack_open(struct packing *p, uint16_t type)
{
	struct nlattr a = { .nla_type = type };
	size_t at = p->out->n;

	buf_add(p->out, &a, sizeof(a));
	return at;
}

void pack_close(struct packing *p, size_t at)
{
	size_t n = p->out->n - at;
	uint16_t len = (uint16_t)n;

	if (p->out->err)
		return;
	if (n > UINT16_MAX)
		pack_fail(p, "attribute", "it is longer than 65535 bytes");
	memcpy(p->out->p + at, &len, sizeof(len));
	buf_fill(p->out, 0, NLA_ALIGN(n) - n);
}

static bool is_null(const struct node *n)
{
	return n->kind == NODE_SCALAR && !n->quoted && !strcmp(n->s, "null");
}

static bool digits(const char *s)
{
	return *s && strspn(s, "0123456789") == strlen(s) && strlen(s) < 6;
}

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
		size_t at;

		if (m->kind == NODE_MAP && m->n == 1 && digits(m->first->key) &&
		    atoi(m->first->key) <= ATTR_MOST) {
			item = m->first;
			index = (uint16_t)atoi(item->key);
		}
		at = pack_open(p, index | (a->sub_type == ATTR_NEST ? NLA_F_NESTED : 0));
		pack_item(p, a, item, g, depth);
		pack_close(p, at);
	}
}

static void pack_levels(struct packing *p, const struct attr_spec *a,
			const struct node *n, const struct given *g, int depth)
{
	size_t at[8];
	uint64_t v;
	size_t i;

	for (i = 0; i < a->nlevels && i < COUNT(at); i++) {
		if (!node_number(node_get(n, a->levels[i]), &v) || v > ATTR_MOST)
			return pack_fail(p, a->levels[i], "this needs a number");
		at[i] = pack_open(p, (uint16_t)v | NLA_F_NESTED);
	}
	pack_nest(p, a, n, g, depth);
	while (i-- > 0)
		pack_close(p, at[i]);
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

static void pack_payload(struct packing *p, const struct attr_spec *a,
			 const struct node *n, const struct given *g, int depth)
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

/* As unknown attributes are shown: {"hex": ...} or {"attrs": [{"type": ...}, ...]}. */
static void pack_shown(struct packing *p, uint16_t type, const struct node *n, int depth)
{
	const struct node *attrs = node_get(n, "attrs"), *flags = node_get(n, "flags");
	const char *hex = n->kind == NODE_SCALAR ? n->s : node_str(n, "hex");
	size_t at;
	uint64_t v;

	for (const struct node *f = flags ? flags->first : NULL; f; f = f->next)
		if (f->kind == NODE_SCALAR)
			type |= !strcmp(f->s, "NESTED") ? NLA_F_NESTED
							: NLA_F_NET_BYTEORDER;
	at = pack_open(p, type);
	if (attrs && attrs->kind == NODE_LIST && depth < DEEPEST &&
	    (!hex || is_null(node_get(n, "hex")))) {
		for (const struct node *m = attrs->first; m && !p->err; m = m->next)
			if (node_number(node_get(m, "type"), &v) && v <= ATTR_MOST)
				pack_shown(p, (uint16_t)v, m, depth + 1);
			else
				pack_fail(p, n->key ? n->key : "attrs", "no type in it");
	} else if (!hex || !hint_parse(p->out, HINT_NONE, hex)) {
		pack_fail(p, n->key ? n->key : "attribute",
			  "an attribute by number takes its bytes in hex");
	}
	pack_close(p, at);
}

static bool shown_raw(const struct node *n)
{
	return n->kind == NODE_MAP && node_get(n, "type") && node_get(n, "len") &&
	       node_get(n, "guess");
}

static void pack_one(struct packing *p, const struct attr_spec *a, const struct node *n,
		     const struct given *g, int depth)
{
	bool set = true;
	size_t at;

	if (a->type == ATTR_FLAG && !is_null(n) && !pack_truth(p, a->name, n, &set))
		return;
	if (is_null(n) || !set)
		return;
	if (shown_raw(n))
		return pack_shown(p, a->number, n, depth);
	at = pack_open(p, a->number | (attr_is_nest(a) ? NLA_F_NESTED : 0));
	pack_payload(p, a, n, g, depth);
	pack_close(p, at);
}

/* Whether a list is one value; otherwise its items are attributes of their own. */
static bool takes_list(const struct attr_spec *a)
{
	return a->type == ATTR_ARRAY ||
	       (a->type == ATTR_BINARY &&
		(type_size(a->sub_type) || (a->layout && a->sub_type) ||
		 attr_is_records(a))) ||
	       (a->names && (a->names->flags || a->as_flags));
}

static void unknown(struct packing *p, const struct given *g, const char *key)
{
	const char **names = calloc((g->set ? g->set->n : 0) + 1, sizeof(*names));
	const char *near = NULL;
	char text[256];

	for (size_t i = 0; names && g->set && i < g->set->n; i++)
		names[i] = g->set->v[i].name;
	if (names)
		near = nearest(key, strlen(key), names);
	snprintf(text, sizeof(text),
		 near ? "no such attribute, did you mean '%s'?"
		      : "no such attribute, nlsock describe tells those there are%s",
		 near ? near : "");
	pack_fail(p, key, text);
	free(names);
}

static void pack_child(struct packing *p, const struct given *g, const struct node *n,
		       int depth)
{
	const struct attr_spec *a = schema_attr_named(g->set, n->key, strlen(n->key));
	bool list = n->kind == NODE_LIST && (!a || !takes_list(a) || a->multi);

	if (!a && !strcmp(n->key, "rest") && n->kind == NODE_SCALAR) {
		if (!hint_parse(p->out, HINT_NONE, n->s))
			pack_fail(p, n->key, "this is no hex");
		return;
	}
	if (!a && (!digits(n->key) || atoi(n->key) > ATTR_MOST))
		return unknown(p, g, n->key);
	for (const struct node *m = list ? n->first : n; m && !p->err;
	     m = list ? m->next : NULL) {
		if (a)
			pack_one(p, a, m, g, depth);
		else
			pack_shown(p, (uint16_t)atoi(n->key), m, depth);
	}
}

static bool is_member(const struct layout *l, const char *name)
{
	if (!strncmp(name, TWIN_PREFIX, strlen(TWIN_PREFIX)))
		name += strlen(TWIN_PREFIX);
	for (size_t i = 0; l && i < l->n; i++)
		if (!strcmp(l->v[i].name, name))
			return true;
	return false;
}

/* What is about the message; what the numbers of nests said. */
static bool passed_over(const struct given *g, const char *name)
{
	for (size_t i = 0; i < g->nlevels; i++)
		if (!strcmp(g->levels[i], name))
			return true;
	return !g->outer && !strcmp(name, "nlsock");
}

static void pack_map(struct packing *p, const struct given *g,
		     const struct layout *header, int depth)
{
	if (depth > DEEPEST)
		return pack_fail(p, "attribute", "it is nested too deeply");
	for (const struct node *n = g->map ? g->map->first : NULL; n && !p->err;
	     n = n->next) {
		const struct attr_spec *a =
			schema_attr_named(g->set, n->key, strlen(n->key));
		bool attr = a && !(attr_is_nest(a) && n->kind == NODE_SCALAR);

		if (!attr && (is_member(header, n->key) || passed_over(g, n->key)))
			continue;
		pack_child(p, g, n, depth);
	}
	if (p->out->err && !p->err)
		p->err = p->out->err;
}

void pack_attrs(struct packing *p, const struct given *g, const struct layout *header)
{
	pack_map(p, g, header, 0);
}
