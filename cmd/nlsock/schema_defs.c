/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Definitions of a spec: constants, enums, flags and structs; and what all sections use.
 */
#include "schema_load.h"

#include <errno.h>

enum { STRUCT_LIMIT = 1 << 20, MOST = 8192 /* things of a kind */ };

void load_fail(struct loading *l, const char *what, const char *name)
{
	if (l->err)
		return;
	l->err = -EINVAL;
	if (name)
		buf_printf(l->why, "%s: ", name);
	buf_puts(l->why, what);
}

void *load_array(struct loading *l, size_t n, size_t size)
{
	void *p = n <= MOST ? arena_alloc(&l->s->arena, n * size) : NULL;

	if (!p && !l->err) {
		l->err = -ENOMEM;
		buf_puts(l->why, "it takes too much memory");
	}
	return p;
}

const struct node *load_list(const struct node *map, const char *key)
{
	const struct node *n = node_get(map, key);

	return n && n->kind == NODE_LIST ? n : NULL;
}

static bool plain(const char *s)
{
	for (; *s; s++)
		if (*s < ' ' || *s > '~' || *s == '"' || *s == '\\')
			return false;
	return true;
}

const char *load_name(struct loading *l, const struct node *map, const char *key)
{
	const char *s = node_str(map, key);

	if (!s || !*s)
		load_fail(l, "something has no name", key);
	else if (!plain(s))
		load_fail(l, "a name holds more than plain characters", key);
	return s && *s && plain(s) ? s : "";
}

/* u8-max, s32-min and the like, as the checks of a spec may say. */
static bool type_limit(const char *word, uint64_t *v)
{
	size_t n = strlen(word);
	bool most = n > 4 && !strcmp(word + n - 4, "-max");
	char type[8] = { 0 };
	size_t bits;

	if (n < 6 || n > 7 || (!most && strcmp(word + n - 4, "-min") != 0))
		return false;
	memcpy(type, word, n - 4);
	bits = 8 * type_size(load_type(type));
	if (!bits)
		return false;
	if (type_signed(load_type(type)))
		*v = most ? ((uint64_t)1 << (bits - 1)) - 1
			  : -((uint64_t)1 << (bits - 1));
	else
		*v = most ? UINT64_MAX >> (64 - bits) : 0;
	return true;
}

static bool constant(const struct loading *l, const char *name, uint64_t *v)
{
	const struct node *list = load_list(l->root, "definitions");

	for (const struct node *n = list ? list->first : NULL; n; n = n->next) {
		const char *type = node_str(n, "type"), *is = node_str(n, "name");

		if (type && is && !strcmp(type, "const") && !strcmp(is, name))
			return node_number(node_get(n, "value"), v);
	}
	return false;
}

uint64_t load_number(struct loading *l, const struct node *map, const char *key,
		     uint64_t dflt)
{
	const struct node *n = node_get(map, key);
	uint64_t v;

	if (!n)
		return dflt;
	if (node_number(n, &v))
		return v;
	if (n->kind == NODE_SCALAR && (type_limit(n->s, &v) || constant(l, n->s, &v)))
		return v;
	load_fail(l, "this is no number and no constant", key);
	return dflt;
}

uint8_t load_hint(const char *word)
{
	static const struct name hints[] = {
		{ HINT_IP, "ipv4" },   { HINT_IP, "ipv6" },  { HINT_IP, "ipv4-or-v6" },
		{ HINT_MAC, "mac" },   { HINT_MAC, "fddi" }, { HINT_HEX, "hex" },
		{ HINT_UUID, "uuid" },
	};

	for (size_t i = 0; word && i < COUNT(hints); i++)
		if (!strcmp(hints[i].name, word))
			return (uint8_t)hints[i].number;
	return HINT_NONE;
}

bool load_big_endian(const struct node *n)
{
	const char *order = node_str(n, "byte-order");

	return order && !strcmp(order, "big-endian");
}

