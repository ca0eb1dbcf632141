/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looking for attributes where they are and around, which sub-messages need. */
#include "unpack.h"

#include "convert.h"
#include "nl.h"

#include <stdio.h>

const struct nlattr *scope_find(const struct scope *s, uint16_t number)
{
	const struct nlattr *a;
	int left;

	nla_for_each_attr(a, (const void *)s->attrs.p, (int)s->attrs.n, left)
		if (nla_type(a) == number)
			return a;
	return NULL;
}

/* The value of a selector as the formats spell it: text, an enum's name, a number. */
static struct bytes selected(const struct attr_spec *a, const struct nlattr *x,
			     char *text, size_t size)
{
	const size_t n = type_size(a->type);
	const char *name = NULL;
	uint64_t v;

	if (!n)
		return nla_read_str(x);
	if ((size_t)nla_len(x) != n)
		return (struct bytes){ 0 };
	v = number_at(nla_data(x), n, a->big_endian);
	name = a->names ? name_of(&a->names->names, v) : NULL;
	snprintf(text, size, "%llu", (unsigned long long)v);
	return (struct bytes){ .p = name ? name : text, .n = strlen(name ? name : text) };
}

const struct submsg_format *scope_format(const struct scope *s, const struct attr_spec *a)
{
	const char *selector = a->selector ? a->selector : "";
	char text[24];

	for (const struct scope *at = s; at && a->submsg; at = at->outer) {
		const struct attr_spec *by =
			schema_attr_named(at->set, selector, strlen(selector));
		const struct nlattr *x = by ? scope_find(at, by->number) : NULL;
		struct bytes value;

		if (!x)
			continue;
		value = selected(by, x, text, sizeof(text));
		return value.p ? schema_format(a->submsg, value) : NULL;
	}
	return NULL;
}
