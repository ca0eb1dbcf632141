/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nlsock encode - the bytes of messages that decode and the others have printed. */
#include "nlsock.h"

#include "convert.h"
#include "json.h"
#include "request.h"
#include "schema.h"

#include <errno.h>
#include <stdlib.h>

enum { FAMILIES = 64 };

static const struct opt opts[] = {
	OPT(settings, as, 'a', "as", "TARGET",
	    "the messages are of this family or spec (what they say in nlsock.family)"),
	OPT(settings, binary, 'b', "binary", NULL, "write the bytes themselves"),
	OPT(settings, spec, 0, "spec", "FILE",
	    "take names from this YNL spec (see SPECS in the manual)"),
};

/* A family that was met. */
struct known {
	char *name;
	struct target target;
};

struct encoding {
	struct ctx *c;
	const struct settings *s;
	struct known *v[FAMILIES];
	size_t n;
	size_t line;
};

/* One object, and what it says of its message. */
struct object {
	const struct node *map, *about;
	const struct target *target;
	struct request request;
	struct nlmsghdr h;
	enum side side;
};

static int bad(const struct encoding *e, const char *what, const char *hint)
{
	return diag_fail(&e->c->diag, 0, hint, "line %zu: %s", e->line, what);
}

static int find_target(struct encoding *e, const char *name, const struct target **t)
{
	struct known *k;
	int status;

	for (size_t i = 0; i < e->n; i++)
		if (!strcmp(e->v[i]->name, name)) {
			*t = &e->v[i]->target;
			return 0;
		}
	k = e->n < FAMILIES ? calloc(1, sizeof(*k)) : NULL;
	if (!k)
		return bad(e, "too many families", NULL);
	e->v[e->n++] = k;
	k->name = strdup(name);
	if (!k->name)
		return diag_fail(&e->c->diag, ENOMEM, NULL, "families");
	status = target_open(e->c, &k->target, k->name, e->s->spec);
	*t = &k->target;
	return status;
}

static bool number(const struct node *map, const char *key, uint64_t most, uint64_t *v)
{
	const struct node *n = node_get(map, key);

	return n && n->kind == NODE_SCALAR && node_number(n, v) && *v <= most;
}

/* Names that requests, replies and acks have for the same bits are all taken. */
static bool flags_of(const struct node *n, uint16_t *flags)
{
	static const struct names *const tables[] = { &request_flags, &reply_flags,
						      &ack_flags };

	for (const struct node *m = n ? n->first : NULL; m; m = m->next) {
		bool found = false;
		uint64_t v;

		for (size_t i = 0; i < COUNT(tables); i++)
			for (size_t k = 0; k < tables[i]->n && !found; k++)
				if (m->kind == NODE_SCALAR &&
				    !strcmp(tables[i]->v[k].name, m->s)) {
					*flags |=
						(uint16_t)(1U << tables[i]->v[k].number);
					found = true;
				}
		if (!found && node_number(m, &v) && v <= UINT16_MAX) {
			*flags |= (uint16_t)v;
			found = true;
		}
		if (!found)
			return false;
	}
	return true;
}

/* As decode tells them apart. */
static enum side side_of(const struct nlmsghdr *h)
{
	if (h->nlmsg_flags & NLM_F_REQUEST)
		return SIDE_REQUEST;
	return h->nlmsg_seq ? SIDE_REPLY : SIDE_EVENT;
}

static void find_op(struct object *r)
{
	const char *name = node_str(r->about, "op");
	const bool generic = r->target->language.protocol == NETLINK_GENERIC;
	uint64_t v;

	for (size_t i = 0; i < r->target->n && name && !r->request.op; i++) {
		r->request.schema = &r->target->schemas[i];
		r->request.op = schema_op_named(r->request.schema, name);
	}
	r->request.name = name;
	if (!r->request.op)
		return;
	r->request.number = r->side == SIDE_REQUEST || !r->request.op->answers
				    ? r->request.op->request
				    : r->request.op->reply;
	if (number(r->about, generic ? "cmd" : "type", UINT16_MAX, &v))
		r->request.number = (uint16_t)v;
}

