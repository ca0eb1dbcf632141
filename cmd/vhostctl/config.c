/* SPDX-License-Identifier: GPL-2.0-or-later */
/* config.c - a device's configuration space by name: pure, no I/O. */
#include "config.h"

#include "tree.h"

#include <stdio.h>

static uint64_t little_endian(const char *p, size_t n)
{
	uint64_t v = 0;

	while (n--)
		v = v << 8 | (uint8_t)p[n];
	return v;
}

static struct value number(const struct config_field *f, const char *p)
{
	struct value v = value_u64(little_endian(p, f->size));

	/* A scaled number beyond 64 bits is a lie of the device. */
	if (f->scale && __builtin_mul_overflow(v.u, (uint64_t)f->scale, &v.u))
		return (struct value){ .kind = VALUE_NULL };
	if (f->form == CONFIG_HEX)
		v.show = HEX;
	if (f->form == CONFIG_SIZE)
		v.show = SIZE;
	return v;
}

static struct value mac(const char *p, char *text, size_t size)
{
	const uint8_t *m = (const uint8_t *)p;

	snprintf(text, size, "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3],
		 m[4], m[5]);
	return value_str(text);
}

static void emit_field(struct tree *t, const struct config_field *f,
		       const struct config_view *c)
{
	struct value v = { .kind = VALUE_NULL };
	const char *p = c->raw.p + f->off;
	char text[18];

	if ((!f->gate || f->gate & c->features) && f->off + (size_t)f->size <= c->raw.n)
		switch ((enum config_form)f->form) {
		case CONFIG_NUMBER:
		case CONFIG_HEX:
		case CONFIG_SIZE:
			v = number(f, p);
			break;
		case CONFIG_BOOL:
			v = value_bool(*p);
			break;
		case CONFIG_TEXT:
			v = value_bytes(p, strnlen(p, f->size));
			break;
		case CONFIG_MAC:
			v = mac(p, text, sizeof(text));
			break;
		}
	if (t->form == TREE_JSON || !value_absent(&v)) /* people need no list of gaps */
		tree_value(t, f->key, v);
}

void config_emit(struct tree *t, const void *view)
{
	const struct config_view *c = view;

	tree_object(t, NULL);
	if (c->kind && c->kind->nconfig)
		for (size_t i = 0; i < c->kind->nconfig; i++)
			emit_field(t, &c->kind->config[i], c);
	else
		tree_value(t, "raw", value_hexbytes(c->raw.p, c->raw.n));
	tree_end(t);
}
