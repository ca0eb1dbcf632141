/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "node.h"

#include "units.h"

#include <strings.h>
#include <yaml.h>

enum { DEEPEST = 64, LARGEST = 4 << 20, ANCHORS = 1024 };

struct anchor {
	const char *name;
	const struct node *node;
};

struct reading {
	struct arena *a;
	struct buf *why;
	struct node *root;
	struct node *open[DEEPEST], *last[DEEPEST]; /* the levels and their last child */
	const char *anchor[DEEPEST];
	size_t depth;
	const char *key; /* read, its value not yet */
	bool has_key;
	struct anchor anchors[ANCHORS];
	size_t nanchors;
};

static bool fail(struct reading *r, size_t line, const char *what)
{
	if (line)
		buf_printf(r->why, "line %zu: ", line);
	buf_puts(r->why, what);
	return false;
}

static const char *copy(struct reading *r, const yaml_char_t *s, size_t n)
{
	return s ? arena_copy(r->a, (const char *)s, n) : NULL;
}

struct node *node_add(struct arena *a, struct node *parent, enum node_kind kind,
		      const char *key)
{
	struct node *n = arena_alloc(a, sizeof(*n)), **at;

	if (!n)
		return NULL;
	n->kind = (uint8_t)kind;
	n->key = key;
	if (parent) {
		for (at = &parent->first; *at; at = &(*at)->next)
			;
		*at = n;
		parent->n++;
	}
	return n;
}

/* Like node_add below the level that is open, without a walk to its end. */
static struct node *append(struct reading *r, const yaml_event_t *e, enum node_kind kind)
{
	struct node *n = node_add(r->a, NULL, kind, r->has_key ? r->key : NULL);
	struct node *parent = r->depth ? r->open[r->depth - 1] : NULL;

	r->has_key = false;
	if (n)
		n->line = (uint32_t)e->start_mark.line + 1;
	if (!n || !parent)
		return r->root = n;
	if (r->last[r->depth - 1])
		r->last[r->depth - 1]->next = n;
	else
		parent->first = n;
	r->last[r->depth - 1] = n;
	parent->n++;
	return n;
}

static bool wants_key(const struct reading *r)
{
	return r->depth && r->open[r->depth - 1]->kind == NODE_MAP && !r->has_key;
}

static bool remember(struct reading *r, const char *name, const struct node *n)
{
	if (!name)
		return true;
	if (r->nanchors == ANCHORS)
		return fail(r, 0, "too many anchors");
	r->anchors[r->nanchors++] = (struct anchor){ name, n };
	return true;
}

static bool take_scalar(struct reading *r, const yaml_event_t *e)
{
	const char *s = copy(r, e->data.scalar.value, e->data.scalar.length);
	const yaml_char_t *anchor = e->data.scalar.anchor;
	struct node *n;

	if (!s)
		return fail(r, 0, "it takes too much memory");
	if (wants_key(r)) {
		r->key = s;
		r->has_key = true;
		return true;
	}
	n = append(r, e, NODE_SCALAR);
	if (!n)
		return fail(r, 0, "it takes too much memory");
	n->s = s;
	n->n = (uint32_t)e->data.scalar.length;
	n->quoted = e->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	return remember(r, anchor ? copy(r, anchor, strlen((const char *)anchor)) : NULL,
			n);
}

static bool take_open(struct reading *r, const yaml_event_t *e, enum node_kind kind,
		      const yaml_char_t *anchor)
{
	struct node *n;

	if (wants_key(r))
		return fail(r, e->start_mark.line + 1, "a key must be a word");
	if (r->depth == DEEPEST)
		return fail(r, e->start_mark.line + 1, "it is nested too deeply");
	n = append(r, e, kind);
	if (!n)
		return fail(r, 0, "it takes too much memory");
	r->anchor[r->depth] =
		anchor ? copy(r, anchor, strlen((const char *)anchor)) : NULL;
	r->last[r->depth] = NULL;
	r->open[r->depth++] = n;
	return true;
}

