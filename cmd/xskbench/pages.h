/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pages.h - memory for a UMEM, by the kind of pages under it. */
#ifndef XSKBENCH_PAGES_H
#define XSKBENCH_PAGES_H

#include "diag.h"

enum pages { PAGES_4K, PAGES_THP, PAGES_2M };

extern const char *const page_names[];

struct area {
	uint8_t *p; /* NULL: none */
	size_t bytes;
	void *map; /* what was mapped, with room to align */
	size_t map_bytes;
};

/*
 * Maps at least `bytes` of zeroed memory: ordinary pages, transparent huge pages (aligned
 * to 2 MiB, madvise(2)) or reserved ones of 2 MiB (MAP_HUGETLB), which are waited for, a
 * second at most, where others may still be giving them back. Returns 0 or -errno.
 */
MUST_CHECK int area_map(struct area *a, size_t bytes, enum pages kind) NONNULL(1);
void area_unmap(struct area *a) NONNULL(1);

/* What to do where area_map failed and so many areas were still to be had, that one
 * included: s, of size bytes, is written and returned. */
const char *pages_hint(char *s, size_t size, size_t bytes, unsigned int areas,
		       enum pages kind) NONNULL(1);

/* A number of /proc/meminfo, as HugePages_Total; 0 where there is none. */
uint64_t meminfo(const char *key) NONNULL(1);

/* Bytes of the area that lie in huge pages (/proc/self/smaps: AnonHugePages and
 * Private_Hugetlb). 0 where that can't be read. */
uint64_t area_huge_bytes(const struct area *a) NONNULL(1);

#endif
