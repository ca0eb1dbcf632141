/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "frames.h"

#include <errno.h>
#include <stdlib.h>

int frames_init(struct frames *f, uint32_t n, uint32_t size, uint64_t first)
{
	*f = (struct frames){ .n = n, .size = size, .first = first };
	if (!(size & (size - 1)))
		f->shift = (uint32_t)__builtin_ctz(size);
	f->free = calloc(n, sizeof(*f->free));
	f->owner = calloc(n, sizeof(*f->owner));
	if (!f->free || !f->owner) {
		frames_free(f);
		return -ENOMEM;
	}
	while (f->nfree < n) {
		f->free[f->nfree] = n - 1 - f->nfree;
		f->nfree++;
	}
	return 0;
}

void frames_free(struct frames *f)
{
	free(f->free);
	free(f->owner);
	*f = (struct frames){ 0 };
}

/* A division takes as long as all the rest: it is done for odd sizes only. */
static uint64_t number(const struct frames *f, uint64_t offset)
{
	return f->shift ? (offset - f->first) >> f->shift : (offset - f->first) / f->size;
}

uint64_t frames_lend(struct frames *f, enum owner to)
{
	uint32_t i = f->free[--f->nfree];

	f->owner[i] = (uint8_t)to;
	return f->first + (uint64_t)i * f->size;
}

bool frames_take(struct frames *f, uint64_t offset, enum owner from)
{
	uint64_t i = number(f, offset);

	if (offset < f->first || i >= f->n || f->owner[i] != from || from == OWNER_US)
		return false;
	f->owner[i] = OWNER_US;
	f->free[f->nfree++] = (uint32_t)i;
	return true;
}

bool frames_pass(struct frames *f, uint64_t offset, enum owner from, enum owner to)
{
	uint64_t i = number(f, offset);

	if (offset < f->first || i >= f->n || f->owner[i] != from || from == OWNER_US)
		return false;
	f->owner[i] = (uint8_t)to;
	return true;
}
