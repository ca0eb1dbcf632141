/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "schema.h"

#include "schema_load.h"

#include <errno.h>
#include <linux/netlink.h>

static const struct {
	const char *word;
	uint8_t size;
	bool sign;
} types[] = {
	[ATTR_UNKNOWN] = { "unknown", 0, false },
	[ATTR_U8] = { "u8", 1, false },
	[ATTR_U16] = { "u16", 2, false },
	[ATTR_U32] = { "u32", 4, false },
	[ATTR_U64] = { "u64", 8, false },
	[ATTR_S8] = { "s8", 1, true },
	[ATTR_S16] = { "s16", 2, true },
	[ATTR_S32] = { "s32", 4, true },
	[ATTR_S64] = { "s64", 8, true },
	[ATTR_UINT] = { "uint", 0, false },
	[ATTR_SINT] = { "sint", 0, true },
	[ATTR_BINARY] = { "binary", 0, false },
	[ATTR_STRING] = { "string", 0, false },
	[ATTR_FLAG] = { "flag", 0, false },
	[ATTR_NEST] = { "nest", 0, false },
	[ATTR_ARRAY] = { "indexed-array", 0, false },
	[ATTR_TYPE_VALUE] = { "nest-type-value", 0, false },
	[ATTR_SUBMSG] = { "sub-message", 0, false },
	[ATTR_BITFIELD32] = { "bitfield32", 0, false },
	[ATTR_PAD] = { "pad", 0, false },
	[ATTR_UNUSED] = { "unused", 0, false },
};

size_t type_size(uint8_t type)
{
	return type < COUNT(types) ? types[type].size : 0;
}

bool type_signed(uint8_t type)
{
	return type < COUNT(types) && types[type].sign;
}

const char *type_word(uint8_t type)
{
	return types[type < COUNT(types) ? type : 0].word;
}

uint8_t load_type(const char *word)
{
	for (uint8_t i = 1; word && i < COUNT(types); i++)
		if (!strcmp(types[i].word, word))
			return i;
	/* What indexed-array was called before Linux 6.10. */
	return word && !strcmp(word, "array-nest") ? ATTR_ARRAY : ATTR_UNKNOWN;
}

static void load_top(struct loading *l)
{
	const char *protocol = node_str(l->root, "protocol");

	l->s->name = load_name(l, l->root, "name");
	l->s->doc = node_str(l->root, "doc");
	l->s->raw = protocol && !strcmp(protocol, "netlink-raw");
	l->s->protocol = NETLINK_GENERIC;
	l->s->version = (uint8_t)load_number(l, l->root, "version", 1);
	if (l->s->raw) {
		uint64_t n = load_number(l, l->root, "protonum", UINT64_MAX);

		if (n >= MAX_LINKS)
			load_fail(l, l->root, "protonum is missing or above 31", NULL);
		l->s->protocol = (int)n;
	}
}

int schema_load(struct schema *s, const char *p, size_t n, struct buf *why)
{
	struct loading l = { .s = s, .why = why };

	*s = (struct schema){ 0 };
	l.root = node_parse(&s->arena, p, n, why);
	if (!l.root)
		l.err = -EINVAL;
	else if (l.root->kind != NODE_MAP)
		load_fail(&l, l.root, "it is no map", NULL);
	if (!l.err)
		load_top(&l);
	if (!l.err)
		load_constants(&l);
	if (!l.err)
		load_definitions(&l);
	if (!l.err)
		load_sets(&l);
	if (!l.err)
		load_operations(&l);
	if (l.err)
		schema_free(s);
	return l.err;
}

void schema_free(struct schema *s)
{
	arena_free(&s->arena);
	*s = (struct schema){ 0 };
}

bool attr_is_records(const struct attr_spec *a)
{
	return a->type == ATTR_BINARY && a->layout && a->nested && a->layout->n &&
	       type_size(a->layout->v[0].type);
}

bool attr_is_nest(const struct attr_spec *a)
{
	return a->type == ATTR_NEST || a->type == ATTR_ARRAY ||
	       a->type == ATTR_TYPE_VALUE || a->type == ATTR_SUBMSG;
}

const struct attr_spec *schema_attr(const struct attr_set *set, uint16_t number)
{
	if (!set)
		return NULL;
	if (set->by_number)
		return number <= set->max ? set->by_number[number] : NULL;
	for (size_t i = 0; i < set->n; i++)
		if (set->v[i].number == number)
			return &set->v[i];
	return NULL;
}

const struct attr_spec *schema_attr_named(const struct attr_set *set, const char *name,
					  size_t n)
{
	for (size_t i = 0; set && i < set->n; i++)
		if (!strncmp(set->v[i].name, name, n) && !set->v[i].name[n])
			return &set->v[i];
	return NULL;
}

const struct op *schema_op_named(const struct schema *s, const char *name)
{
	for (size_t i = 0; i < s->nops; i++)
		if (!strcmp(s->ops[i].name, name))
			return &s->ops[i];
	return NULL;
}

const struct op *schema_op(const struct schema *s, uint16_t number, enum side side)
{
	const struct op *of[3] = { NULL };

	for (size_t i = 0; i < s->nops; i++) {
		const struct op *o = &s->ops[i];
		bool answers = o->answers && o->reply == number;

		if (o->asks && o->request == number && !of[SIDE_REQUEST])
			of[SIDE_REQUEST] = o;
		if (answers && !of[o->event ? SIDE_EVENT : SIDE_REPLY])
			of[o->event ? SIDE_EVENT : SIDE_REPLY] = o;
	}
	/* What happened to a raw protocol's thing is told like the request to make it. */
	if (side == SIDE_EVENT && !of[SIDE_EVENT] && s->raw)
		of[SIDE_EVENT] = of[SIDE_REQUEST];
	for (size_t i = 0; i < 3 && !of[side]; i++)
		of[side] = of[2 - i];
	return of[side];
}

const struct fixed *op_fixed(const struct op *o, enum side side, bool dump)
{
	const struct method *m =
		o->dump.there && (dump || !o->act.there) ? &o->dump : &o->act;

	if (o->event || !m->there)
		return &o->fixed;
	return &m->fixed[side == SIDE_REQUEST ? REQUEST_SIDE : REPLY_SIDE];
}

const struct submsg_format *schema_format(const struct submsg *s, struct bytes value)
{
	for (size_t i = 0; i < s->n; i++)
		if (strlen(s->v[i].value) == value.n &&
		    !memcmp(s->v[i].value, value.p, value.n))
			return &s->v[i];
	return NULL;
}

uint64_t twin_value(const struct part *m, uint64_t v)
{
	const uint64_t all = m->len < 8 ? (UINT64_C(1) << 8 * m->len) - 1 : UINT64_MAX;

	if (m->names && (m->names->flags || m->as_flags))
		return v & all;
	return v > all ? 0 : v;
}
