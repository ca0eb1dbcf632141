/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Operations and multicast groups of a spec. */
#include "schema_load.h"

#include <errno.h>

/* What the operations count with. */
struct counters {
	bool directional;
	uint64_t request, reply;
};

static void load_method(struct loading *l, const struct node *n, const char *name,
			struct method *m)
{
	const struct node *method = node_get(n, name);

	m->there = method;
	m->attrs[REQUEST_SIDE] = load_list(l, node_get(method, "request"), "attributes");
	m->attrs[REPLY_SIDE] = load_list(l, node_get(method, "reply"), "attributes");
}

static bool has_word(const struct node *list, const char *word)
{
	for (const struct node *n = list ? list->first : NULL; n; n = n->next)
		if (n->kind == NODE_SCALAR && !strcmp(n->s, word))
			return true;
	return false;
}

/* Both directions count alike. */
static void number_unified(struct loading *l, const struct node *n, struct counters *k,
			   struct op *o)
{
	k->request = load_number(l, n, "value", k->request);
	o->request = o->reply = (uint16_t)k->request;
	o->answers = true;
	o->asks = !o->event;
	k->request++;
}

/* Each direction counts alone; what has no reply takes no number of it. */
static void number_directional(struct loading *l, const struct node *n,
			       struct counters *k, struct op *o)
{
	const struct node *mode = node_get(n, o->act.there ? "do" : "dump");

	if (o->event) {
		k->reply = load_number(l, n, "value", k->reply);
		o->reply = (uint16_t)k->reply++;
		o->answers = true;
		return;
	}
	k->request = load_number(l, node_get(mode, "request"), "value", k->request);
	k->reply = load_number(l, node_get(mode, "reply"), "value", k->reply);
	o->request = (uint16_t)k->request++;
	o->asks = true;
	o->answers = node_get(mode, "reply");
	o->reply = (uint16_t)k->reply;
	k->reply += o->answers;
}

/* A side of a method may have a header of its own: a request often has less. */
static void load_fixed(struct loading *l, const struct node *n, const char *name,
		       const struct op *o, struct method *m)
{
	static const char *const sides[] = { "request", "reply" };
	const struct node *method = node_get(n, name);

	for (size_t i = 0; i < COUNT(sides); i++) {
		const struct node *side = node_get(method, sides[i]);

		m->fixed[i] = o->fixed;
		if (!node_get(side, "fixed-header"))
			continue;
		m->fixed[i] = (struct fixed){
			.layout = load_layout(l, side, "fixed-header"),
		};
		load_twins(l, o->set, &m->fixed[i]);
	}
}

static void load_op(struct loading *l, const struct node *ops, const struct node *n,
		    struct counters *k, struct op *o)
{
	o->name = load_name(l, n, "name");
	o->doc = node_str(n, "doc");
	o->set = load_set(l, n, "attribute-set");
	o->fixed.layout = load_layout(l, n, "fixed-header");
	o->group = node_str(n, "mcgrp");
	o->event = node_get(n, "notify") || node_get(n, "event");
	o->admin = has_word(load_list(l, n, "flags"), "admin-perm") ||
		   has_word(load_list(l, n, "flags"), "uns-admin-perm");
	load_method(l, n, "do", &o->act);
	load_method(l, n, "dump", &o->dump);
	if (!o->fixed.layout)
		o->fixed.layout = load_layout(l, ops, "fixed-header");
	load_twins(l, o->set, &o->fixed);
	load_fixed(l, n, "do", o, &o->act);
	load_fixed(l, n, "dump", o, &o->dump);
	if (k->directional)
		number_directional(l, n, k, o);
	else
		number_unified(l, n, k, o);
	if (MAX(k->request, k->reply) > UINT16_MAX + 1)
		load_fail(l, n, "an operation's number is above 65535", o->name);
}

/* A notification is made like the reply of the operation it names, which may come later.
 */
static void inherit(struct loading *l, const struct node *n, struct op *o)
{
	const char *from = node_str(n, "notify");
	const struct op *of = from ? schema_op_named(l->s, from) : NULL;

	if (!of || of == o)
		return;
	o->like = of;
	if (!node_get(n, "attribute-set"))
		o->set = of->set;
	if (!node_get(n, "fixed-header"))
		o->fixed = *op_fixed(of, SIDE_REPLY, false);
	else
		load_twins(l, o->set, &o->fixed);
}

static void load_each(struct loading *l, const struct node *n, struct op *o)
{
	const struct node *dump = node_get(n, "dump"), *with = node_get(dump, "with");
	const char *each = node_str(dump, "each");

	if (!each)
		return;
	o->each = schema_op_named(l->s, each);
	o->with = with;
	if (!o->each || o->each == o)
		load_fail(l, node_get(dump, "each"), "there is no such operation", each);
	else if (!with || with->kind != NODE_MAP)
		load_fail(l, dump, "a dump for each of others has no values", o->name);
}

static void load_groups(struct loading *l)
{
	const struct node *list = load_list(l, node_get(l->root, "mcast-groups"), "list");
	struct schema *s = l->s;

	if (!list)
		return;
	s->groups = load_array(l, list->n, sizeof(*s->groups));
	for (const struct node *n = list->first; n && !l->err; n = n->next) {
		struct group *g = &s->groups[s->ngroups++];

		g->name = load_name(l, n, "name");
		g->has_id = node_get(n, "value");
		g->id = (uint32_t)load_number(l, n, "value", 0);
	}
}

void load_operations(struct loading *l)
{
	const struct node *ops = node_get(l->root, "operations");
	const struct node *list = load_list(l, ops, "list");
	const char *model = node_str(ops, "enum-model");
	struct counters k = { .request = 1, .reply = 1 };
	struct schema *s = l->s;
	size_t i = 0;

	k.directional = model && !strcmp(model, "directional");
	if (list)
		s->ops = load_array(l, list->n, sizeof(*s->ops));
	for (const struct node *n = list ? list->first : NULL; n && !l->err; n = n->next)
		load_op(l, ops, n, &k, &s->ops[s->nops++]);
	for (const struct node *n = list ? list->first : NULL; n && !l->err; n = n->next)
		inherit(l, n, &s->ops[i++]);
	i = 0;
	for (const struct node *n = list ? list->first : NULL; n && !l->err; n = n->next)
		load_each(l, n, &s->ops[i++]);
	if (!l->err)
		load_groups(l);
}
