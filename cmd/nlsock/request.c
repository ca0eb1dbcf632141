/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "request.h"

#include "ifnames.h"
#include "operands.h"
#include "pack.h"
#include "units.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { CHUNK = 64 << 10 };

static const char *name_of_file(const char *path)
{
	return strcmp(path, "-") != 0 ? path : "standard input";
}

int request_open(const struct ctx *c, const char *path)
{
	int fd = strcmp(path, "-") != 0 ? open(path, O_RDONLY | O_CLOEXEC)
					: fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);

	if (fd < 0)
		diag_fail(&c->diag, errno, NULL, "%s", name_of_file(path));
	return fd;
}

int request_take(const struct ctx *c, const char *path, int fd, struct buf *b)
{
	char *p = buf_room(b, CHUNK);
	ssize_t n;

	do
		n = p ? read(fd, p, CHUNK) : 0;
	while (n < 0 && errno == EINTR);
	if (n < 0)
		diag_fail(&c->diag, errno, NULL, "%s", name_of_file(path));
	else if (b->err)
		diag_fail(&c->diag, b->err, NULL, "%s", name_of_file(path));
	b->n += n > 0 ? (size_t)n : 0;
	return n < 0 || b->err ? -1 : n > 0;
}

int request_read(const struct ctx *c, const char *path, size_t most, struct buf *b)
{
	int fd = request_open(c, path), more = fd < 0 ? -1 : 1;

	while (more > 0 && b->n <= most)
		more = request_take(c, path, fd, b);
	if (fd >= 0)
		close(fd);
	if (more >= 0 && b->n > most) {
		char hint[64];

		snprintf(hint, sizeof(hint), "%zu MiB is the most", most >> 20);
		return diag_fail(&c->diag, EFBIG, hint, "%s", name_of_file(path));
	}
	return more < 0 ? STATUS_FAILED : 0;
}

/* What is wrong with a word. */
static int bad_word(const struct ctx *c, const char *word, struct buf *why)
{
	int status;

	buf_putc(why, 0);
	status = diag_usage(&c->diag, "%s: %s", word, why->err ? "no memory" : why->p);
	buf_free(why);
	return status;
}

static int take_word(struct ctx *c, struct request *r, struct node *map, const char *word)
{
	struct buf why = { 0 }, doc = { 0 };
	bool good, file = (*word == '@' && word[1]) || !strcmp(word, "-");
	int status =
		file ? request_read(c, word + (*word == '@'), REQUEST_MOST, &doc) : 0;

	if (!status) {
		if (file)
			good = operand_merge(&r->arena, map, doc.p, doc.n, &why);
		else if (*word == '{')
			good = operand_merge(&r->arena, map, word, strlen(word), &why);
		else
			good = operand_set(&r->arena, map, word, &why);
		status = good ? 0 : bad_word(c, word, &why);
	}
	buf_free(&doc);
	buf_free(&why);
	return status;
}

static bool can(const struct op *o, bool dump)
{
	return dump ? o->dump.there : o->act.there;
}

/* The operation that is meant without a word: the first that gets. */
static void choose_first(const struct target *t, bool dump, struct request *r)
{
	for (size_t i = 0; i < t->n && !r->op; i++)
		for (size_t k = 0; k < t->schemas[i].nops && !r->op; k++) {
			const struct op *o = &t->schemas[i].ops[k];

			if (!can(o, dump) || (!dump && !strstr(o->name, "get")))
				continue;
			r->schema = &t->schemas[i];
			r->op = o;
		}
}

static int unknown_op(struct ctx *c, const struct target *t, const char *word)
{
	const char *names[256] = { 0 }, *near;
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++)
		for (size_t k = 0; k < t->schemas[i].nops && n + 1 < COUNT(names); k++)
			names[n++] = t->schemas[i].ops[k].name;
	near = nearest(word, strlen(word), names);
	if (near)
		return diag_usage(&c->diag,
				  "%s has no operation '%s', did you mean '%s'?", t->word,
				  word, near);
	return diag_usage(&c->diag, "%s has no operation '%s'", t->word, word);
}

