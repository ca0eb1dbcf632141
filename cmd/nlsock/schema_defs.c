/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Definitions of a spec: enums, flags and structs. */
#include "schema_load.h"

enum { STRUCT_LIMIT = 1 << 20, STRUCT_DEPTH = 16, STRUCT_MEMBERS = 1 << 16 };

const struct enumeration *load_enum(struct loading *l, const struct node *n)
{
	const char *name = node_str(n, "enum");
	const struct enumeration *e = name ? index_find(&l->enums, name) : NULL;

	if (name && !e)
		load_fail(l, node_get(n, "enum"), "there is no such enum", name);
	return e;
}

const struct layout *load_layout(struct loading *l, const struct node *n, const char *key)
{
	const char *name = node_str(n, key);
	const struct layout *out = name ? index_find(&l->layouts, name) : NULL;

	if (name && !out)
		load_fail(l, node_get(n, key), "there is no such struct", name);
	return out;
}

/* Enums count from 0, or from value-start; an explicit value is counted on from. */
static void load_entries(struct loading *l, const struct node *def, struct enumeration *e)
{
	const struct node *list = load_list(l, def, "entries"), *n;
	uint64_t next = load_number(l, def, "value-start", 0);
	struct name *v;
	size_t i = 0;

	e->name = load_name(l, def, "name");
	e->flags = !strcmp(node_str(def, "type"), "flags");
	if (!list || l->err)
		return;
	v = load_array(l, list->n, sizeof(*v));
	for (n = list->first; n && v && !l->err; n = n->next, i++) {
		struct node wrap = { .kind = NODE_MAP };
		struct node copy = { .kind = NODE_SCALAR, .key = "name", .s = n->s };

		wrap.first = &copy;
		v[i].name = load_name(l, n->kind == NODE_SCALAR ? &wrap : n, "name");
		v[i].number = load_number(l, n, "value", next);
		next = v[i].number + 1;
	}
	e->names = (struct names){ .v = v, .n = v ? list->n : 0 };
}

static void load_part(struct loading *l, const struct node *n, struct part *p)
{
	p->name = load_name(l, n, "name");
	p->type = load_type(node_str(n, "type"));
	p->hint = load_hint(node_str(n, "display-hint"));
	p->big_endian = load_big_endian(n);
	p->as_flags = node_true(n, "enum-as-flags");
	p->names = load_enum(l, n);
	p->sub_type = load_type(node_str(n, "sub-type"));
	p->layout = load_layout(l, n, "struct");
	p->len = (uint32_t)type_size(p->type);
	p->has_preset = node_get(n, "preset");
	p->preset = load_number(l, n, "preset", 0);
	if (p->len)
		return;
	if (p->layout) {
		p->len = p->layout->size;
	} else if (node_get(n, "len")) {
		uint64_t len = load_number(l, n, "len", 0);

		if (len > STRUCT_LIMIT)
			load_fail(l, n, "a member is above 1 MiB", p->name);
		p->len = (uint32_t)len;
	} else if (n->next) {
		load_fail(l, n, "a member has no length", p->name);
	} else {
		p->flexible = true;
	}
}

/* The member of the struct that n's selector names: a number that decides about it. */
static const struct part *selector_of(struct loading *l, const struct node *n,
				      const struct part *v, size_t count)
{
	const char *name = node_str(n, "selector");

	for (size_t i = 0; name && i < count; i++)
		if (!strcmp(v[i].name, name) && type_size(v[i].type))
			return &v[i];
	if (name)
		load_fail(l, n, "a member's selector is no number of its struct", name);
	return NULL;
}

static void load_members(struct loading *l, const struct node *def, struct layout *out)
{
	const struct node *list = load_list(l, def, "members"), *n;
	struct part *v;
	size_t i = 0;

	out->depth = 1;
	if (!list || l->err)
		return;
	v = load_array(l, list->n, sizeof(*v));
	for (n = list->first; n && v && !l->err; n = n->next, i++) {
		load_part(l, n, &v[i]);
		v[i].off = out->size;
		out->size += v[i].len;
		out->all += 1 + (v[i].layout ? v[i].layout->all : 0);
		if (v[i].layout)
			out->depth = MAX(out->depth, v[i].layout->depth + 1);
		if (out->size > STRUCT_LIMIT)
			load_fail(l, n, "a struct is above 1 MiB", out->name);
		if (out->all > STRUCT_MEMBERS)
			load_fail(l, n, "a struct has more than 65536 members",
				  out->name);
		if (out->depth > STRUCT_DEPTH)
			load_fail(l, n, "structs are nested too deeply", out->name);
	}
	i = 0;
	for (n = list->first; n && v && !l->err; n = n->next, i++)
		v[i].selector = selector_of(l, n, v, list->n);
	out->v = v;
	out->n = v ? list->n : 0;
	out->flexible = out->n && v[out->n - 1].flexible;
}

static bool is(const struct node *def, const char *type)
{
	const char *s = node_str(def, "type");

	return s && !strcmp(s, type);
}

/* Whether all structs that this one holds have their size. */
static bool ready(struct loading *l, const struct node *def)
{
	const struct node *list = load_list(l, def, "members");

	for (const struct node *m = list ? list->first : NULL; m; m = m->next) {
		const struct layout *in = load_layout(l, m, "struct");

		if (in && !in->depth)
			return false;
	}
	return true;
}

/* Returns a struct that still has to wait for others, or NULL. */
static const struct node *lay_out_some(struct loading *l, const struct node *list)
{
	const struct node *waits = NULL;
	struct layout *out = l->s->layouts;

	for (const struct node *n = list->first; n && !l->err; n = n->next) {
		if (!is(n, "struct"))
			continue;
		if (!out->depth && ready(l, n))
			load_members(l, n, out);
		if (!out++->depth)
			waits = n;
	}
	return waits;
}

/* A struct may hold one that is defined after it. */
static void lay_out(struct loading *l, const struct node *list)
{
	const struct node *waits = list;

	for (size_t i = 0; i < STRUCT_DEPTH && waits && !l->err; i++)
		waits = lay_out_some(l, list);
	if (waits)
		load_fail(l, waits, "structs hold each other", node_str(waits, "name"));
}

void load_definitions(struct loading *l)
{
	const struct node *list = load_list(l, l->root, "definitions"), *n;
	struct schema *s = l->s;

	if (!list)
		return;
	s->enums = load_array(l, list->n, sizeof(*s->enums));
	s->layouts = load_array(l, list->n, sizeof(*s->layouts));
	for (n = list->first; n && !l->err; n = n->next) {
		if (is(n, "enum") || is(n, "flags"))
			load_entries(l, n, &s->enums[s->nenums++]);
		else if (is(n, "struct"))
			s->layouts[s->nlayouts++].name = load_name(l, n, "name");
	}
	index_make(l, &l->enums, s->enums, s->nenums, sizeof(*s->enums));
	index_make(l, &l->layouts, s->layouts, s->nlayouts, sizeof(*s->layouts));
	if (!l->err)
		lay_out(l, list);
}
