/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pages.h"

#include "clock.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define HUGE ((size_t)2 << 20)

const char *const page_names[] = {
	[PAGES_4K] = "4k", [PAGES_THP] = "thp", [PAGES_2M] = "2m", NULL
};

#define RETURN_NS      1000000000u
#define RETURN_STEP_NS 5000000

/* The kernel gives back the pages of a UMEM some time after its socket was closed
 * (net/xdp/xdp_umem.c, xdp_umem_release_deferred): where there are enough reserved ones
 * they are waited for. */
static void *map_patiently(size_t bytes, int flags)
{
	const struct timespec pause = { .tv_nsec = RETURN_STEP_NS };
	uint64_t end = clock_mono_ns() + RETURN_NS;
	void *p;

	for (;;) {
		p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
		if (p != MAP_FAILED || errno != ENOMEM || !(flags & MAP_HUGETLB) ||
		    meminfo("HugePages_Total") < bytes / HUGE || clock_mono_ns() >= end)
			return p;
		nanosleep(&pause, NULL);
	}
}

int area_map(struct area *a, size_t bytes, enum pages kind)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS;
	uintptr_t at;

	*a = (struct area){ .bytes = bytes, .map_bytes = bytes };
	if (kind != PAGES_4K)
		a->bytes = a->map_bytes = (bytes + HUGE - 1) / HUGE * HUGE;
	if (kind == PAGES_THP)
		a->map_bytes += HUGE;
	if (kind == PAGES_2M)
		flags |= MAP_HUGETLB | 21 << MAP_HUGE_SHIFT;
	a->map = map_patiently(a->map_bytes, flags);
	if (a->map == MAP_FAILED) {
		*a = (struct area){ 0 };
		return -errno;
	}
	at = (uintptr_t)a->map;
	if (kind == PAGES_THP)
		at = (at + HUGE - 1) / HUGE * HUGE;
	a->p = (uint8_t *)a->map + (at - (uintptr_t)a->map);
	/* A child would copy what is pinned. */
	(void)madvise(a->map, a->map_bytes, MADV_DONTFORK);
	/* The kind that was asked for, whatever the machine's default is. */
	if (kind == PAGES_THP && madvise(a->p, a->bytes, MADV_HUGEPAGE)) {
		int err = -errno;

		area_unmap(a);
		return err;
	}
	if (kind == PAGES_4K)
		(void)madvise(a->p, a->bytes, MADV_NOHUGEPAGE);
	return 0;
}

void area_unmap(struct area *a)
{
	if (a->map)
		munmap(a->map, a->map_bytes);
	*a = (struct area){ 0 };
}

uint64_t meminfo(const char *key)
{
	char line[128];
	uint64_t v = 0;
	size_t n = strlen(key);
	FILE *f = fopen("/proc/meminfo", "re");

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, key, n) && sscanf(line + n, ": %" SCNu64, &v) == 1)
			break;
	if (f)
		fclose(f);
	return v;
}

const char *pages_hint(char *s, size_t size, size_t bytes, unsigned int areas,
		       enum pages kind)
{
	size_t need = areas * ((bytes + HUGE - 1) / HUGE);
	uint64_t total = meminfo("HugePages_Total"), left = meminfo("HugePages_Free");

	left -= MIN(left, meminfo("HugePages_Rsvd")); /* mapped, and not yet touched */

	if (kind == PAGES_2M)
		snprintf(s, size,
			 "HugePages_Total/Free are %" PRIu64 "/%" PRIu64
			 ", %zu of 2 MiB are needed: sysctl vm.nr_hugepages=%zu, or use "
			 "--pages thp, which needs no reservation",
			 total, left, need, (size_t)total - (size_t)left + need);
	else if (kind == PAGES_THP)
		snprintf(s, size,
			 "the kernel was built without "
			 "CONFIG_TRANSPARENT_HUGEPAGE: use --pages 4k");
	else
		snprintf(s, size, "there is not enough memory: use fewer --frames");
	return s;
}

uint64_t area_huge_bytes(const struct area *a)
{
	uintptr_t from, to, at = (uintptr_t)a->p;
	uint64_t kb, sum = 0;
	bool inside = false;
	char line[512];
	FILE *f = fopen("/proc/self/smaps", "re");

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " ", &from, &to) == 2)
			inside = from < at + a->bytes && at < to;
		else if (inside && (sscanf(line, "AnonHugePages: %" SCNu64, &kb) == 1 ||
				    sscanf(line, "Private_Hugetlb: %" SCNu64, &kb) == 1))
			sum += kb << 10;
	}
	if (f)
		fclose(f);
	return sum;
}
