/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Attributes of unknown meaning, as they are shown. */
#include "convert.h"
#include "pack_attr.h"

static uint16_t flags_in(const struct node *n)
{
	const struct node *flags = node_get(n, "flags");
	uint16_t bits = 0;

	for (const struct node *f = flags ? flags->first : NULL; f; f = f->next)
		if (f->kind == NODE_SCALAR)
			bits |= !strcmp(f->s, "NESTED") ? NLA_F_NESTED
							: NLA_F_NET_BYTEORDER;
	return bits;
}

void pack_shown_list(struct packing *p, const struct node *list, int depth)
{
	uint64_t v;

	for (const struct node *m = list->first; m && !p->err; m = m->next)
		if (node_number(node_get(m, "type"), &v) && v <= ATTR_MOST)
			pack_shown(p, (uint16_t)v, m, depth + 1);
		else
			pack_fail(p, list->key ? list->key : "attrs", "no type in it");
}

void pack_shown(struct packing *p, uint16_t type, const struct node *n, int depth)
{
	const struct node *attrs = node_get(n, "attrs");
	const char *hex = n->kind == NODE_SCALAR ? n->s : node_str(n, "hex");
	size_t at = pack_open(p, type | flags_in(n));

	if (attrs && attrs->kind == NODE_LIST && depth < PACK_DEEPEST &&
	    (!hex || pack_is_null(node_get(n, "hex"))))
		pack_shown_list(p, attrs, depth);
	else if (!hex || !hint_parse(p->out, HINT_NONE, hex))
		pack_fail(p, n->key ? n->key : "attribute",
			  "an attribute by number takes its bytes in hex");
	pack_close(p, at);
}

bool pack_is_shown(const struct node *n)
{
	return n->kind == NODE_MAP && node_get(n, "type") && node_get(n, "len") &&
	       node_get(n, "guess");
}
