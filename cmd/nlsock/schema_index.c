/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Things of a spec by name, however many there are. */
#include "schema_load.h"

static const char *name_at(const struct index *x, size_t i)
{
	const char *name;

	memcpy(&name, (const char *)x->things + i * x->size, sizeof(name));
	return name;
}

/* FNV-1a */
static size_t hash(const char *s)
{
	uint64_t h = 0xcbf29ce484222325;

	for (; *s; s++)
		h = (h ^ (uint8_t)*s) * 0x100000001b3;
	return (size_t)(h ^ h >> 32);
}

/* The slot that has the name, or the free one where it belongs. */
static uint32_t *slot_of(const struct index *x, const char *name)
{
	size_t at = hash(name);

	while (x->slots[at & x->mask] &&
	       strcmp(name_at(x, x->slots[at & x->mask] - 1), name) != 0)
		at++;
	return &x->slots[at & x->mask];
}

void index_make(struct loading *l, struct index *x, const void *things, size_t n,
		size_t size)
{
	size_t slots = 4;

	while (slots < 2 * n)
		slots *= 2;
	*x = (struct index){ .things = things, .size = size, .mask = slots - 1 };
	x->slots = arena_alloc(&l->s->arena, slots * sizeof(*x->slots));
	if (!x->slots)
		return load_fail(l, NULL, "it takes too much memory", NULL);
	for (size_t i = 0; i < n; i++) {
		uint32_t *slot = slot_of(x, name_at(x, i));

		if (!*slot)
			*slot = (uint32_t)i + 1;
	}
}

const void *index_find(const struct index *x, const char *name)
{
	uint32_t i = x->slots ? *slot_of(x, name) : 0;

	return i ? (const char *)x->things + (i - 1) * x->size : NULL;
}
