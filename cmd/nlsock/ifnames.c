/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ifnames.h"

#include <net/if.h>
#include <stdio.h>

enum { DEEPEST = 32 };

/* Specs have no word for what a number counts: an index is known by what it is called. */
static bool is_index(const char *name, uint8_t type, const struct enumeration *names)
{
	static const char *const ends[] = { "ifindex", "ifi-index", "ifa-index",
					    "if-idx",  "idiag-if",  "oif",
					    "iif",     "master",    "link" };
	const size_t n = strlen(name);

	if (type_size(type) != sizeof(uint32_t) || names)
		return false;
	for (size_t i = 0; i < COUNT(ends); i++) {
		const size_t m = strlen(ends[i]);

		if (n >= m && !strcmp(name + n - m, ends[i]) &&
		    (n == m || name[n - m - 1] == '-' || !strcmp(ends[i], "ifindex")))
			return true;
	}
	return false;
}

static void resolve(struct arena *a, struct node *n)
{
	uint64_t v;
	char text[16];
	unsigned int index;

	if (n->kind != NODE_SCALAR || node_number(n, &v))
		return;
	index = if_nametoindex(n->s);
	if (!index)
		return;
	snprintf(text, sizeof(text), "%u", index);
	n->n = (uint32_t)strlen(text);
	n->s = arena_copy(a, text, n->n);
	n->quoted = false;
	if (!n->s)
		n->s = ""; /* no number, which the request is refused for */
}

static const struct part *part_of(const struct layout *l, const char *name)
{
	for (size_t i = 0; l && i < l->n; i++)
		if (!strcmp(l->v[i].name, name))
			return &l->v[i];
	return NULL;
}

static void walk(struct arena *a, struct node *map, const struct attr_set *set,
		 const struct layout *l, int depth);

/* One value; what holds others is walked through. */
static void walk_value(struct arena *a, struct node *n, const struct attr_spec *s,
		       int depth)
{
	if (n->kind == NODE_LIST)
		for (struct node *m = n->first; m; m = m->next)
			walk_value(a, m, s, depth + 1);
	else if (n->kind == NODE_MAP)
		walk(a, n, s->nested, s->layout, depth + 1);
	else if (is_index(s->name, s->type, s->names))
		resolve(a, n);
}

static void walk(struct arena *a, struct node *map, const struct attr_set *set,
		 const struct layout *l, int depth)
{
	for (struct node *n = depth < DEEPEST ? map->first : NULL; n; n = n->next) {
		const struct attr_spec *s =
			n->key ? schema_attr_named(set, n->key, strlen(n->key)) : NULL;
		const struct part *p = n->key ? part_of(l, n->key) : NULL;

		if (s)
			walk_value(a, n, s, depth);
		else if (p && is_index(p->name, p->type, p->names))
			resolve(a, n);
	}
}

void ifnames_resolve(struct arena *a, struct node *map, const struct attr_set *set,
		     const struct layout *header)
{
	walk(a, map, set, header, 0);
}
