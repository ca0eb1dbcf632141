/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guest.h - the front-end's memory as a back-end sees it: regions that were shared. */
#ifndef VHOSTCTL_GUEST_H
#define VHOSTCTL_GUEST_H

#include "bus.h"

#include <sys/uio.h>

enum { GUEST_REGIONS = 64 };

/* A region as messages describe it (vhost-user.rst, "Memory region description"). */
struct guest_area {
	uint64_t guest, size, user, offset;
};

struct guest_region {
	struct guest_area area;
	uint8_t *host; /* where area.guest is mapped */
	void *map;     /* as mmap(2) gave it: begins at a page of the file */
	size_t map_size;
};

/* Zeroed has no regions. Must not move while it has some. */
struct guest {
	struct guest_region v[GUEST_REGIONS];
	size_t n;
	bool read_only;             /* only looked at: what is written there kills us */
	size_t hit;                 /* the region that was found last */
	volatile sig_atomic_t lost; /* memory was cut off: what it holds is worthless */
};

/*
 * Maps a region of fd, which stays the caller's. Returns 0 or -errno: -EINVAL for empty
 * or overflowing ranges, or more than the file has; -EEXIST where it overlaps another;
 * -ENOSPC where all GUEST_REGIONS are taken; else those of mmap(2).
 */
MUST_CHECK int guest_add(struct guest *g, const struct guest_area *a, int fd)
	NONNULL(1, 2);

/* Unmaps the region of the same addresses and size. Returns 0 or -ENOENT. */
MUST_CHECK int guest_remove(struct guest *g, const struct guest_area *a) NONNULL(1, 2);

void guest_clear(struct guest *g) NONNULL(1);

/* n bytes at an address of the front-end's own, all in one region; else NULL. */
void *guest_user(struct guest *g, uint64_t user, uint64_t n) NONNULL(1);

/* The same at a guest address. */
void *guest_at(struct guest *g, uint64_t guest, uint64_t n) NONNULL(1);

/* The other way round: the guest's address of what is mapped at p. False: it is not. */
bool guest_address(const struct guest *g, const void *p, uint64_t *addr) NONNULL(1, 2, 3);

/*
 * n bytes at a guest address as at most `max` pieces, as a buffer may go on in the next
 * region. Returns how many, or -EFAULT where a part is in none, -E2BIG where max is
 * small.
 */
MUST_CHECK int guest_pieces(struct guest *g, uint64_t guest, uint64_t n,
			    struct iovec *pieces, size_t max) NONNULL(1, 4);

#endif