static int find_op(struct ctx *c, const struct target *t, const char *word, bool dump,
		   struct request *r)
{
	uint64_t number;

	if (!word)
		choose_first(t, dump, r);
	for (size_t i = 0; word && i < t->n && !r->op; i++) {
		r->schema = &t->schemas[i];
		r->op = schema_op_named(r->schema, word);
	}
	r->name = r->op ? r->op->name : word;
	if (r->op && !r->op->asks)
		return diag_usage(&c->diag,
				  "'%s' is a notification: nlsock listen hears it", word);
	if (r->op) {
		r->number = r->op->request;
		return 0;
	}
	r->schema = NULL;
	if (!word)
		return diag_usage(&c->diag,
				  "%s: name an operation, nlsock describe lists "
				  "them",
				  t->word);
	if (parse_u64(word, &number) || number > UINT16_MAX)
		return unknown_op(c, t, word);
	r->number = (uint16_t)number;
	return 0;
}

static uint16_t flags_of(const struct settings *s, bool dump)
{
	uint16_t flags = NLM_F_REQUEST | NLM_F_ACK;

	flags |= dump ? NLM_F_DUMP : 0;
	flags |= s->create ? NLM_F_CREATE : 0;
	flags |= s->excl ? NLM_F_EXCL : 0;
	flags |= s->replace ? NLM_F_REPLACE : 0;
	flags |= s->append ? NLM_F_APPEND : 0;
	return flags;
}

static void put_headers(const struct settings *s, const struct target *t, bool dump,
			struct request *r)
{
	const bool generic = t->language.protocol == NETLINK_GENERIC;
	struct nlmsghdr h = { .nlmsg_type = generic ? t->genl.id : r->number,
			      .nlmsg_flags = flags_of(s, dump) };
	struct genlmsghdr g = { .cmd = (uint8_t)r->number,
				.version = (uint8_t)t->genl.version };

	buf_add(&r->bytes, &h, sizeof(h));
	if (generic)
		buf_add(&r->bytes, &g, sizeof(g));
}

/* Appends header and attributes, and closes the message. */
static int put_body(struct ctx *c, struct request *r, const struct node *map, bool dump)
{
	struct buf why = { 0 };
	struct packing p = { .out = &r->bytes, .why = &why };

	if (r->op)
		r->header = op_fixed(r->op, SIDE_REQUEST, dump)->layout;
	pack_body(&p, r->op ? r->op->set : NULL, r->header, map);
	if (p.err == -EINVAL)
		return bad_word(c, r->name, &why);
	buf_free(&why);
	if (p.err || r->bytes.err)
		return diag_fail(&c->diag, ENOMEM, NULL, "request");
	((struct nlmsghdr *)(void *)r->bytes.p)->nlmsg_len = (uint32_t)r->bytes.n;
	return 0;
}

int request_make(struct ctx *c, const struct settings *s, const struct target *t,
		 bool dump, struct words words, struct request *r)
{
	size_t at = 0;
	const char *word = NULL;
	struct node *map;
	int status;

	*r = (struct request){ 0 };
	if (words.n && !operand_is_value(words.v[0]))
		word = words.v[at++];
	status = find_op(c, t, word, dump, r);
	map = node_add(&r->arena, NULL, NODE_MAP, NULL);
	if (!map)
		return diag_fail(&c->diag, ENOMEM, NULL, "request");
	for (; at < words.n && !status; at++)
		status = take_word(c, r, map, words.v[at]);
	if (status)
		return status;
	if (r->op)
		ifnames_resolve(&r->arena, map, r->op->set,
				op_fixed(r->op, SIDE_REQUEST, dump)->layout);
	put_headers(s, t, dump, r);
	return put_body(c, r, map, dump);
}

int request_bare(struct ctx *c, const struct settings *s, const struct target *t,
		 const struct schema *schema, const struct op *op, bool dump,
		 const struct node *map, struct request *r)
{
	*r = (struct request){
		.schema = schema, .op = op, .name = op->name, .number = op->request
	};
	put_headers(s, t, dump, r);
	return put_body(c, r, map, dump);
}

void request_free(struct request *r)
{
	arena_free(&r->arena);
	buf_free(&r->bytes);
}
