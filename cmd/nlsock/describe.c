/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nlsock describe - the operations and attributes of a target, by its spec or its policy.
 */
#include "nlsock.h"

#include "policy.h"
#include "settings.h"
#include "tree.h"

#include <errno.h>

static const struct opt opts[] = {
	OPT(settings, json, 'j', "json", NULL, "print one JSON object a line"),
	OPT(settings, spec, 0, "spec", "FILE",
	    "take names from this YNL spec (see SPECS in the manual)"),
};

/* One operation to be written. */
struct described {
	const struct schema *schema;
	const struct op *op;
};

static void emit_limits(struct tree *t, const struct checks *c, bool sign)
{
	struct value min = sign ? value_i64((int64_t)c->min) : value_u64(c->min);
	struct value max = sign ? value_i64((int64_t)c->max) : value_u64(c->max);

	if (c->has_min)
		tree_value(t, "min", min);
	if (c->has_max)
		tree_value(t, "max", max);
	if (c->has_min_len)
		tree_value(t, "min-len", value_u64(c->min_len));
	if (c->has_max_len)
		tree_value(t, "max-len", value_u64(c->max_len));
	if (c->has_exact_len)
		tree_value(t, "len", value_u64(c->exact_len));
}

static void emit_names(struct tree *t, const char *key, const struct enumeration *e)
{
	tree_array(t, key);
	for (size_t i = 0; i < e->names.n; i++)
		tree_value(t, NULL, value_str(e->names.v[i].name));
	tree_end(t);
}

static void emit_submsg(struct tree *t, const struct attr_spec *a)
{
	tree_value(t, "selector", value_str(a->selector));
	tree_array(t, "formats");
	for (size_t i = 0; i < a->submsg->n; i++)
		tree_value(t, NULL, value_str(a->submsg->v[i].value));
	tree_end(t);
}

static void emit_attr(struct tree *t, const struct attr_spec *a)
{
	tree_object(t, a->name);
	tree_value(t, "number", value_u64(a->number));
	tree_value(t, "type", value_str(type_word(a->type)));
	if (a->multi)
		tree_value(t, "multi", value_bool(true));
	if (a->sub_type)
		tree_value(t, "items", value_str(type_word(a->sub_type)));
	if (a->nested)
		tree_value(t, "holds", value_str(a->nested->name));
	if (a->layout)
		tree_value(t, "struct", value_str(a->layout->name));
	if (a->submsg)
		emit_submsg(t, a);
	emit_limits(t, &a->checks, type_signed(a->type));
	if (a->names)
		emit_names(t, a->names->flags || a->as_flags ? "flags" : "enum",
			   a->names);
	tree_end(t);
}

/* The attributes that a method lists; a name that is none is a header's member. */
static void emit_side(struct tree *t, const char *key, const struct op *op,
		      const struct node *list)
{
	tree_object(t, key);
	for (const struct node *n = list ? list->first : NULL; n; n = n->next) {
		const struct attr_spec *a =
			n->kind == NODE_SCALAR ? schema_attr_named(op->set, n->s, n->n)
					       : NULL;

		if (a)
			emit_attr(t, a);
	}
	tree_end(t);
}

static void emit_method(struct tree *t, const char *key, const struct op *op,
			const struct method *m)
{
	if (!m->there) {
		tree_value(t, key, value_none(false));
		return;
	}
	tree_object(t, key);
	emit_side(t, "request", op, m->attrs[REQUEST_SIDE]);
	emit_side(t, "reply", op, m->attrs[REPLY_SIDE]);
	tree_end(t);
}

static void emit_header(struct tree *t, const struct layout *l)
{
	tree_object(t, "header");
	for (size_t i = 0; l && i < l->n; i++)
		if (l->v[i].type != ATTR_PAD)
			tree_value(t, l->v[i].name, value_str(type_word(l->v[i].type)));
	tree_end(t);
}

