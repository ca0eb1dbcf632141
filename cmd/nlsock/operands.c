/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operands.h"

bool operand_is_value(const char *word)
{
	return strchr(word, '=') || *word == '{' || *word == '@' || !strcmp(word, "-");
}

static bool out_of_memory(struct buf *why)
{
	buf_puts(why, "it takes too much memory");
	return false;
}

static struct node *child(struct node *map, const char *key)
{
	return (struct node *)(uintptr_t)node_get(map, key);
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The end of the quoted text that begins at p. */
static const char *after_quotes(const char *p, const char *end)
{
	const char quote = *p++;

	while (p < end && *p != quote)
		p += quote == '"' && *p == '\\' && p + 1 < end ? 2 : 1;
	return p;
}

/* A comma before what closes an object or array, which YAML lets pass; or NULL. */
static const char *stray_comma(const char *p, const char *end)
{
	const char *comma = NULL;
	bool begins = true; /* a quote here is one, not within a word */

	for (; p < end; p++) {
		if (is_space(*p))
			begins = true;
		else if (comma && (*p == '}' || *p == ']'))
			return comma;
		else if (begins && (*p == '"' || *p == '\''))
			comma = NULL, p = after_quotes(p, end);
		else if (*p == ',')
			comma = p, begins = true;
		else
			comma = NULL, begins = strchr("{[:", *p);
	}
	return NULL;
}

/* YAML; what looks like JSON is held to its commas. */
static const struct node *read_document(struct arena *a, const char *p, size_t n,
					struct buf *why)
{
	const char *begin = p, *end = p + n, *comma;

	while (begin < end && is_space(*begin))
		begin++;
	comma = begin < end && strchr("{[", *begin) ? stray_comma(begin, end) : NULL;
	if (comma)
		buf_printf(why, "character %td: nothing follows this comma",
			   comma - p + 1);
	return comma ? NULL : node_parse(a, p, n, why);
}

static bool add_value(struct arena *a, struct node *to, const char *value,
		      struct buf *why)
{
	const struct node *n;

	if (!value || !strchr("{[\"", *value) || !*value) {
		to->kind = NODE_SCALAR;
		to->s = value ? value : "true";
		to->n = (uint32_t)strlen(to->s);
		return true;
	}
	n = read_document(a, value, strlen(value), why);
	if (!n)
		return false;
	to->kind = n->kind;
	to->quoted = n->quoted;
	to->n = n->n;
	to->s = n->s;
	to->first = n->first;
	return true;
}

/* What was there becomes the first item of a list. */
static struct node *listed(struct arena *a, struct node *n)
{
	struct node *copy;

	if (n->kind != NODE_LIST) {
		copy = node_add(a, NULL, NODE_SCALAR, NULL);
		if (!copy)
			return NULL;
		*copy = *n;
		copy->next = NULL;
		n->kind = NODE_LIST;
		n->first = copy;
		n->n = 1;
	}
	return node_add(a, n, NODE_SCALAR, NULL);
}

bool operand_set(struct arena *a, struct node *map, const char *word, struct buf *why)
{
	const char *eq = strchr(word, '='), *end = eq ? eq : word + strlen(word);

	while (true) {
		size_t n = strcspn(word, ".=");
		const char *key = arena_copy(a, word, n);
		struct node *at;

		if (!key)
			return out_of_memory(why);
		if (!n || word + n > end) {
			buf_puts(why,
				 "a value is KEY=VALUE, with dots between the parts of "
				 "KEY");
			return false;
		}
		at = child(map, key);
		if (word + n == end) {
			at = at ? listed(a, at) : node_add(a, map, NODE_SCALAR, key);
			return at ? add_value(a, at, eq ? eq + 1 : NULL, why)
				  : out_of_memory(why);
		}
		if (!at)
			at = node_add(a, map, NODE_MAP, key);
		if (!at)
			return out_of_memory(why);
		if (at->kind != NODE_MAP) {
			buf_printf(why, "'%s' has a value already", key);
			return false;
		}
		map = at;
		word += n + 1;
	}
}

bool operand_merge(struct arena *a, struct node *map, const char *p, size_t n,
		   struct buf *why)
{
	const struct node *from = read_document(a, p, n, why);

	if (from && from->kind != NODE_MAP) {
		buf_puts(why, "it is no object");
		return false;
	}
	for (const struct node *m = from ? from->first : NULL; m; m = m->next) {
		struct node *to = node_add(a, map, (enum node_kind)m->kind, m->key);

		if (!to)
			return out_of_memory(why);
		to->quoted = m->quoted;
		to->n = m->n;
		to->s = m->s;
		to->first = m->first;
	}
	return from;
}
