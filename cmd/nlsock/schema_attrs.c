/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Attribute sets and sub-messages of a spec. */
#include "schema_load.h"

const struct attr_set *load_set(struct loading *l, const struct node *n, const char *key)
{
	const char *name = node_str(n, key);
	const struct attr_set *set = name ? index_find(&l->sets, name) : NULL;

	if (name && !set)
		load_fail(l, node_get(n, key), "there is no such attribute-set", name);
	return set;
}

static const struct submsg *load_submsg(struct loading *l, const struct node *n)
{
	const char *name = node_str(n, "sub-message");
	const struct submsg *submsg = name ? index_find(&l->submsgs, name) : NULL;

	if (name && !submsg)
		load_fail(l, node_get(n, "sub-message"), "there is no such sub-message",
			  name);
	return submsg;
}

/* flags-mask names an enum: all that it has may be set. */
static bool load_mask(const struct loading *l, const struct node *n, uint64_t *mask)
{
	const char *name = node_str(n, "flags-mask");
	const struct enumeration *e = name ? index_find(&l->enums, name) : NULL;

	*mask = 0;
	for (size_t i = 0; e && i < e->names.n; i++) {
		uint64_t v = e->names.v[i].number;

		*mask |= !e->flags ? v : v < 64 ? (uint64_t)1 << v : 0;
	}
	return e;
}

static void load_checks(const struct loading *l, const struct node *n, struct checks *c)
{
	c->has_min = load_limit(l, n, "min", &c->min);
	c->has_max = load_limit(l, n, "max", &c->max);
	c->has_min_len = load_limit(l, n, "min-len", &c->min_len);
	c->has_max_len = load_limit(l, n, "max-len", &c->max_len);
	c->has_exact_len = load_limit(l, n, "exact-len", &c->exact_len);
	c->has_mask = load_mask(l, n, &c->mask);
}

static void load_levels(struct loading *l, const struct node *n, struct attr_spec *a)
{
	const struct node *list = load_list(l, n, "type-value");
	const char **v;
	size_t i = 0;

	if (!list)
		return;
	if (list->n > 8)
		return load_fail(l, list, "it has more than 8 levels", a->name);
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
	const struct node *list = load_list(l, def, "attributes"), *n;
	uint64_t next = 1;
	struct attr_spec *v;
	size_t i = 0;

	if (!list)
		return;
	v = load_array(l, list->n, sizeof(*v));
	for (n = list->first; n && v && !l->err; n = n->next, i++) {
		next = load_number(l, n, "value", next);
		if (next > ATTR_MOST)
			load_fail(l, n, "an attribute's number is above 16383",
				  set->name);
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
	const struct node *list = load_list(l, def, "attributes"), *n;
	const struct attr_set *from = load_set(l, def, "subset-of");
	struct index known;
	struct attr_spec *v;
	size_t i = 0;

	if (!list || !from)
		return;
	v = load_array(l, list->n, sizeof(*v));
	index_make(l, &known, from->v, from->n, sizeof(*from->v));
	for (n = list->first; n && v && !l->err; n = n->next, i++) {
		const char *name = load_name(l, n, "name");
		const struct attr_spec *a = index_find(&known, name);

		if (a)
			v[i] = *a;
		else
			load_fail(l, n, "a subset has an attribute that its set lacks",
				  name);
	}
	set->v = v;
	set->n = v ? list->n : 0;
	index_set(l, set);
}

void load_twins(struct loading *l, const struct attr_set *set, struct fixed *f)
{
	struct index known;
	bool any = false;
	uint16_t *v;

	if (!f->layout || !set || !f->layout->n)
		return;
	v = load_array(l, f->layout->n, sizeof(*v));
	index_make(l, &known, set->v, set->n, sizeof(*set->v));
	for (size_t i = 0; v && i < f->layout->n; i++) {
		const struct part *m = &f->layout->v[i];
		const struct attr_spec *a = index_find(&known, m->name);

		v[i] = a && m->type != ATTR_PAD ? a->number : 0;
		any |= v[i] != 0;
	}
	f->twins = any ? v : NULL;
}

static void load_formats(struct loading *l, const struct node *def, struct submsg *out)
{
	const struct node *list = load_list(l, def, "formats"), *n;
	struct submsg_format *v;
	size_t i = 0;

	if (!list)
		return;
	v = load_array(l, list->n, sizeof(*v));
	for (n = list->first; n && v && !l->err; n = n->next, i++) {
		v[i].value = node_str(n, "value");
		if (!v[i].value)
			load_fail(l, n, "a format has no value", out->name);
		v[i].set = load_set(l, n, "attribute-set");
		v[i].fixed.layout = load_layout(l, n, "fixed-header");
		load_twins(l, v[i].set, &v[i].fixed);
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
	index_make(l, &l->sets, s->sets, s->nsets, sizeof(*s->sets));
	index_make(l, &l->submsgs, s->submsgs, s->nsubmsgs, sizeof(*s->submsgs));
}

/* Members of structs that are sub-messages: which those are, structs don't know yet. */
static void load_parts(struct loading *l)
{
	const struct node *defs = load_list(l, l->root, "definitions");
	struct layout *out = l->s->layouts;

	for (const struct node *n = defs ? defs->first : NULL; n && !l->err;
	     n = n->next) {
		const struct node *list = load_list(l, n, "members");
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
	const struct node *sets = load_list(l, l->root, "attribute-sets");
	const struct node *submsgs = load_list(l, l->root, "sub-messages"), *n;
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
