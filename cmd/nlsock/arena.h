/* SPDX-License-Identifier: GPL-2.0-or-later */
/* arena.h - memory that is freed all at once, and no more than a limit of it. */
#ifndef NLSOCK_ARENA_H
#define NLSOCK_ARENA_H

#include "util.h"

struct arena {
	struct chunk *chunks;
	size_t total, limit; /* bytes asked of malloc; limit 0: 64 MiB */
};

/* n zeroed bytes, aligned for anything, or NULL beyond the limit or without memory. */
void *arena_alloc(struct arena *a, size_t n) NONNULL(1);
/* A copy of n bytes of s with a NUL after them, or NULL. */
char *arena_copy(struct arena *a, const char *s, size_t n) NONNULL(1);
void arena_free(struct arena *a) NONNULL(1);

#endif
