/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plain.h"

#include "convert.h"
#include "spec.h"

/* The header whose struct has that name, NULL for none. */
static const struct header *header_named(const char *name)
{
	static const struct messages *const tables[] = { &control_messages,
							 &route_messages, &xfrm_messages,
							 &netfilter_messages };
	static const struct header *const others[] = { &genl_header, &nfnl_header,
						       &connector_header };
	const struct header *h;

	for (size_t i = 0; i < COUNT(tables); i++)
		for (size_t k = 0; k < tables[i]->n; k++) {
			h = tables[i]->v[k].header;
			if (h && !strcmp(h->name, name))
				return h;
		}
	for (size_t i = 0; i < COUNT(others); i++)
		if (!strcmp(others[i]->name, name))
			return others[i];
	for (int i = 0; i <= 2 * UINT8_MAX + 1; i++) {
		h = diag_header((uint8_t)(i / 2), i % 2);
		if (h && !strcmp(h->name, name))
			return h;
	}
	return NULL;
}

static void put_member(struct packing *p, const struct member *m, const struct node *n,
		       size_t at)
{
	struct buf bytes = { 0 };
	const bool number = m->size <= 8 && !(m->size & (m->size - 1));
	uint64_t v;

	if (n && number && node_number(n, &v))
		number_to(p->out->p + at + m->off, m->size, false, v);
	else if (n && !number && n->kind == NODE_SCALAR &&
		 hint_parse(&bytes, HINT_NONE, n->s) && bytes.n == m->size)
		memcpy(p->out->p + at + m->off, bytes.p, bytes.n);
	else if (n)
		pack_fail(p, m->name, "this is not what the member holds");
	buf_free(&bytes);
}

static void put_hex(struct packing *p, const struct node *map, const char *key)
{
	const char *hex = node_str(map, key);

	if (hex && strcmp(hex, "null") != 0 && !hint_parse(p->out, HINT_NONE, hex))
		pack_fail(p, key, "this is no hex");
}

/* code: of an error, which is the first member of its header. */
static void put_header(struct packing *p, const struct node *n, const struct node *code)
{
	const char *name = node_str(n, "struct");
	const struct header *h = name ? header_named(name) : NULL;
	const size_t at = p->out->n;
	uint64_t v;

	if (!h)
		return pack_fail(p, "header", "no such struct is known here");
	if (node_get(n, "hex")) {
		put_hex(p, n, "hex");
	} else {
		buf_fill(p->out, 0, h->size);
		for (size_t i = 0; i < h->n && !p->out->err; i++)
			put_member(p, &h->members[i], node_get(n, h->members[i].name),
				   at);
		if (h == &error_header && !p->out->err && node_number(code, &v))
			number_to(p->out->p + at, 4, false, v);
	}
	buf_fill(p->out, 0, NLMSG_ALIGN(p->out->n - at) - (p->out->n - at));
	put_hex(p, n, "user_header");
}

static bool is_part(const char *key)
{
	static const char *const keys[] = { "nlsock", "error", "header", "payload",
					    "attrs" };

	for (size_t i = 0; i < COUNT(keys); i++)
		if (!strcmp(keys[i], key))
			return true;
	return false;
}

void pack_plain(struct packing *p, const struct node *map)
{
	const struct node *header = node_get(map, "header");
	const struct node *attrs = node_get(map, "attrs");
	const struct node *code = node_get(node_get(map, "error"), "code");
	char bytes[4];
	uint64_t v;

	for (const struct node *n = map->first; n; n = n->next)
		if (!is_part(n->key))
			return pack_fail(p, n->key, "no spec has nlsock.op");
	if (header && header->kind == NODE_MAP) {
		put_header(p, header, code);
	} else if (code && node_number(code, &v)) {
		number_to(bytes, sizeof(bytes), false, v);
		buf_add(p->out, bytes, sizeof(bytes));
	}
	put_hex(p, map, "payload");
	if (attrs && attrs->kind == NODE_LIST)
		pack_shown_list(p, attrs, 0);
}
