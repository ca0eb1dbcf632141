/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arena.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK = 64 << 10, LIMIT = 64 << 20, ALIGN = 16 };

struct chunk {
	struct chunk *next;
	size_t used, size;
	char p[] __attribute__((aligned(ALIGN)));
};

static struct chunk *grow(struct arena *a, size_t n)
{
	size_t size = MAX(n, (size_t)CHUNK - sizeof(struct chunk));
	struct chunk *c;

	if (size > (a->limit ? a->limit : LIMIT) - a->total)
		return NULL;
	c = calloc(1, sizeof(*c) + size);
	if (!c)
		return NULL;
	c->size = size;
	c->next = a->chunks;
	a->chunks = c;
	a->total += size;
	return c;
}

void *arena_alloc(struct arena *a, size_t n)
{
	struct chunk *c = a->chunks;
	void *p;

	if (n > LIMIT)
		return NULL;
	n = (n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	if (!c || n > c->size - c->used)
		c = grow(a, n);
	if (!c)
		return NULL;
	p = c->p + c->used;
	c->used += n;
	return p;
}

char *arena_copy(struct arena *a, const char *s, size_t n)
{
	char *p = n < LIMIT ? arena_alloc(a, n + 1) : NULL;

	if (p && n)
		memcpy(p, s, n);
	return p;
}

void arena_free(struct arena *a)
{
	while (a->chunks) {
		struct chunk *c = a->chunks;

		a->chunks = c->next;
		free(c);
	}
	a->total = 0;
}
