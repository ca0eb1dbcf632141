/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "frames.h"

#include <errno.h>
#include <stdlib.h>

int frames_init(struct frames *f, uint32_t n, uint32_t size)
{
	*f = (struct frames){ .n = n, .shift = (uint32_t)__builtin_ctz(size) };
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

uint64_t frames_lend(struct frames *f, enum owner to)
{
	uint32_t i = f->free[--f->nfree];

	f->owner[i] = (uint8_t)to;
	return (uint64_t)i << f->shift;
}

bool frames_take(struct frames *f, uint64_t offset, enum owner from)
{
	uint64_t i = offset >> f->shift;

	if (i >= f->n || f->owner[i] != from || from == OWNER_US)
		return false;
	f->owner[i] = OWNER_US;
	f->free[f->nfree++] = (uint32_t)i;
	return true;
}
