/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pack_attr.h"

#include "convert.h"
#include "diag.h"

#include <errno.h>
#include <netlink/attr.h>
#include <stdio.h>
#include <stdlib.h>

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

struct level pack_enter(struct packing *p, const char *step, uint16_t type)
{
	const struct level l = { .at = pack_open(p, type), .path = p->path.n };

	if (!p->trace)
		return l;
	if (p->path.n && *step != '[')
		buf_putc(&p->path, '.');
	buf_puts(&p->path, step);
	buf_add(&p->trace->v, &(struct traced){ .at = l.at, .path = p->trace->paths.n },
		sizeof(struct traced));
	buf_add(&p->trace->paths, p->path.p, p->path.n);
	buf_putc(&p->trace->paths, 0);
	return l;
}

void pack_leave(struct packing *p, struct level l)
{
	pack_close(p, l.at);
	p->path.n = l.path;
}

bool pack_is_null(const struct node *n)
{
	return !n || (n->kind == NODE_SCALAR && !n->quoted && !strcmp(n->s, "null"));
}

bool pack_index(const char *key, uint16_t *number)
{
	const size_t n = strlen(key);

	if (!n || n > 5 || strspn(key, "0123456789") != n || atoi(key) > ATTR_MOST)
		return false;
	*number = (uint16_t)atoi(key);
	return true;
}

static void pack_one(struct packing *p, const struct attr_spec *a, const struct node *n,
		     const struct given *g, int depth)
{
	bool set = true;
	struct level l;

	if (a->type == ATTR_FLAG && !pack_is_null(n) && !pack_truth(p, a->name, n, &set))
		return;
	if (pack_is_null(n) || !set)
		return;
	if (pack_is_shown(n))
		return pack_shown(p, a->number, n, depth);
	l = pack_enter(p, a->name, a->number | (attr_is_nest(a) ? NLA_F_NESTED : 0));
	pack_payload(p, a, n, g, depth);
	pack_leave(p, l);
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
	uint16_t number = 0;
	bool list = n->kind == NODE_LIST && (!a || !takes_list(a) || a->multi);

	if (!a && !strcmp(n->key, "rest") && n->kind == NODE_SCALAR) {
		if (!hint_parse(p->out, HINT_NONE, n->s))
			pack_fail(p, n->key, "this is no hex");
		return;
	}
	if (!a && !pack_index(n->key, &number))
		return unknown(p, g, n->key);
	for (const struct node *m = list ? n->first : n; m && !p->err;
	     m = list ? m->next : NULL) {
		if (a)
			pack_one(p, a, m, g, depth);
		else
			pack_shown(p, number, m, depth);
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

void pack_map(struct packing *p, const struct given *g, const struct layout *header,
	      int depth)
{
	if (depth > PACK_DEEPEST)
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

void pack_body(struct packing *p, const struct attr_set *set, const struct layout *header,
	       const struct node *map)
{
	const struct given g = { .set = set, .map = map };

	if (header) {
		pack_struct(p, header, map, set);
		buf_fill(p->out, 0, NLMSG_ALIGN(p->out->n) - p->out->n);
	}
	if (!p->err)
		pack_attrs(p, &g, header);
}
