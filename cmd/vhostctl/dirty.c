/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dirty.c - pages that a device has written to, for a migration under way. */
#include "dirty.h"

enum { PAGE = 4096 };

void dirty_mark(struct dirty *d, uint64_t addr, uint64_t n)
{
	uint64_t page = addr / PAGE, last;

	if (!n || __builtin_add_overflow(addr, n - 1, &last))
		return;
	for (last /= PAGE; page <= last && page / 8 < d->size; page++)
		__atomic_fetch_or(&d->bits[page / 8], (uint8_t)(1 << page % 8),
				  __ATOMIC_SEQ_CST);
	d->marked = true;
}