/* Only what is whole can be repeated, so there are no loops. */
static bool take_close(struct reading *r)
{
	r->depth--;
	return remember(r, r->anchor[r->depth], r->open[r->depth]);
}

static bool take_alias(struct reading *r, const yaml_event_t *e)
{
	const char *name = (const char *)e->data.alias.anchor;
	const struct node *from = NULL;
	struct node *n;

	for (size_t i = r->nanchors; i-- > 0 && !from;)
		if (!strcmp(r->anchors[i].name, name))
			from = r->anchors[i].node;
	if (!from || wants_key(r))
		return fail(r, e->start_mark.line + 1, "this alias names nothing");
	n = append(r, e, (enum node_kind)from->kind);
	if (!n)
		return fail(r, 0, "it takes too much memory");
	n->quoted = from->quoted;
	n->n = from->n;
	n->s = from->s;
	n->first = from->first;
	return true;
}

static bool take(struct reading *r, const yaml_event_t *e)
{
	switch (e->type) {
	case YAML_SCALAR_EVENT:
		return take_scalar(r, e);
	case YAML_SEQUENCE_START_EVENT:
		return take_open(r, e, NODE_LIST, e->data.sequence_start.anchor);
	case YAML_MAPPING_START_EVENT:
		return take_open(r, e, NODE_MAP, e->data.mapping_start.anchor);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return take_close(r);
	case YAML_ALIAS_EVENT:
		return take_alias(r, e);
	default:
		return true;
	}
}

static bool read_events(struct reading *r, yaml_parser_t *p)
{
	bool good = true, ended = false;
	yaml_event_t e;

	while (good && !ended) {
		if (!yaml_parser_parse(p, &e))
			return fail(r, p->problem_mark.line + 1,
				    p->problem ? p->problem : "this is no YAML");
		ended = e.type == YAML_DOCUMENT_END_EVENT ||
			e.type == YAML_STREAM_END_EVENT;
		good = take(r, &e);
		yaml_event_delete(&e);
	}
	return good;
}

struct node *node_parse(struct arena *a, const char *p, size_t n, struct buf *why)
{
	struct reading r = { .a = a, .why = why };
	yaml_parser_t parser;
	bool good;

	if (n > LARGEST) {
		fail(&r, 0, "it is above 4 MiB");
		return NULL;
	}
	if (!yaml_parser_initialize(&parser)) {
		fail(&r, 0, "it takes too much memory");
		return NULL;
	}
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)(p ? p : ""), n);
	good = read_events(&r, &parser);
	if (good && !r.root)
		good = fail(&r, 0, "there is nothing in it");
	yaml_parser_delete(&parser);
	return good ? r.root : NULL;
}

const struct node *node_get(const struct node *map, const char *key)
{
	if (!map || map->kind != NODE_MAP)
		return NULL;
	for (const struct node *n = map->first; n; n = n->next)
		if (!strcmp(n->key, key))
			return n;
	return NULL;
}

const struct node *node_last(const struct node *map, const char *key, enum node_kind kind)
{
	const struct node *last = NULL;

	if (!map || map->kind != NODE_MAP)
		return NULL;
	for (const struct node *n = map->first; n; n = n->next)
		if (n->kind == kind && !strcmp(n->key, key))
			last = n;
	return last;
}

const char *node_str(const struct node *map, const char *key)
{
	const struct node *n = node_get(map, key);

	return n && n->kind == NODE_SCALAR ? n->s : NULL;
}

bool node_number(const struct node *scalar, uint64_t *v)
{
	const char *s = scalar && scalar->kind == NODE_SCALAR ? scalar->s : NULL;
	bool minus = s && *s == '-';

	if (!s || parse_u64(s + minus, v))
		return false;
	if (minus && *v > (uint64_t)INT64_MAX + 1)
		return false;
	*v = minus ? -*v : *v;
	return true;
}

bool node_true(const struct node *map, const char *key)
{
	const char *s = node_str(map, key);

	return s && (!strcasecmp(s, "true") || !strcasecmp(s, "yes"));
}
