/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Attribute sets and sub-messages of a spec. */
#include "schema_load.h"

#include <errno.h>
#include <linux/netlink.h>

const struct attr_set *load_set(struct loading *l, const struct node *n, const char *key)
{
	const char *name = node_str(n, key);

	for (size_t i = 0; name && i < l->s->nsets; i++)
		if (!strcmp(l->s->sets[i].name, name))
			return &l->s->sets[i];
	if (name)
		load_fail(l, "there is no such attribute-set", name);
	return NULL;
}

static const struct submsg *load_submsg(struct loading *l, const struct node *n)
{
	const char *name = node_str(n, "sub-message");

	for (size_t i = 0; name && i < l->s->nsubmsgs; i++)
		if (!strcmp(l->s->submsgs[i].name, name))
			return &l->s->submsgs[i];
	if (name)
		load_fail(l, "there is no such sub-message", name);
	return NULL;
}

static void load_checks(struct loading *l, const struct node *n, struct checks *c)
{
	c->has_min = node_get(n, "min");
	c->has_max = node_get(n, "max");
	c->has_min_len = node_get(n, "min-len");
	c->has_max_len = node_get(n, "max-len");
	c->has_exact_len = node_get(n, "exact-len");
	c->min = load_number(l, n, "min", 0);
	c->max = load_number(l, n, "max", 0);
	c->min_len = load_number(l, n, "min-len", 0);
	c->max_len = load_number(l, n, "max-len", 0);
	c->exact_len = load_number(l, n, "exact-len", 0);
}

static void load_levels(struct loading *l, const struct node *n, struct attr_spec *a)
{
	const struct node *list = load_list(n, "type-value");
	const char **v;
	size_t i = 0;

	if (!list || list->n > 8)
		return;
	v = load_array(l, list->n, sizeof(*v));
	for (const struct node *m = list->first; m && v; m = m->next)
		v[i++] = m->kind == NODE_SCALAR ? m->s : "";
	a->levels = v;
	a->nlevels = v ? list->n : 0;
}

static void load_attr(struct loading *l, const struct node *n, struct attr_spec *a)
{
	a->name = load_name(l, n, "name");
	a->type = load_type(node_str(n, "type"));
	a->sub_type = load_type(node_str(n, "sub-type"));
	a->hint = load_hint(node_str(n, "display-hint"));
	a->big_endian = load_big_endian(n);
	a->multi = node_true(n, "multi-attr");
	a->as_flags = node_true(n, "enum-as-flags");
	a->names = load_enum(l, n);
	a->layout = load_layout(l, n, "struct");
	a->nested = load_set(l, n, "nested-attributes");
	a->submsg = load_submsg(l, n);
	a->selector = node_str(n, "selector");
	if (a->type == ATTR_ARRAY && !a->sub_type)
		a->sub_type = ATTR_NEST;
	load_levels(l, n, a);
	load_checks(l, node_get(n, "checks"), &a->checks);
}

/* A table by number where the numbers are dense enough for one. */
static void index_set(struct loading *l, struct attr_set *set)
{
	const struct attr_spec **v;
	size_t max = 0;

	for (size_t i = 0; i < set->n; i++)
		max = MAX(max, (size_t)set->v[i].number);
	if (!set->n || max > 4 * set->n + 64)
		return;
	v = arena_alloc(&l->s->arena, (max + 1) * sizeof(*v));
	/* Of two with a number, the first. */
	for (size_t i = set->n; v && i-- > 0;)
		v[set->v[i].number] = &set->v[i];
	set->by_number = v;
	set->max = max;
}

/* Attributes count from 1; an explicit value is counted on from. */
static void load_attrs(struct loading *l, const struct node *def, struct attr_set *set)
{
	const struct node *list = load_list(def, "attributes"), *n;
	uint64_t next = 1;
	struct attr_spec *v;
	size_t i = 0;

	if (!list)
		return;
	v = load_array(l, list->n, sizeof(*v));
	for (n = list->first; n && v && !l->err; n = n->next, i++) {
		next = load_number(l, n, "value", next);
		if (next > (uint64_t)NLA_TYPE_MASK)
			load_fail(l, "an attribute's number is above 16383", set->name);
		load_attr(l, n, &v[i]);
		v[i].number = (uint16_t)next++;
	}
	set->v = v;
	set->n = v ? list->n : 0;
	index_set(l, set);
}

