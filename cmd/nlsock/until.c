/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "until.h"

#include "json.h"

#include <fnmatch.h>

static bool matches(const struct node *n, const char *pattern)
{
	if (n->kind == NODE_SCALAR)
		return !fnmatch(pattern, n->s, 0);
	for (const struct node *m = n->first; m; m = m->next)
		if (m->kind == NODE_SCALAR && !fnmatch(pattern, m->s, 0))
			return true;
	return false;
}

/* The child whose key is the n bytes at key. */
static const struct node *child(const struct node *map, const char *key, size_t n)
{
	if (map->kind != NODE_MAP)
		return NULL;
	for (const struct node *m = map->first; m; m = m->next)
		if (strlen(m->key) == n && !memcmp(m->key, key, n))
			return m;
	return NULL;
}

static bool holds(const struct node *at, const char *condition)
{
	const char *eq = strchr(condition, '=');
	const char *end = eq ? eq : condition + strlen(condition);

	while (at && condition < end) {
		size_t n = strcspn(condition, ".=");

		at = child(at, condition, n);
		condition += n + (condition[n] == '.');
	}
	if (!at)
		return false;
	if (eq)
		return matches(at, eq + 1);
	return at->kind != NODE_SCALAR || at->quoted || strcmp(at->s, "null") != 0;
}

bool until_holds(const char *condition, const char *line, size_t n)
{
	struct arena a = { 0 };
	struct buf why = { 0 };
	const struct node *root = json_parse(&a, line, n, &why);
	bool good = root && holds(root, condition);

	arena_free(&a);
	buf_free(&why);
	return good;
}
