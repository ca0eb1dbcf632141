/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nlsock encode - the bytes of messages that decode and the others have printed. */
#include "nlsock.h"

#include "exact.h"
#include "json.h"
#include "request.h"

#include <unistd.h>

enum { LONGEST = 64 << 20 };

static const struct opt opts[] = {
	OPT(settings, as, 'a', "as", "TARGET",
	    "the messages are of this family or spec (what they say in nlsock.family)"),
	OPT(settings, binary, 'b', "binary", NULL, "write the bytes themselves"),
	OPT(settings, spec, 0, "spec", "FILE",
	    "take names from this YNL spec (see SPECS in the manual)"),
};

struct encoding {
	struct ctx *c;
	const struct settings *s;
	struct composer composer;
	struct composed message;
	size_t line;
};

static int bad(const struct encoding *e, const char *what)
{
	return diag_fail(&e->c->diag, 0, NULL, "line %zu: %s", e->line, what);
}

/* Says what is in why, if there is something. */
static int explain(const struct encoding *e, int status, struct buf *why)
{
	if (!why->n && !why->err)
		return status;
	buf_putc(why, 0);
	return bad(e, why->err ? "no memory" : why->p);
}

/* Of a loss or the like: there are no bytes. */
static bool is_remark(const struct node *about)
{
	return !pack_is_null(node_get(about, "event")) && node_get(about, "type") &&
	       pack_is_null(node_get(about, "type")) &&
	       pack_is_null(node_get(about, "raw"));
}

static int write_message(struct encoding *e, const struct node *wire)
{
	const struct buf *m = &e->message.bytes;
	struct buf *out = &e->c->out.b;
	const struct value v = value_hexbytes(m->p, m->n);

	if (!e->s->binary) {
		if (m->n)
			value_put(out, &v, STYLE_TEXT);
		buf_putc(out, '\n');
		return 0;
	}
	buf_add(out, m->p, m->n);
	return wire_pad(wire, &e->message, out) ? 0 : bad(e, "nlsock.wire.pad is no hex");
}

static int encode_object(struct encoding *e, const struct node *map)
{
	const struct node *about = compose_about(map);
	struct buf why = { 0 };
	int status;

	if (map->kind != NODE_MAP)
		return bad(e, "this is no object");
	if (is_remark(about))
		return 0;
	status = exact_restore(&e->composer, map, &e->message, &why);
	if (status)
		status = explain(e, status, &why);
	else
		status = write_message(e, node_get(about, "wire"));
	buf_free(&why);
	return status;
}

static int encode_line(struct encoding *e, const char *p, size_t n)
{
	struct arena arena = { 0 };
	struct buf why = { 0 };
	const struct node *map = json_parse(&arena, p, n, &why);
	int status = map ? encode_object(e, map) : explain(e, STATUS_FAILED, &why);

	arena_free(&arena);
	buf_free(&why);
	return !status && out_mark(&e->c->out) ? STATUS_FAILED : status;
}

/* The lines that b holds; what follows the last stays. */
static int encode_lines(struct encoding *e, struct buf *b)
{
	size_t at = 0;
	const char *end;
	int status = 0;

	while (!status && (end = memchr(b->p + at, '\n', b->n - at))) {
		const size_t n = (size_t)(end - b->p) - at;

		e->line++;
		if (n)
			status = encode_line(e, b->p + at, n);
		at += n + 1;
	}
	memmove(b->p, b->p + at, b->n - at);
	b->n -= at;
	if (!status && b->n > LONGEST)
		status = bad(e, "the next line is above 64 MiB");
	return status;
}

static int encode_all(struct encoding *e, const char *path)
{
	struct buf b = { 0 };
	int more = 1, status = 0, fd = request_open(e->c, path);

	if (fd < 0)
		return STATUS_FAILED;
	while (!status && more > 0) {
		more = request_take(e->c, path, fd, &b);
		if (!more && b.n)
			buf_putc(&b, '\n');
		status = more < 0 ? STATUS_FAILED : b.n ? encode_lines(e, &b) : 0;
	}
	close(fd);
	buf_free(&b);
	return status;
}

static int run(struct ctx *c)
{
	struct encoding e = { .c = c, .s = c->config };
	int status;

	e.composer = (struct composer){ .c = c, .as = e.s->as, .spec = e.s->spec };
	status = encode_all(&e, c->nargs ? c->args[0] : "-");
	composer_free(&e.composer);
	composed_free(&e.message);
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
