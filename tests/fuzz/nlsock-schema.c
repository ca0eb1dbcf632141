/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as a spec, and what it would make of any message. */
#include "describe.h"
#include "tree.h"
#include "unpack.h"

#include "pack.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void unpack(const struct schema *s, const struct attr_set *set, struct bytes b)
{
	const struct scope scope = { .set = set, .attrs = b };
	struct buf out = { 0 };
	struct tree t;

	tree_init(&t, &out, TREE_JSON);
	tree_object(&t, NULL);
	for (size_t i = 0; i < s->nlayouts && i < 4; i++)
		unpack_struct(&t, &s->layouts[i], b, NULL);
	unpack_attrs(&t, &scope);
	tree_end(&t);
	tree_free(&t);
	if (out.err)
		abort();
	buf_free(&out);
}

/* What describe tells of it, for people and programs. */
static void describe(const struct attr_set *set, enum tree_form form)
{
	struct describing d = { 0 };
	struct buf out = { 0 };
	struct tree t;

	tree_init(&t, &out, form);
	tree_object(&t, NULL);
	describe_set(&t, set, &d);
	tree_end(&t);
	tree_free(&t);
	if (out.err)
		abort();
	buf_free(&out);
}

/* What was a spec is a request too: any keys, any values. */
static void pack(const struct schema *s, const struct attr_set *set, const char *p,
		 size_t n)
{
	struct buf out = { 0 }, why = { 0 };
	struct packing packing = { .out = &out, .why = &why };
	struct given g = { .set = set };
	struct arena a = { 0 };

	g.map = node_parse(&a, p, n, &why);
	if (g.map && g.map->kind == NODE_MAP) {
		for (size_t i = 0; i < s->nlayouts && i < 4; i++)
			pack_struct(&packing, &s->layouts[i], g.map, NULL);
		packing.err = 0;
		pack_attrs(&packing, &g, NULL);
	}
	arena_free(&a);
	buf_free(&out);
	buf_free(&why);
}

/* The spec, a zero byte, and attributes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const uint8_t *zero = n ? memchr(data, 0, n) : NULL;
	size_t text = zero ? (size_t)(zero - data) : n;
	size_t left = zero ? n - text - 1 : 0;
	struct buf why = { 0 };
	struct schema s;
	char *copy = malloc(left + 1);

	if (!copy)
		return 0;
	if (left)
		memcpy(copy, zero + 1, left);
	if (!schema_load(&s, (const char *)data, text, &why)) {
		for (size_t i = 0; i < s.nsets && i < 4; i++) {
			unpack(&s, &s.sets[i], (struct bytes){ .p = copy, .n = left });
			pack(&s, &s.sets[i], copy, left);
			describe(&s.sets[i], TREE_JSON);
			describe(&s.sets[i], TREE_LINES);
		}
		schema_free(&s);
	}
	buf_free(&why);
	free(copy);
	return 0;
}
