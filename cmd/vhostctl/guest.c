/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guest.c - the front-end's memory as a back-end sees it: regions that were shared. */
#include "guest.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

static bool overflows(uint64_t start, uint64_t size)
{
	uint64_t end;

	return __builtin_add_overflow(start, size, &end);
}

static bool overlap(uint64_t a, uint64_t an, uint64_t b, uint64_t bn)
{
	return a < b + bn && b < a + an;
}

static int check_area(const struct guest *g, const struct guest_area *a)
{
	if (!a->size || overflows(a->guest, a->size) || overflows(a->user, a->size) ||
	    overflows(a->offset, a->size) || a->offset + a->size > INT64_MAX)
		return -EINVAL;
	for (size_t i = 0; i < g->n; i++)
		if (overlap(a->guest, a->size, g->v[i].area.guest, g->v[i].area.size) ||
		    overlap(a->user, a->size, g->v[i].area.user, g->v[i].area.size))
			return -EEXIST;
	return g->n == GUEST_REGIONS ? -ENOSPC : 0;
}

/* Pages of the file behind it, which are big ones on hugetlbfs (its st_blksize). */
static int page_of(const struct guest_area *a, int fd, uint64_t *page)
{
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	if (S_ISREG(st.st_mode) && a->offset + a->size > (uint64_t)st.st_size)
		return -EINVAL;
	*page = MAX((uint64_t)st.st_blksize, UINT64_C(4096));
	return *page & (*page - 1) ? -EINVAL : 0;
}

int guest_add(struct guest *g, const struct guest_area *a, int fd)
{
	struct guest_region *r = &g->v[g->n];
	uint64_t page = 4096, lead;
	int err = check_area(g, a);

	if (!err)
		err = page_of(a, fd, &page);
	if (err)
		return err;
	lead = a->offset & (page - 1);
	*r = (struct guest_region){ .area = *a,
				    .map_size =
					    (a->size + lead + page - 1) & ~(page - 1) };
	r->map = mmap(NULL, r->map_size, PROT_READ | (g->read_only ? 0 : PROT_WRITE),
		      MAP_SHARED | MAP_NORESERVE, fd, (off_t)(a->offset - lead));
	if (r->map == MAP_FAILED)
		return -errno;
	err = bus_guard(r->map, r->map_size, &g->lost);
	if (err) {
		munmap(r->map, r->map_size);
		return err;
	}
	r->host = (uint8_t *)r->map + lead;
	g->n++;
	return 0;
}

static void unmap(struct guest_region *r)
{
	bus_release(r->map);
	munmap(r->map, r->map_size);
}

int guest_remove(struct guest *g, const struct guest_area *a)
{
	for (size_t i = 0; i < g->n; i++) {
		const struct guest_area *have = &g->v[i].area;

		if (have->guest != a->guest || have->size != a->size ||
		    have->user != a->user)
			continue;
		unmap(&g->v[i]);
		g->v[i] = g->v[--g->n];
		return 0;
	}
	return -ENOENT;
}

void guest_clear(struct guest *g)
{
	while (g->n)
		unmap(&g->v[--g->n]);
	g->lost = 0;
}

void *guest_user(struct guest *g, uint64_t user, uint64_t n)
{
	for (size_t i = 0; i < g->n; i++) {
		const struct guest_area *a = &g->v[i].area;

		if (user >= a->user && user - a->user < a->size &&
		    n <= a->size - (user - a->user))
			return g->v[i].host + (user - a->user);
	}
	return NULL;
}

static const struct guest_region *region_at(struct guest *g, uint64_t guest)
{
	size_t i = g->hit;

	if (i < g->n && guest - g->v[i].area.guest < g->v[i].area.size)
		return &g->v[i];
	for (i = 0; i < g->n; i++)
		if (guest - g->v[i].area.guest < g->v[i].area.size) {
			g->hit = i;
			return &g->v[i];
		}
	return NULL;
}

void *guest_at(struct guest *g, uint64_t guest, uint64_t n)
{
	const struct guest_region *r = region_at(g, guest);

	if (!r || n > r->area.size - (guest - r->area.guest))
		return NULL;
	return r->host + (guest - r->area.guest);
}

bool guest_address(const struct guest *g, const void *p, uint64_t *addr)
{
	for (size_t i = 0; i < g->n; i++) {
		const struct guest_region *r = &g->v[i];
		uint64_t at = (uint64_t)((uintptr_t)p - (uintptr_t)r->host);

		if (at >= r->area.size)
			continue;
		*addr = r->area.guest + at;
		return true;
	}
	return false;
}

int guest_pieces(struct guest *g, uint64_t guest, uint64_t n, struct iovec *pieces,
		 size_t max)
{
	int used = 0;

	while (n) {
		const struct guest_region *r = region_at(g, guest);
		uint64_t at, part;

		if (!r)
			return -EFAULT;
		if ((size_t)used == max)
			return -E2BIG;
		at = guest - r->area.guest;
		part = MIN(n, r->area.size - at);
		pieces[used++] = (struct iovec){ r->host + at, part };
		guest += part;
		n -= part;
	}
	return used;
}
