/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire.h"

#include "convert.h"

enum {
	VERSION_AT = NLMSG_HDRLEN + 1, /* in struct genlmsghdr */
	APART = 4, /* as many equal bytes are between two pieces of a patch */
};

/* The flags of attributes, each told by a list of paths. */
static const struct {
	const char *key;
	uint16_t bit;
} told[] = { { "nested", NLA_F_NESTED }, { "net-byteorder", NLA_F_NET_BYTEORDER } };

static size_t count(const struct composed *m)
{
	return m->trace.v.n / sizeof(struct traced);
}

static const struct traced *traced(const struct composed *m, size_t i)
{
	return (const struct traced *)(const void *)m->trace.v.p + i;
}

static const char *path(const struct composed *m, size_t i)
{
	return m->trace.paths.p + traced(m, i)->path;
}

static uint16_t type_at(const char *message, size_t at)
{
	return (uint16_t)number_at(message + at + 2, 2, false);
}

static void set_flag(struct composed *m, size_t i, uint16_t bit, bool on)
{
	char *to = m->bytes.p + traced(m, i)->at + 2;
	uint16_t type = type_at(m->bytes.p, traced(m, i)->at);

	type = (uint16_t)(on ? type | bit : type & ~bit);
	memcpy(to, &type, sizeof(type));
}

/* A path, and whether any attribute of it has the flag. */
struct place {
	const char *path;
	bool has;
};

static struct place *place_of(struct buf *places, const char *name)
{
	struct place *v = (void *)places->p;
	const size_t n = places->n / sizeof(*v);

	for (size_t i = n; i-- > 0;)
		if (!strcmp(v[i].path, name))
			return &v[i];
	buf_add(places, &(struct place){ .path = name }, sizeof(*v));
	return places->err ? NULL : (struct place *)(void *)places->p + n;
}

/* Writes the paths that have the flag in real, if not just the composed ones have it. */
static void emit_flag(struct tree *t, size_t which, struct composed *m, struct bytes real)
{
	const uint16_t bit = told[which].bit;
	struct buf places = { 0 };
	struct place *p;
	bool differs = false;

	for (size_t i = 0; i < count(m); i++) {
		const size_t at = traced(m, i)->at;
		const uint16_t is = type_at(real.p, at);

		differs |= (is ^ type_at(m->bytes.p, at)) & bit;
		p = place_of(&places, path(m, i));
		if (p && is & bit)
			p->has = true;
	}
	if (!differs || places.err) {
		tree_value(t, told[which].key, value_str(NULL));
	} else {
		tree_array(t, told[which].key);
		p = (void *)places.p;
		for (size_t i = 0; i < places.n / sizeof(*p); i++)
			if (p[i].has)
				tree_value(t, NULL, value_str(p[i].path));
		tree_end(t);
		for (size_t i = 0; i < count(m); i++) {
			p = place_of(&places, path(m, i));
			set_flag(m, i, bit, p && p->has);
		}
	}
	buf_free(&places);
}

/* Whether all attributes stand where they have been composed. */
static bool in_place(const struct composed *m, struct bytes real)
{
	if (m->bytes.n != real.n)
		return false;
	for (size_t i = 0; i < count(m); i++) {
		const size_t at = traced(m, i)->at;

		if ((type_at(real.p, at) ^ type_at(m->bytes.p, at)) & NLA_TYPE_MASK)
			return false;
	}
	return true;
}

static void emit_piece(struct tree *t, size_t at, struct bytes old, struct bytes new)
{
	tree_object(t, NULL);
	tree_value(t, "at", value_u64(at));
	tree_value(t, "old", value_hexbytes(old.p ? old.p : "", old.n));
	tree_value(t, "new", value_hexbytes(new.p ? new.p : "", new.n));
	tree_end(t);
}

/* The length in the header is that of the message, and not compared. */
static size_t compared_from(const struct composed *m)
{
	return m->text ? 0 : sizeof(uint32_t);
}

static struct bytes part(const char *p, size_t from, size_t to)
{
	return (struct bytes){ .p = p + from, .n = to - from };
}

static void emit_pieces(struct tree *t, const struct composed *m, struct bytes real)
{
	const char *old = m->bytes.p;
	size_t at = compared_from(m);

	while (at < real.n) {
		size_t end, last;

		if (old[at] == real.p[at]) {
			at++;
			continue;
		}
		for (last = end = at + 1; end < real.n && end - last < APART; end++)
			if (old[end] != real.p[end])
				last = end + 1;
		emit_piece(t, at, part(old, at, last), part(real.p, at, last));
		at = last;
	}
}

/* Of messages that are not equally long: all between the first difference and the last.
 */
static void emit_middle(struct tree *t, const struct composed *m, struct bytes real)
{
	const char *old = m->bytes.p;
	const size_t least = MIN(m->bytes.n, real.n);
	size_t at = MIN(compared_from(m), least), same = 0;

	while (at < least && old[at] == real.p[at])
		at++;
	while (same < least - at &&
	       old[m->bytes.n - 1 - same] == real.p[real.n - 1 - same])
		same++;
	emit_piece(t, at, part(old, at, m->bytes.n - same),
		   part(real.p, at, real.n - same));
}

static bool equal(const struct composed *m, struct bytes real)
{
	const size_t from = MIN(compared_from(m), real.n);

	return m->bytes.n == real.n &&
	       (real.n == from ||
		!memcmp(m->bytes.p + from, real.p + from, real.n - from));
}

