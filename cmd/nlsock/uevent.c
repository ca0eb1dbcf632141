/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "uevent.h"

#include "pack.h"

#include <arpa/inet.h>

enum { UDEV_MAGIC = 0xfeedcafe };

struct udev_header {
	char prefix[8]; /* "libudev" */
	uint32_t magic; /* big-endian, all others of the machine */
	uint32_t header_size, properties_at, properties_size;
};

/* The strings of a datagram, after what stands before them. */
static struct bytes strings_of(struct bytes b)
{
	struct udev_header h;

	if (b.n < sizeof(h) || memcmp(b.p, "libudev", 8) != 0)
		return b;
	memcpy(&h, b.p, sizeof(h));
	if (ntohl(h.magic) != UDEV_MAGIC || h.properties_at > b.n)
		return b;
	b.p += h.properties_at;
	b.n = MIN(b.n - h.properties_at, (size_t)h.properties_size);
	return b;
}

/* Takes the first string off; false: there is none. */
static bool next_string(struct bytes *b, struct bytes *s)
{
	if (!b->n)
		return false;
	s->p = b->p;
	s->n = strnlen(b->p, b->n);
	b->p += MIN(s->n + 1, b->n);
	b->n -= MIN(s->n + 1, b->n);
	return true;
}

static void put_pair(struct tree *t, struct bytes s, size_t key)
{
	struct buf name = { 0 };

	buf_add(&name, s.p, key);
	buf_putc(&name, 0);
	if (!name.err)
		tree_value(t, name.p, value_bytes(s.p + key + 1, s.n - key - 1));
	buf_free(&name);
}

/* Where the = is that ends a key, 0: it has none. */
static size_t key_of(struct bytes s)
{
	const char *eq = memchr(s.p, '=', s.n);

	return eq ? (size_t)(eq - s.p) : 0;
}

void uevent_emit(struct tree *t, struct bytes datagram)
{
	struct bytes b = strings_of(datagram), rest = b, s;

	while (next_string(&rest, &s))
		if (key_of(s))
			put_pair(t, s, key_of(s));
	tree_array(t, "text");
	while (next_string(&b, &s))
		if (!key_of(s) && s.n)
			tree_value(t, NULL, value_bytes(s.p, s.n));
	tree_end(t);
}

static void pack_strings(struct buf *b, const struct node *list)
{
	for (const struct node *n = list ? list->first : NULL; n; n = n->next)
		if (n->kind == NODE_SCALAR) {
			pack_text(b, n->s, n->n);
			buf_putc(b, 0);
		}
}

void uevent_pack(struct buf *b, const struct node *map)
{
	pack_strings(b, node_last(map, "text", NODE_LIST));
	for (const struct node *n = map->first; n; n = n->next) {
		if (n->kind != NODE_SCALAR)
			continue;
		pack_text(b, n->key, strlen(n->key));
		buf_putc(b, '=');
		pack_text(b, n->s, n->n);
		buf_putc(b, 0);
	}
}

struct bytes uevent_action(struct bytes datagram)
{
	struct bytes b = strings_of(datagram), s;

	while (next_string(&b, &s))
		if (s.n > 7 && !memcmp(s.p, "ACTION=", 7))
			return (struct bytes){ .p = s.p + 7, .n = s.n - 7 };
	return (struct bytes){ 0 };
}