static void emit_op(struct tree *t, const void *arg)
{
	const struct described *d = arg;
	const struct op *o = d->op;

	tree_object(t, NULL);
	tree_value(t, "op", value_str(o->name));
	tree_value(t, "family", value_str(d->schema->name));
	tree_value(t, "from", value_str("spec"));
	tree_value(t, "doc", value_str(o->doc));
	tree_value(t, "request", o->asks ? value_u64(o->request) : value_none(false));
	tree_value(t, "reply", o->answers ? value_u64(o->reply) : value_none(false));
	tree_value(t, "event", value_bool(o->event));
	tree_value(t, "group", value_str(o->group));
	tree_value(t, "admin", value_bool(o->admin));
	emit_header(t, op_fixed(o, o->event ? SIDE_EVENT : SIDE_REQUEST, false)->layout);
	emit_method(t, "do", o, &o->act);
	emit_method(t, "dump", o, &o->dump);
	tree_object(t, "attributes");
	for (size_t i = 0; o->set && i < o->set->n; i++)
		emit_attr(t, &o->set->v[i]);
	tree_end(t);
	tree_end(t);
}

/* Without one operation named, each on a line, without its attributes. */
static void emit_short(struct tree *t, const struct described *d)
{
	const struct op *o = d->op;

	tree_object(t, NULL);
	tree_value(t, "op", value_str(o->name));
	tree_value(t, "family", value_str(d->schema->name));
	tree_value(t, "from", value_str("spec"));
	tree_value(t, "do", value_bool(o->act.there));
	tree_value(t, "dump", value_bool(o->dump.there));
	tree_value(t, "event", value_bool(o->event));
	tree_value(t, "admin", value_bool(o->admin));
	tree_value(t, "request", o->asks ? value_u64(o->request) : value_none(false));
	tree_value(t, "reply", o->answers ? value_u64(o->reply) : value_none(false));
	tree_value(t, "doc", value_str(o->doc));
	tree_end(t);
}

static void put(struct ctx *c, const struct settings *s, const struct described *d,
		bool whole)
{
	struct tree t;

	tree_init(&t, &c->out.b, s->json ? TREE_JSON : whole ? TREE_LINES : TREE_INLINE);
	if (whole)
		emit_op(&t, d);
	else
		emit_short(&t, d);
	tree_free(&t);
	if (s->json || !whole)
		buf_putc(&c->out.b, '\n');
}

static int describe_specs(struct ctx *c, const struct settings *s, const struct target *t)
{
	const char *word = c->nargs > 1 ? c->args[1] : NULL;
	bool found = false;

	for (size_t i = 0; i < t->n; i++)
		for (size_t k = 0; k < t->schemas[i].nops; k++) {
			const struct described d = { .schema = &t->schemas[i],
						     .op = &t->schemas[i].ops[k] };

			if (word && strcmp(word, d.op->name) != 0)
				continue;
			found = true;
			put(c, s, &d, word);
			if (out_mark(&c->out))
				return STATUS_FAILED;
		}
	if (!found && word)
		return diag_usage(&c->diag, "%s has no operation '%s'", t->word, word);
	return 0;
}

static int run(struct ctx *c)
{
	const struct settings *s = c->config;
	struct target t;
	int status = target_open(c, &t, c->args[0], s->spec);

	if (!status && t.n)
		status = describe_specs(c, s, &t);
	else if (!status && t.live)
		status = policy_describe(c, s, &t);
	else if (!status)
		status = diag_fail(&c->diag, 0,
				   "only generic families tell what they take, others "
				   "need a spec",
				   "nothing is known of %s", t.word);
	target_close(&t);
	return status;
}

const struct command describe_command = {
	.name = "describe",
	.brief = "Tell the operations of a target, or all about one of them",
	.args = "TARGET [OP]",
	.min_args = 1,
	.max_args = 2,
	.opts = opts,
	.nopts = COUNT(opts),
	.config_size = sizeof(struct settings),
	.run = run,
};
