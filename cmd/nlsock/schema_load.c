/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What all sections of a spec use: names, numbers, words; and what is wrong. */
#include "schema_load.h"

#include <ctype.h>
#include <errno.h>

enum { MOST = 16384 /* things of a kind */ };

void load_fail(struct loading *l, const struct node *at, const char *what,
	       const char *name)
{
	if (l->err)
		return;
	l->err = -EINVAL;
	if (at && at->line)
		buf_printf(l->why, "line %u: ", at->line);
	if (name)
		buf_printf(l->why, "%s: ", name);
	buf_puts(l->why, what);
}

void *load_array(struct loading *l, size_t n, size_t size)
{
	void *p = n <= MOST ? arena_alloc(&l->s->arena, n * size) : NULL;

	if (!p)
		load_fail(l, NULL, "it takes too much memory", NULL);
	return p;
}

const struct node *load_list(struct loading *l, const struct node *map, const char *key)
{
	const struct node *n = node_get(map, key);

	if (n && n->kind != NODE_LIST && (n->kind != NODE_SCALAR || n->n))
		load_fail(l, n, "this is no list", key);
	return n && n->kind == NODE_LIST ? n : NULL;
}

static bool plain(const char *s)
{
	for (; *s; s++)
		if (*s < ' ' || *s > '~' || *s == '"' || *s == '\\')
			return false;
	return true;
}

const char *load_name(struct loading *l, const struct node *map, const char *key)
{
	const char *s = node_str(map, key);

	if (!s || !*s)
		load_fail(l, map, "something has no name", key);
	else if (!plain(s))
		load_fail(l, map, "a name holds more than plain characters", key);
	return s && *s && plain(s) ? s : "";
}

/* u8-max, s32-min and the like, as the checks of a spec may say. */
static bool type_limit(const char *word, uint64_t *v)
{
	size_t n = strlen(word);
	bool most = n > 4 && !strcmp(word + n - 4, "-max");
	char type[8] = { 0 };
	size_t bits;

	if (n < 6 || n > 7 || (!most && strcmp(word + n - 4, "-min") != 0))
		return false;
	memcpy(type, word, n - 4);
	bits = 8 * type_size(load_type(type));
	if (!bits)
		return false;
	if (type_signed(load_type(type)))
		*v = most ? ((uint64_t)1 << (bits - 1)) - 1
			  : -((uint64_t)1 << (bits - 1));
	else
		*v = most ? UINT64_MAX >> (64 - bits) : 0;
	return true;
}

struct constant {
	const char *name; /* in small letters, with - for _ */
	uint64_t v;
};

/* Appends n bytes of a name as those of constants are compared. */
static char *plainly(char *to, const char *s, size_t n)
{
	for (; n && *s; n--, s++)
		*to++ = *s == '_' ? '-' : (char)tolower((unsigned char)*s);
	*to = 0;
	return to;
}

/* The name of a constant, as C has it: before it the prefix, or nothing. */
static const char *constant_name(struct loading *l, const char *prefix, const char *name)
{
	char *to = arena_alloc(&l->s->arena, strlen(prefix) + strlen(name) + 1);

	if (to)
		plainly(plainly(to, prefix, SIZE_MAX), name, SIZE_MAX);
	return to ? to : "";
}

void load_constants(struct loading *l)
{
	const struct node *list = load_list(l, l->root, "definitions");
	struct constant *v = list ? load_array(l, 2 * list->n, sizeof(*v)) : NULL;
	size_t n = 0;

	for (const struct node *def = v ? list->first : NULL; def; def = def->next) {
		const char *type = node_str(def, "type"), *name = node_str(def, "name");
		const char *prefix = node_str(def, "name-prefix");
		uint64_t value;

		if (!type || strcmp(type, "const") != 0 || !name ||
		    !node_number(node_get(def, "value"), &value))
			continue;
		v[n++] = (struct constant){ constant_name(l, "", name), value };
		if (prefix)
			v[n++] = (struct constant){ constant_name(l, prefix, name),
						    value };
	}
	index_make(l, &l->constants, v, n, sizeof(*v));
}

static bool constant(const struct loading *l, const char *word, size_t n, uint64_t *v)
{
	const struct constant *c;
	char name[128];

	if (n >= sizeof(name))
		return false;
	plainly(name, word, n);
	c = index_find(&l->constants, name);
	if (c)
		*v = c->v;
	return c;
}

/* Digits, a constant, one less than a constant, a type's limit. */
static bool number_of(const struct loading *l, const struct node *n, uint64_t *v)
{
	static const char less[] = " - 1";
	size_t len;

	if (node_number(n, v))
		return true;
	if (n->kind != NODE_SCALAR)
		return false;
	len = n->n;
	if (type_limit(n->s, v) || constant(l, n->s, len, v))
		return true;
	if (len < sizeof(less) || strcmp(n->s + len - strlen(less), less) != 0 ||
	    !constant(l, n->s, len - strlen(less), v))
		return false;
	--*v;
	return true;
}

uint64_t load_number(struct loading *l, const struct node *map, const char *key,
		     uint64_t dflt)
{
	const struct node *n = node_get(map, key);
	uint64_t v;

	if (!n)
		return dflt;
	if (number_of(l, n, &v))
		return v;
	load_fail(l, n, "this is no number and no constant", key);
	return dflt;
}

bool load_limit(const struct loading *l, const struct node *map, const char *key,
		uint64_t *v)
{
	const struct node *n = node_get(map, key);

	return n && number_of(l, n, v);
}

uint8_t load_hint(const char *word)
{
	static const struct name hints[] = {
		{ HINT_IP, "ipv4" },   { HINT_IP, "ipv6" },  { HINT_IP, "ipv4-or-v6" },
		{ HINT_MAC, "mac" },   { HINT_MAC, "fddi" }, { HINT_HEX, "hex" },
		{ HINT_UUID, "uuid" },
	};

	for (size_t i = 0; word && i < COUNT(hints); i++)
		if (!strcmp(hints[i].name, word))
			return (uint8_t)hints[i].number;
	return HINT_NONE;
}

bool load_big_endian(const struct node *n)
{
	const char *order = node_str(n, "byte-order");

	if (!order)
		return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
	return !strcmp(order, "big-endian");
}
