/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "exact.h"

#include "convert.h"
#include "json.h"

/* Of the member nlsock and of the line. */
static const char end[] = "}}\n";

static void open_end(struct buf *line)
{
	line->n -= MIN(line->n, sizeof(end) - 1);
	buf_putc(line, ',');
}

/* Whether the values of a line make a message, in m. */
static bool made(struct composer *k, struct composed *m, const struct buf *line)
{
	struct arena arena = { 0 };
	struct buf why = { 0 };
	const struct node *map = json_parse(&arena, line->p, line->n, &why);
	const bool good = map && !compose(k, map, m, &why);

	arena_free(&arena);
	buf_free(&why);
	return good;
}

void exact_finish(struct composer *k, struct composed *m, struct buf *line,
		  struct bytes real, struct bytes pad)
{
	const bool good = made(k, m, line);
	struct buf wire = { 0 };
	struct tree t;

	tree_init(&t, &wire, TREE_JSON);
	tree_object(&t, NULL);
	wire_emit(&t, m, good, real, pad);
	tree_end(&t);
	tree_free(&t);
	open_end(line);
	if (wire.n > 2)
		buf_add(line, wire.p + 1, wire.n - 2);
	buf_puts(line, end);
	line->err = line->err ? line->err : wire.err;
	buf_free(&wire);
}

void exact_raw(struct buf *line)
{
	open_end(line);
	buf_puts(line, "\"wire\":null");
	buf_puts(line, end);
}

static int restore_raw(const char *raw, struct composed *m, struct buf *why)
{
	m->bytes.n = 0;
	m->text = true;
	if (hint_parse(&m->bytes, HINT_NONE, raw))
		return 0;
	buf_puts(why, "nlsock.raw is no hex");
	return STATUS_FAILED;
}

/* A string that is given, or NULL. */
static const char *given(const struct node *map, const char *key)
{
	return pack_is_null(node_get(map, key)) ? NULL : node_str(map, key);
}

int exact_restore(struct composer *k, const struct node *map, struct composed *m,
		  struct buf *why)
{
	const struct node *about = compose_about(map);
	const struct node *wire = node_get(about, "wire");
	const char *raw = given(about, "raw"), *body = given(wire, "body");
	int status;

	if (raw && pack_is_null(node_get(about, "type")))
		return restore_raw(raw, m, why);
	if (body)
		return compose_around(map, body, m, why);
	status = compose(k, map, m, why);
	return status ? status : wire_apply(wire, m, why) ? 0 : STATUS_FAILED;
}
