/* SPDX-License-Identifier: GPL-2.0-or-later */
/* list.h - numbers with commas between, as people write them. */
#ifndef XSKBENCH_LIST_H
#define XSKBENCH_LIST_H

#include "diag.h"

enum { LIST = 16 };

struct list {
	uint64_t v[LIST];
	size_t n;
};

/*
 * Parses words, sizes as 64 or 2K within bounds, for the option of that name; NULL is the
 * number `otherwise` alone. Returns 0, or STATUS_USAGE after saying what was wrong.
 */
MUST_CHECK int list_parse(struct list *l, const char *name, const char *words,
			  uint64_t least, uint64_t most, uint64_t otherwise,
			  const struct diag *d) NONNULL(1, 2, 7);

#endif
