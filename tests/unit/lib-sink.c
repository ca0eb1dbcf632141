/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records through the sinks: columns, order, nesting, each form by what it prints. */
#undef NDEBUG
#include "sink.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct row {
	uint32_t id;
	const char *name;
	struct opt_u64 bytes;
	struct nest more;
	char comm[4];
};

static const struct field fields[] = {
	FIELD(row, id, SHOW | KEY, "number"),
	FIELD(row, name, SHOW | KEY, "name"),
	FIELD(row, bytes, SHOW | SIZE | GAUGE, "size"),
	FIELD(row, more, 0, "nested"),
	FIELD(row, comm, 0, "not always ended"),
};
static const struct record record = RECORD("test", fields);
static const struct record vertical = RECORD("test", fields, .vertical = true);

static void emit(struct tree *t, const void *arg)
{
	(void)arg;
	tree_object(t, NULL);
	tree_value(t, "a", value_u64(1));
	tree_array(t, "b\"");
	tree_value(t, NULL, value_str("x"));
	tree_array(t, NULL);
	tree_end(t);
	tree_object(t, NULL);
	tree_end(t);
	tree_end(t);
	tree_value(t, "c", (struct value){ 0 });
	tree_end(t);
}

static const struct row rows[] = {
	{ .id = 3, .name = "three", .bytes = { .v = 2048, .has = true }, .comm = "full" },
	{ .id = 1, .name = NULL, .more = { emit, NULL }, .comm = "ab" },
	{ .id = 2, .name = "t\"\n", .bytes = { .v = 1, .has = true }, .comm = "" },
};

static int print(const struct record *rec, const struct sink_options *o, struct buf *text)
{
	struct out out = { .fd = -1 };
	struct bytes bad = { 0 };
	struct sink *s;
	int r = sink_open(&s, &out, rec, o, &bad);

	*text = (struct buf){ 0 };
	if (r) {
		assert(r != -EINVAL || bad.p);
		return r;
	}
	for (size_t i = 0; i < COUNT(rows); i++)
		assert(!sink_row(s, &rows[i]));
	assert(!sink_close(s));
	*text = out.b;
	buf_putc(text, 0);
	return 0;
}

static void prints(const struct record *rec, struct sink_options o, const char *wanted)
{
	struct buf text;

	assert(!print(rec, &o, &text));
	if (strcmp(text.p, wanted)) {
		fprintf(stderr, "got:\n%s\nwanted:\n%s\n", text.p, wanted);
		exit(1);
	}
	buf_free(&text);
}

static void refuses(struct sink_options o)
{
	struct buf text;

	assert(print(&record, &o, &text) == -EINVAL);
}

static void test_text(void)
{
	prints(&record, (struct sink_options){ 0 },
	       "ID NAME   BYTES\n"
	       " 3 three   2.0K\n"
	       " 1 -          -\n"
	       " 2 t\"\\x0a     1\n");
	prints(&record,
	       (struct sink_options){ .columns = "comm,ID", .no_headings = true },
	       "full 3\nab   1\n\"\"   2\n");
	prints(&record, (struct sink_options){ .columns = "more", .top = 2 },
	       "MORE\n-\na=1 b\"=[x,[],{}] c=-\n");
}

static void test_order(void)
{
	prints(&record, (struct sink_options){ .columns = "id", .sort = "id" },
	       "ID\n 1\n 2\n 3\n");
	prints(&record, (struct sink_options){ .columns = "id", .sort = "-id", .top = 2 },
	       "ID\n 3\n 2\n");
	/* Sorted by a column that is not printed; the absent one last both ways. */
	prints(&record, (struct sink_options){ .columns = "id", .sort = "bytes" },
	       "ID\n 2\n 3\n 1\n");
	prints(&record, (struct sink_options){ .columns = "id", .sort = "-name" },
	       "ID\n 3\n 2\n 1\n");
	refuses((struct sink_options){ .sort = "nosuch" });
	refuses((struct sink_options){ .sort = "more" });
}