/* A subset names attributes of another set, which say all about them. */
static void load_subset(struct loading *l, const struct node *def, struct attr_set *set)
{
	const struct node *list = load_list(def, "attributes"), *n;
	const struct attr_set *from = load_set(l, def, "subset-of");
	struct attr_spec *v;
	size_t i = 0;

	if (!list || !from)
		return;
	v = load_array(l, list->n, sizeof(*v));
	for (n = list->first; n && v && !l->err; n = n->next, i++) {
		const char *name = load_name(l, n, "name");
		const struct attr_spec *a = schema_attr_named(from, name, strlen(name));

		if (a)
			v[i] = *a;
		else
			load_fail(l, "a subset has an attribute that its set lacks",
				  name);
	}
	set->v = v;
	set->n = v ? list->n : 0;
	index_set(l, set);
}

static void load_formats(struct loading *l, const struct node *def, struct submsg *out)
{
	const struct node *list = load_list(def, "formats"), *n;
	struct submsg_format *v;
	size_t i = 0;

	if (!list)
		return;
	v = load_array(l, list->n, sizeof(*v));
	for (n = list->first; n && v && !l->err; n = n->next, i++) {
		v[i].value = node_str(n, "value");
		if (!v[i].value)
			load_fail(l, "a format has no value", out->name);
		v[i].set = load_set(l, n, "attribute-set");
		v[i].header = load_layout(l, n, "fixed-header");
	}
	out->v = v;
	out->n = v ? list->n : 0;
}

/* Sets and sub-messages name each other, so that all names come first. */
static void load_names(struct loading *l, const struct node *sets,
		       const struct node *submsgs)
{
	struct schema *s = l->s;

	if (sets)
		s->sets = load_array(l, sets->n, sizeof(*s->sets));
	if (submsgs)
		s->submsgs = load_array(l, submsgs->n, sizeof(*s->submsgs));
	for (const struct node *n = sets ? sets->first : NULL; n && !l->err; n = n->next)
		s->sets[s->nsets++].name = load_name(l, n, "name");
	for (const struct node *n = submsgs ? submsgs->first : NULL; n && !l->err;
	     n = n->next)
		s->submsgs[s->nsubmsgs++].name = load_name(l, n, "name");
}

/* Members of structs that are sub-messages: which those are, structs don't know yet. */
static void load_parts(struct loading *l)
{
	const struct node *defs = load_list(l->root, "definitions");
	struct layout *out = l->s->layouts;

	for (const struct node *n = defs ? defs->first : NULL; n && !l->err;
	     n = n->next) {
		const struct node *list = load_list(n, "members");
		const char *type = node_str(n, "type");
		size_t i = 0;

		if (!type || strcmp(type, "struct") != 0)
			continue;
		for (const struct node *m = list ? list->first : NULL; m && out->n;
		     m = m->next)
			out->v[i++].submsg = load_submsg(l, m);
		out++;
	}
}

void load_sets(struct loading *l)
{
	const struct node *sets = load_list(l->root, "attribute-sets");
	const struct node *submsgs = load_list(l->root, "sub-messages"), *n;
	size_t i = 0;

	load_names(l, sets, submsgs);
	load_parts(l);
	for (n = sets ? sets->first : NULL; n && !l->err; n = n->next, i++)
		if (!node_get(n, "subset-of"))
			load_attrs(l, n, &l->s->sets[i]);
	i = 0;
	for (n = sets ? sets->first : NULL; n && !l->err; n = n->next, i++)
		if (node_get(n, "subset-of"))
			load_subset(l, n, &l->s->sets[i]);
	i = 0;
	for (n = submsgs ? submsgs->first : NULL; n && !l->err; n = n->next, i++)
		load_formats(l, n, &l->s->submsgs[i]);
}