static void emit_patch(struct tree *t, struct composed *m, struct bytes real)
{
	if (equal(m, real)) {
		tree_value(t, "patch", value_str(NULL));
		return;
	}
	tree_array(t, "patch");
	if (m->bytes.n == real.n)
		emit_pieces(t, m, real);
	else
		emit_middle(t, m, real);
	tree_end(t);
	m->bytes.n = 0;
	buf_add(&m->bytes, real.p, real.n);
}

static void emit_version(struct tree *t, struct composed *m, struct bytes real)
{
	const bool differs = m->generic && real.n > VERSION_AT &&
			     m->bytes.p[VERSION_AT] != real.p[VERSION_AT];

	tree_value(t, "version",
		   differs ? value_u64((uint8_t)real.p[VERSION_AT]) : value_str(NULL));
	if (differs)
		m->bytes.p[VERSION_AT] = real.p[VERSION_AT];
}

static void emit_none(struct tree *t, const char *const *keys, size_t n)
{
	for (size_t i = 0; i < n; i++)
		tree_value(t, keys[i], value_str(NULL));
}

static void emit_body(struct tree *t, const struct composed *m, struct bytes real)
{
	const size_t skip = m->text ? 0 : MIN((size_t)NLMSG_HDRLEN, real.n);

	tree_value(t, "body", value_hexbytes(real.p + skip, real.n - skip));
}

static size_t padding(const struct composed *m, size_t n)
{
	return m->text ? 0 : NLMSG_ALIGN(n) - n;
}

static bool usual_pad(const struct composed *m, struct bytes real, struct bytes pad)
{
	static const char zeros[NLMSG_ALIGNTO];

	return pad.n == padding(m, real.n) && (!pad.n || !memcmp(pad.p, zeros, pad.n));
}

void wire_emit(struct tree *t, struct composed *m, bool made, struct bytes real,
	       struct bytes pad)
{
	static const char *const all[] = { "version", "nested", "net-byteorder",
					   "patch" };
	const bool usual = usual_pad(m, real, pad);

	if (made && usual && equal(m, real)) {
		tree_value(t, "wire", value_str(NULL));
		return;
	}
	tree_object(t, "wire");
	if (made) {
		emit_version(t, m, real);
		for (size_t i = 0; i < COUNT(told); i++)
			if (in_place(m, real))
				emit_flag(t, i, m, real);
			else
				emit_none(t, &told[i].key, 1);
		emit_patch(t, m, real);
		emit_none(t, (const char *const[]){ "body" }, 1);
	} else {
		emit_none(t, all, COUNT(all));
		emit_body(t, m, real);
	}
	tree_value(t, "pad",
		   usual ? value_str(NULL) : value_hexbytes(pad.p ? pad.p : "", pad.n));
	tree_end(t);
}

static bool listed(const struct node *list, const char *name)
{
	for (const struct node *n = list->first; n; n = n->next)
		if (n->kind == NODE_SCALAR && !strcmp(n->s, name))
			return true;
	return false;
}

static void apply_flags(const struct node *wire, struct composed *m)
{
	for (size_t k = 0; k < COUNT(told); k++) {
		const struct node *list = node_get(wire, told[k].key);

		for (size_t i = 0;
		     list && list->kind == NODE_LIST && !m->bytes.err && i < count(m);
		     i++)
			set_flag(m, i, told[k].bit, listed(list, path(m, i)));
	}
}

/* One piece: what is before it, and what is new. taken: bytes of m that are done with. */
static bool apply_piece(const struct node *n, struct composed *m, struct buf *to,
			size_t *taken)
{
	struct buf old = { 0 }, new = { 0 };
	const char *o = node_str(n, "old"), *s = node_str(n, "new");
	uint64_t at;
	bool good = node_number(node_get(n, "at"), &at) && o && s &&
		    hint_parse(&old, HINT_NONE, o) && hint_parse(&new, HINT_NONE, s) &&
		    at >= *taken && at <= m->bytes.n && old.n <= m->bytes.n - at &&
		    (!old.n || !memcmp(m->bytes.p + at, old.p, old.n));

	if (good) {
		buf_add(to, m->bytes.p + *taken, at - *taken);
		buf_add(to, new.p, new.n);
		*taken = at + old.n;
	}
	buf_free(&old);
	buf_free(&new);
	return good;
}

static bool apply_patch(const struct node *patch, struct composed *m)
{
	struct buf to = { 0 };
	size_t taken = 0;
	bool good = true;

	for (const struct node *n = patch->first; n && good; n = n->next)
		good = apply_piece(n, m, &to, &taken);
	buf_add(&to, m->bytes.p + taken, m->bytes.n - taken);
	buf_free(&m->bytes);
	m->bytes = to;
	return good;
}

bool wire_apply(const struct node *wire, struct composed *m, struct buf *why)
{
	const struct node *patch = node_get(wire, "patch");
	const char *version = node_str(wire, "version");
	uint64_t v;

	if (version && m->generic && m->bytes.n > VERSION_AT &&
	    node_number(node_get(wire, "version"), &v) && v <= UINT8_MAX)
		m->bytes.p[VERSION_AT] = (char)v;
	apply_flags(wire, m);
	if (patch && patch->kind == NODE_LIST && !apply_patch(patch, m)) {
		buf_puts(why, "nlsock.wire.patch is of other values than these: without "
			      "it they make a message");
		return false;
	}
	compose_length(m);
	return !m->bytes.err;
}

bool wire_pad(const struct node *wire, const struct composed *m, struct buf *b)
{
	const char *pad = node_str(wire, "pad");

	if (pad && !pack_is_null(node_get(wire, "pad")))
		return hint_parse(b, HINT_NONE, pad);
	buf_fill(b, 0, padding(m, m->bytes.n));
	return true;
}
