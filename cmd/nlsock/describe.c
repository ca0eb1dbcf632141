/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nlsock describe - the operations and attributes of a target, by its spec or its policy.
 */
#include "describe.h"

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
	const char *from; /* spec, or policy */
};

/* The attribute of that name; a name that is none is a header's member. */
static const struct attr_spec *attr_of(const struct op *op, const struct node *n)
{
	return n->kind == NODE_SCALAR ? schema_attr_named(op->set, n->s, n->n) : NULL;
}

/* The attributes that a method lists: for people their names, what they are comes later.
 */
static void emit_side(struct tree *t, const char *key, const struct op *op,
		      const struct node *list)
{
	struct buf names = { 0 };

	if (t->form == TREE_JSON)
		tree_object(t, key);
	for (const struct node *n = list ? list->first : NULL; n; n = n->next) {
		const struct attr_spec *a = attr_of(op, n);

		if (a && t->form == TREE_JSON)
			describe_attr(t, a);
		else if (n->kind == NODE_SCALAR)
			buf_printf(&names, "%s%s", names.n ? " " : "", n->s);
	}
	if (t->form == TREE_JSON)
		tree_end(t);
	else if (names.n)
		tree_value(t, key, value_bytes(names.p, names.n));
	buf_free(&names);
}

static void emit_method(struct tree *t, const char *key, const struct op *op,
			const struct method *m)
{
	bool lists = m->attrs[REQUEST_SIDE] || m->attrs[REPLY_SIDE];

	if (!m->there) {
		tree_value(t, key, value_none(false));
		return;
	}
	if (!lists && t->form != TREE_JSON) {
		tree_value(t, key, value_bool(true));
		return;
	}
	tree_object(t, key);
	emit_side(t, "request", op, m->attrs[REQUEST_SIDE]);
	emit_side(t, "reply", op, m->attrs[REPLY_SIDE]);
	tree_end(t);
}

static void emit_header(struct tree *t, const struct layout *l)
{
	struct describing d = { 0 };

	if (!l && t->form != TREE_JSON)
		return;
	tree_object(t, "header");
	if (l)
		describe_layout(t, l, &d);
	tree_end(t);
}

/* For people: the lines of what the spec says joined, or only the first. */
static void emit_doc(struct tree *t, const char *doc, bool all)
{
	struct buf b = { 0 };

	if (!doc || t->form == TREE_JSON) {
		tree_value(t, "doc", value_str(doc));
		return;
	}
	while (*doc && (all || !b.n)) {
		size_t n = strcspn(doc, "\n");

		if (n && b.n)
			buf_putc(&b, ' ');
		buf_add(&b, doc, n);
		doc += n + (doc[n] != 0);
	}
	tree_value(t, "doc", value_bytes(b.p, b.n));
	buf_free(&b);
}

static void emit_op(struct tree *t, const void *arg)
{
	const struct described *d = arg;
	struct describing within = { 0 };
	const struct op *o = d->op;

	tree_object(t, NULL);
	tree_value(t, "op", value_str(o->name));
	tree_value(t, "family", value_str(d->schema->name));
	tree_value(t, "from", value_str(d->from));
	emit_doc(t, o->doc, true);
	tree_value(t, "request", o->asks ? value_u64(o->request) : value_none(false));
	tree_value(t, "reply", o->answers ? value_u64(o->reply) : value_none(false));
	tree_value(t, "event", value_bool(o->event));
	tree_value(t, "group", value_str(o->group));
	tree_value(t, "admin", value_bool(o->admin));
	emit_header(t, op_fixed(o, o->event ? SIDE_EVENT : SIDE_REQUEST, false)->layout);
	emit_method(t, "do", o, &o->act);
	emit_method(t, "dump", o, &o->dump);
	tree_object(t, "attributes");
	describe_set(t, o->set, &within);
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
	tree_value(t, "from", value_str(d->from));
	tree_value(t, "do", value_bool(o->act.there));
	tree_value(t, "dump", value_bool(o->dump.there));
	tree_value(t, "event", value_bool(o->event));
	tree_value(t, "admin", value_bool(o->admin));
	tree_value(t, "request", o->asks ? value_u64(o->request) : value_none(false));
	tree_value(t, "reply", o->answers ? value_u64(o->reply) : value_none(false));
	tree_value(t, "group", value_str(o->group));
	emit_doc(t, o->doc, false);
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

/* Operations that a word of the command line can mean: their names. */
static int unknown_op(struct ctx *c, const struct target *t, const char *word)
{
	const char *names[256] = { 0 }, *near;
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++)
		for (size_t k = 0; k < t->schemas[i].nops && n + 1 < COUNT(names); k++)
			names[n++] = t->schemas[i].ops[k].name;
	near = nearest(word, strlen(word), names);
	return diag_usage(&c->diag, "%s has no operation '%s'%s%s%s", t->word, word,
			  near ? ", did you mean '" : "", near ? near : "",
			  near ? "'?" : "");
}

static int describe_schemas(struct ctx *c, const struct settings *s,
			    const struct target *t, const char *from)
{
	const char *word = c->nargs > 1 ? c->args[1] : NULL;
	bool found = false;

	for (size_t i = 0; i < t->n; i++)
		for (size_t k = 0; k < t->schemas[i].nops; k++) {
			const struct described d = { .schema = &t->schemas[i],
						     .op = &t->schemas[i].ops[k],
						     .from = from };

			if (word && strcmp(word, d.op->name) != 0)
				continue;
			found = true;
			put(c, s, &d, word);
			if (out_mark(&c->out))
				return STATUS_FAILED;
		}
	if (!found && word)
		return unknown_op(c, t, word);
	return 0;
}

/* The schema that the kernel tells takes the place of the one that is not there. */
static int describe_policy(struct ctx *c, const struct settings *s, struct target *t)
{
	const struct family *f = family_by_name(&t->language.families, t->word);
	int err = f ? policy_load(f, &t->schemas[0]) : -ENOENT;

	t->n = 1;
	if (!err && !t->schemas[0].nops)
		diag_warn(&c->diag, "%s takes no requests, it can only be listened to",
			  t->word);
	return err ? diag_fail(&c->diag, err, NULL, "policy of %s", t->word)
		   : describe_schemas(c, s, t, "policy");
}

static int run(struct ctx *c)
{
	const struct settings *s = c->config;
	struct target t;
	int status = target_open(c, &t, c->args[0], s->spec);

	if (!status && t.n)
		status = describe_schemas(c, s, &t, "spec");
	else if (!status && t.live)
		status = describe_policy(c, s, &t);
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