static int read_about(struct encoding *e, struct object *r)
{
	const struct node *flags = node_get(r->about, "flags");
	const char *family = e->s->as ? e->s->as : node_str(r->about, "family");
	int status;
	uint64_t v;

	if (!family)
		return bad(e, "no nlsock.family", "--as TARGET tells it");
	status = find_target(e, family, &r->target);
	if (status)
		return status;
	if (number(r->about, "seq", UINT32_MAX, &v))
		r->h.nlmsg_seq = (uint32_t)v;
	if (number(r->about, "portid", UINT32_MAX, &v))
		r->h.nlmsg_pid = (uint32_t)v;
	if (number(r->about, "type", UINT16_MAX, &v))
		r->h.nlmsg_type = (uint16_t)v;
	if (flags && flags->kind == NODE_LIST && !flags_of(flags, &r->h.nlmsg_flags))
		return bad(e, "nlsock.flags has an unknown name", NULL);
	r->side = side_of(&r->h);
	find_op(r);
	return 0;
}

static int pack_object(struct encoding *e, struct object *r)
{
	const bool generic = r->target->language.protocol == NETLINK_GENERIC;
	const bool dump = (r->h.nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
	const struct genlmsghdr g = { .cmd = (uint8_t)r->request.number,
				      .version = r->target->genl.version };

	if (!generic)
		r->h.nlmsg_type = r->request.number;
	else if (!r->h.nlmsg_type)
		r->h.nlmsg_type = r->target->genl.id;
	buf_add(&r->request.bytes, &r->h, sizeof(r->h));
	if (generic)
		buf_add(&r->request.bytes, &g, sizeof(g));
	return request_body(e->c, &r->request, r->map, r->side, dump);
}

/* What no spec describes is there in hex, if it was asked for then. */
static int take_raw(struct encoding *e, struct object *r)
{
	const char *raw = node_str(r->about, "raw");

	if (!raw)
		return bad(e, "no spec has nlsock.op",
			   "with --raw decode keeps the bytes");
	return hint_parse(&r->request.bytes, 0, raw)
		       ? 0
		       : bad(e, "nlsock.raw is no hex", NULL);
}

static void write_message(const struct encoding *e, const struct buf *b)
{
	const struct value v = value_hexbytes(b->p, b->n);

	if (e->s->binary) {
		buf_add(&e->c->out.b, b->p, b->n);
		buf_fill(&e->c->out.b, 0, NLMSG_ALIGN(b->n) - b->n);
		return;
	}
	value_put(&e->c->out.b, &v, STYLE_TEXT);
	buf_putc(&e->c->out.b, '\n');
}

static int encode_line(struct encoding *e, const char *p, size_t n)
{
	struct object r = { 0 };
	struct arena arena = { 0 };
	struct buf why = { 0 };
	int status = 0;

	r.map = json_parse(&arena, p, n, &why);
	if (r.map && r.map->kind == NODE_MAP) {
		r.about = node_get(r.map, "nlsock");
		status = read_about(e, &r);
		if (!status)
			status = r.request.op ? pack_object(e, &r) : take_raw(e, &r);
	} else {
		buf_putc(&why, 0);
		status = bad(e, r.map ? "this is no object" : why.p, NULL);
	}
	if (!status)
		write_message(e, &r.request.bytes);
	request_free(&r.request);
	arena_free(&arena);
	buf_free(&why);
	if (!status && out_mark(&e->c->out))
		status = STATUS_FAILED;
	return status;
}

static int run(struct ctx *c)
{
	struct encoding e = { .c = c, .s = c->config };
	struct buf input = { 0 };
	int status = request_read(c, c->nargs ? c->args[0] : "-", &input);

	for (size_t at = 0; at < input.n && !status; at++) {
		const char *p = input.p + at, *end = memchr(p, '\n', input.n - at);
		size_t n = end ? (size_t)(end - p) : input.n - at;

		e.line++;
		if (n)
			status = encode_line(&e, p, n);
		at += n;
	}
	for (size_t i = 0; i < e.n; i++) {
		target_close(&e.v[i]->target);
		free(e.v[i]->name);
		free(e.v[i]);
	}
	buf_free(&input);
	return status;
}

const struct command encode_command = {
	.name = "encode",
	.brief = "Make messages of what was printed as JSON: the reverse of decode",
	.args = "[FILE]",
	.max_args = 1,
	.opts = opts,
	.nopts = COUNT(opts),
	.config_size = sizeof(struct settings),
	.run = run,
};
