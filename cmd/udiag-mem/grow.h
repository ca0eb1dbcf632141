/* SPDX-License-Identifier: GPL-2.0-or-later */
/* grow.h - arrays that double when they are full. */
#ifndef UDIAG_MEM_GROW_H
#define UDIAG_MEM_GROW_H

#include <stdlib.h>

/* Makes room for one more in v, which has room for *cap elements of size bytes and holds
 * n. Returns it, perhaps moved, for the caller to keep; or NULL, and v stays as it is. */
static inline void *grow(void *v, size_t *cap, size_t n, size_t size)
{
	size_t wanted = *cap ? *cap * 2 : 64;
	void *p = v;

	if (n < *cap)
		return v;
	p = reallocarray(v, wanted, size);
	if (p)
		*cap = wanted;
	return p;
}

#endif