const struct enumeration *load_enum(struct loading *l, const struct node *n)
{
	const char *name = node_str(n, "enum");

	for (size_t i = 0; name && i < l->s->nenums; i++)
		if (!strcmp(l->s->enums[i].name, name))
			return &l->s->enums[i];
	if (name)
		load_fail(l, "there is no such enum", name);
	return NULL;
}

const struct layout *load_layout(struct loading *l, const struct node *n, const char *key)
{
	const char *name = node_str(n, key);

	for (size_t i = 0; name && i < l->s->nlayouts; i++)
		if (!strcmp(l->s->layouts[i].name, name))
			return &l->s->layouts[i];
	if (name)
		load_fail(l, "there is no such struct", name);
	return NULL;
}

/* Enums count from 0, or from value-start; an explicit value is counted on from. */
static void load_entries(struct loading *l, const struct node *def, struct enumeration *e)
{
	const struct node *list = load_list(def, "entries"), *n;
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
	p->has_preset = p->len && l->constants && constant(l, p->name, &p->preset);
	if (p->len)
		return;
	if (p->layout) {
		if (!p->layout->laid)
			load_fail(l, "a struct holds one that is not defined before it",
				  p->name);
		p->len = p->layout->size;
	} else if (node_get(n, "len")) {
		uint64_t len = load_number(l, n, "len", 0);

		if (len > STRUCT_LIMIT)
			load_fail(l, "a member is above 1 MiB", p->name);
		p->len = (uint32_t)len;
	} else if (n->next) {
		load_fail(l, "a member has no length", p->name);
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
		load_fail(l, "a member's selector is no number of its struct", name);
	return NULL;
}

static void load_members(struct loading *l, const struct node *def, struct layout *out)
{
	const struct node *list = load_list(def, "members"), *n;
	struct part *v;
	size_t i = 0;

	out->laid = true;
	if (!list || l->err)
		return;
	v = load_array(l, list->n, sizeof(*v));
	for (n = list->first; n && v && !l->err; n = n->next, i++) {
		load_part(l, n, &v[i]);
		v[i].off = out->size;
		out->size += v[i].len;
		if (out->size > STRUCT_LIMIT)
			load_fail(l, "a struct is above 1 MiB", out->name);
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
	const struct node *list = load_list(def, "members");

	for (const struct node *m = list ? list->first : NULL; m; m = m->next) {
		const struct layout *in = load_layout(l, m, "struct");

		if (in && !in->laid)
			return false;
	}
	return true;
}

/* Returns how many structs still have to wait for others. */
static size_t lay_out_some(struct loading *l, const struct node *list)
{
	struct layout *out = l->s->layouts;
	size_t left = 0;

	for (const struct node *n = list->first; n && !l->err; n = n->next) {
		if (!is(n, "struct"))
			continue;
		if (!out->laid && ready(l, n))
			load_members(l, n, out);
		left += !out++->laid;
	}
	return left;
}

/* A struct may hold one that is defined after it. */
static void lay_out(struct loading *l, const struct node *list)
{
	size_t left = SIZE_MAX, before;

	do {
		before = left;
		left = lay_out_some(l, list);
	} while (left && left < before && !l->err);
	if (left)
		load_fail(l, "structs hold each other", NULL);
}

void load_definitions(struct loading *l)
{
	const struct node *list = load_list(l->root, "definitions"), *n;
	struct schema *s = l->s;

	if (!list)
		return;
	s->enums = load_array(l, list->n, sizeof(*s->enums));
	s->layouts = load_array(l, list->n, sizeof(*s->layouts));
	for (n = list->first; n && !l->err; n = n->next) {
		l->constants |= is(n, "const");
		if (is(n, "enum") || is(n, "flags"))
			load_entries(l, n, &s->enums[s->nenums++]);
		else if (is(n, "struct"))
			s->layouts[s->nlayouts++].name = load_name(l, n, "name");
	}
	if (!l->err)
		lay_out(l, list);
}