static void test_columns(void)
{
	static const enum format formats[] = { FORMAT_TEXT, FORMAT_JSON };

	for (size_t i = 0; i < COUNT(formats); i++) {
		refuses((struct sink_options){ .format = formats[i],
					       .columns = "nosuch" });
		refuses((struct sink_options){ .format = formats[i],
					       .columns = "id,,name" });
		refuses((struct sink_options){ .format = formats[i], .columns = "" });
		refuses((struct sink_options){ .format = formats[i], .columns = "+" });
	}
	prints(&record, (struct sink_options){ .columns = "+comm", .top = 1 },
	       "ID NAME  BYTES COMM\n 3 three  2.0K full\n");
	prints(&record, (struct sink_options){ .columns = "id,id", .top = 1 },
	       "ID\n 3\n");
	prints(&record,
	       (struct sink_options){ .format = FORMAT_JSON, .columns = "all", .top = 1 },
	       "{\"id\":3,\"name\":\"three\",\"bytes\":2048,\"more\":null,"
	       "\"comm\":\"full\"}\n");
}

static void test_json(void)
{
	prints(&record, (struct sink_options){ .format = FORMAT_JSON },
	       "{\"id\":3,\"name\":\"three\",\"bytes\":2048,\"more\":null,"
	       "\"comm\":\"full\"}\n"
	       "{\"id\":1,\"name\":null,\"bytes\":null,"
	       "\"more\":{\"a\":1,\"b\\\"\":[\"x\",[],{}],\"c\":null},\"comm\":\"ab\"}\n"
	       "{\"id\":2,\"name\":\"t\\\"\\\\x0a\",\"bytes\":1,\"more\":null,"
	       "\"comm\":\"\"}\n");
}

static void test_metrics(void)
{
	prints(&record, (struct sink_options){ .format = FORMAT_METRICS },
	       "# HELP test_bytes size\n"
	       "# TYPE test_bytes gauge\n"
	       "test_bytes{id=\"3\",name=\"three\"} 2048\n"
	       "test_bytes{id=\"2\",name=\"t\\\"\\\\x0a\"} 1\n");
}

static void test_vertical(void)
{
	prints(&vertical, (struct sink_options){ .top = 2, .columns = "id,more" },
	       "id: 3\nmore: -\n\nid: 1\nmore:\n  a: 1\n  b\":\n    - x\n    - \n    - \n"
	       "  c: -\n");
}

/* A flag may be absent, and so may what it is. */
static void test_flags(void)
{
	static const struct {
		struct opt_bool on, off, none, unknown;
	} row = { { .v = true, .has = true },
		  { .has = true },
		  { 0 },
		  { .v = true, .unknown = true } };
	struct field f = { .kind = MEMBER_KIND(row.on), .off = 0 };
	const char *const wanted[] = { "yes true", "no false", "- null", "? null" };

	for (size_t i = 0; i < COUNT(wanted); i++) {
		struct buf b = { 0 };
		struct value v;

		f.off = (uint16_t)(i * sizeof(row.on));
		field_load(&f, &row, &v);
		value_put(&b, &v, STYLE_TEXT);
		buf_putc(&b, ' ');
		value_put(&b, &v, STYLE_JSON);
		assert(b.n == strlen(wanted[i]) && !memcmp(b.p, wanted[i], b.n));
		buf_free(&b);
	}
}

/* A thousand levels, opened and closed in each form. */
static void test_depth(void)
{
	for (enum tree_form form = TREE_JSON; form <= TREE_INLINE; form++) {
		struct buf b = { 0 };
		struct tree t;

		tree_init(&t, &b, form);
		for (int i = 0; i < 1000; i++)
			tree_array(&t, NULL);
		for (int i = 0; i < 1001; i++) /* one too many is ignored */
			tree_end(&t);
		tree_free(&t);
		assert(!b.err);
		if (form == TREE_JSON)
			assert(b.n == 2000 && b.p[999] == '[' && b.p[1000] == ']');
		buf_free(&b);
	}
}

int main(void)
{
	test_text();
	test_order();
	test_columns();
	test_json();
	test_metrics();
	test_vertical();
	test_flags();
	test_depth();
	return 0;
}
