/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "compose.h"

#include "convert.h"
#include "plain.h"
#include "uevent.h"

#include <errno.h>

/* What an object says of its message. */
struct spoken {
	const struct target *target;
	const struct op *op; /* NULL: no spec has it */
	struct nlmsghdr h;
	uint16_t number; /* of the operation */
	enum side side;
};

const struct node *compose_about(const struct node *map)
{
	return node_last(map, "nlsock", NODE_MAP);
}

static int fail(struct buf *why, const char *what)
{
	buf_puts(why, what);
	return STATUS_FAILED;
}

static bool number(const struct node *map, const char *key, uint64_t most, uint64_t *v)
{
	const struct node *n = node_get(map, key);

	return n && n->kind == NODE_SCALAR && node_number(n, v) && *v <= most;
}

/* Names that requests, replies and acks have for the same bits are all taken, and bitN.
 */
static bool flag_of(const struct node *n, uint16_t *flags)
{
	static const struct names *const tables[] = { &request_flags, &reply_flags,
						      &ack_flags };
	struct node digits = *n;
	uint64_t v;

	if (n->kind != NODE_SCALAR)
		return false;
	for (size_t i = 0; i < COUNT(tables); i++)
		for (size_t k = 0; k < tables[i]->n; k++)
			if (!strcmp(tables[i]->v[k].name, n->s)) {
				*flags |= (uint16_t)(1U << tables[i]->v[k].number);
				return true;
			}
	if (!strncmp(n->s, "bit", 3)) {
		digits.s += 3;
		if (!node_number(&digits, &v) || v > 15)
			return false;
		*flags |= (uint16_t)(1U << v);
		return true;
	}
	if (!node_number(n, &v) || v > UINT16_MAX)
		return false;
	*flags |= (uint16_t)v;
	return true;
}

/* As decode tells them apart. */
static enum side side_of(const struct nlmsghdr *h)
{
	if (h->nlmsg_flags & NLM_F_REQUEST)
		return SIDE_REQUEST;
	return h->nlmsg_seq ? SIDE_REPLY : SIDE_EVENT;
}

static int read_header(const struct node *about, struct spoken *s, struct buf *why)
{
	const struct node *flags = node_get(about, "flags");
	uint64_t v;

	if (number(about, "seq", UINT32_MAX, &v))
		s->h.nlmsg_seq = (uint32_t)v;
	if (number(about, "portid", UINT32_MAX, &v))
		s->h.nlmsg_pid = (uint32_t)v;
	if (number(about, "type", UINT16_MAX, &v))
		s->h.nlmsg_type = (uint16_t)v;
	for (const struct node *f = flags && flags->kind == NODE_LIST ? flags->first
								      : NULL;
	     f; f = f->next)
		if (!flag_of(f, &s->h.nlmsg_flags))
			return fail(why, "nlsock.flags has an unknown name");
	s->side = side_of(&s->h);
	return 0;
}

static int find_target(struct composer *k, const struct node *about, struct spoken *s,
		       struct buf *why)
{
	const char *family = k->as ? k->as : node_str(about, "family");
	int status;

	if (!family)
		return fail(why, "no nlsock.family: --as TARGET tells it");
	s->target = targets_find(k->c, &k->targets, family, k->spec, &status);
	return status;
}

static bool is_generic(const struct spoken *s)
{
	return s->target->language.protocol == NETLINK_GENERIC;
}

static void find_op(const struct node *about, struct spoken *s)
{
	const char *name = node_str(about, "op");
	uint64_t v;

	for (size_t i = 0; i < s->target->n && name && !s->op; i++)
		s->op = schema_op_named(&s->target->schemas[i], name);
	if (!s->op)
		return;
	s->number = s->side == SIDE_REQUEST || !s->op->answers ? s->op->request
							       : s->op->reply;
	if (number(about, is_generic(s) ? "cmd" : "type", UINT16_MAX, &v))
		s->number = (uint16_t)v;
}

static void put_headers(struct spoken *s, struct composed *m)
{
	const struct genlmsghdr g = { .cmd = (uint8_t)s->number,
				      .version = s->target->genl.version };

	m->generic = s->op && is_generic(s);
	if (s->op && !is_generic(s))
		s->h.nlmsg_type = s->number;
	else if (s->op && !s->h.nlmsg_type)
		s->h.nlmsg_type = s->target->genl.id;
	buf_add(&m->bytes, &s->h, sizeof(s->h));
	if (m->generic)
		buf_add(&m->bytes, &g, sizeof(g));
}

static int put_values(const struct spoken *s, const struct node *map, struct composed *m,
		      struct buf *why)
{
	const bool dump = (s->h.nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
	struct packing p = { .out = &m->bytes, .why = why, .trace = &m->trace };

	if (s->op)
		pack_body(&p, s->op->set, op_fixed(s->op, s->side, dump)->layout, map);
	else
		pack_plain(&p, map);
	buf_free(&p.path);
	if (!p.err && (m->bytes.err || m->trace.v.err || m->trace.paths.err))
		return fail(why, "it takes too much memory");
	return p.err ? STATUS_FAILED : 0;
}

void compose_length(struct composed *m)
{
	const uint32_t n = (uint32_t)m->bytes.n;

	if (!m->text && m->bytes.n >= NLMSG_HDRLEN)
		memcpy(m->bytes.p, &n, sizeof(n));
}

static void begin(struct composed *m, const struct node *map, const struct node *about)
{
	m->bytes.n = m->trace.v.n = m->trace.paths.n = 0;
	m->generic = false;
	m->text = node_last(map, "text", NODE_LIST) && node_get(about, "type") &&
		  pack_is_null(node_get(about, "type"));
}

int compose(struct composer *k, const struct node *map, struct composed *m,
	    struct buf *why)
{
	const struct node *about = compose_about(map);
	struct spoken s = { 0 };
	int status;

	begin(m, map, about);
	if (m->text) {
		uevent_pack(&m->bytes, map);
		return m->bytes.err ? fail(why, "it takes too much memory") : 0;
	}
	status = read_header(about, &s, why);
	if (!status)
		status = find_target(k, about, &s, why);
	if (status)
		return status;
	find_op(about, &s);
	if (!s.op && pack_is_null(node_get(about, "type")))
		return fail(why, "no spec has nlsock.op, and nlsock.type is no number");
	put_headers(&s, m);
	status = put_values(&s, map, m, why);
	compose_length(m);
	return status;
}

int compose_around(const struct node *map, const char *body, struct composed *m,
		   struct buf *why)
{
	const struct node *about = compose_about(map);
	struct spoken s = { 0 };
	int status = 0;

	begin(m, map, about);
	if (!m->text) {
		status = read_header(about, &s, why);
		buf_add(&m->bytes, &s.h, sizeof(s.h));
	}
	if (status)
		return status;
	if (!hint_parse(&m->bytes, HINT_NONE, body))
		return fail(why, "nlsock.wire.body is no hex");
	compose_length(m);
	return m->bytes.err ? fail(why, "it takes too much memory") : 0;
}

void composed_free(struct composed *m)
{
	buf_free(&m->bytes);
	buf_free(&m->trace.v);
	buf_free(&m->trace.paths);
}

void composer_free(struct composer *k)
{
	targets_free(&k->targets);
}
