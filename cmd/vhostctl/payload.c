/* SPDX-License-Identifier: GPL-2.0-or-later */
/* payload.c - payloads of messages, read by their tables. */
#include "payload.h"

#include "config.h"
#include "feature.h"

static uint64_t load(const char *p, size_t size)
{
	uint8_t b;
	uint16_t h;
	uint32_t w;
	uint64_t d;

	switch (size) {
	case 1:
		memcpy(&b, p, sizeof(b));
		return b;
	case 2:
		memcpy(&h, p, sizeof(h));
		return h;
	case 4:
		memcpy(&w, p, sizeof(w));
		return w;
	default:
		memcpy(&d, p, sizeof(d));
		return d;
	}
}

static void emit_features(struct tree *t, const struct payload_field *f,
			  const struct payload_view *v, uint64_t bits)
{
	struct feature_names names;
	struct value value = value_u64(bits);

	feature_names_of(&names, v->kind);
	value.show = BITS;
	value.names = &names.names;
	tree_value(t, f->key, value_hex(bits));
	tree_value(t, "names", value);
}

static void emit_field(struct tree *t, const struct payload_field *f,
		       const struct payload_view *v, const char *at)
{
	struct value value;
	uint64_t n;

	if (f->form == PAY_BYTES) {
		tree_value(t, f->key, value_hexbytes(at + f->off, f->size));
		return;
	}
	n = load(at + f->off, f->size) >> f->shift;
	if (f->bits)
		n &= BIT(f->bits) - 1;
	if (f->form == PAY_FEATURES) {
		emit_features(t, f, v, n);
		return;
	}
	if (f->form == PAY_PADDING && !n && t->form != TREE_JSON)
		return;
	value = value_u64(n);
	value.names = f->names;
	if (f->form == PAY_HEX || f->form == PAY_PADDING)
		value.show = HEX;
	if (f->form == PAY_SIZE)
		value.show = SIZE;
	if (f->form == PAY_BITS)
		value.show = BITS;
	tree_value(t, f->key, value);
}

/* Members that the bytes reach to. */
static void emit_fields(struct tree *t, const struct payload_field *f, size_t n,
			const struct payload_view *v, struct bytes from)
{
	for (size_t i = 0; i < n; i++)
		if (f[i].off + (size_t)f[i].size <= from.n)
			emit_field(t, &f[i], v, from.p);
}

static uint32_t items_of(const struct payload *p, struct bytes body)
{
	return p->max_items ? p->max_items : body.n >= 4 ? (uint32_t)load(body.p, 4) : 0;
}

static struct bytes after(struct bytes b, size_t n)
{
	n = MIN(n, b.n);
	return (struct bytes){ .p = b.p + n, .n = b.n - n };
}

static struct bytes emit_items(struct tree *t, const struct payload_view *v,
			       struct bytes rest)
{
	const struct payload *p = v->layout;
	uint32_t named = v->body.n >= 4 ? (uint32_t)load(v->body.p, 4) : 0;
	size_t n = MIN(items_of(p, v->body), rest.n / p->item_size);

	tree_array(t, p->items);
	for (size_t i = 0; i < n && i < named && i < ITEMS_SHOWN; i++) {
		struct bytes item = after(rest, i * p->item_size);

		item.n = p->item_size;
		tree_object(t, NULL);
		emit_fields(t, p->item, p->nitem, v, item);
		tree_end(t);
	}
	tree_end(t);
	return after(rest, n * p->item_size);
}

/* Whether there is more in it than the room that a request leaves for its answer. */
static bool is_zero(struct bytes b)
{
	while (b.n && !b.p[b.n - 1])
		b.n--;
	return !b.n;
}

/* Bytes at the end; those of a config are decoded where the kind of device is known. */
static void emit_tail(struct tree *t, const struct payload_view *v, struct bytes rest)
{
	struct config_view config = { .kind = v->kind,
				      .features = v->features,
				      .raw = rest };
	bool decoded = v->layout->nhead && v->kind && v->kind->nconfig &&
		       !is_zero(rest) && !load(v->body.p, 4);

	if (t->form == TREE_JSON || !decoded)
		tree_value(t, v->layout->items, value_hexbytes(rest.p, rest.n));
	if (decoded)
		tree_value(t, "config",
			   (struct value){ .kind = VALUE_NEST,
					   .nest = { config_emit, &config } });
}

void payload_emit(struct tree *t, const void *view)
{
	const struct payload_view *v = view;
	const struct payload *p = v->layout;
	struct bytes rest = v->body;

	tree_object(t, NULL);
	if (p) {
		emit_fields(t, p->head, p->nhead, v, rest);
		rest = after(rest, p->size);
		if (p->item_size)
			rest = emit_items(t, v, rest);
		else if (p->items && v->body.n >= p->size) {
			emit_tail(t, v, rest);
			rest.n = 0;
		}
	}
	if (rest.n)
		tree_value(t, p ? "rest" : "bytes", value_hexbytes(rest.p, rest.n));
	tree_end(t);
}

bool payload_fits(const struct payload *layout, struct bytes body, size_t *items)
{
	size_t least = layout->least ? layout->least : layout->size, n;

	*items = layout->item_size ? items_of(layout, body) : 0;
	if (!layout->item_size)
		return body.n >= least && (layout->items || body.n <= layout->size);
	if (body.n < layout->size || (body.n - layout->size) % layout->item_size)
		return false;
	n = (body.n - layout->size) / layout->item_size;
	return n == *items || (n == layout->room && n > *items);
}
