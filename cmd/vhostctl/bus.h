/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bus.h - surviving memory that its owner has cut off under us. */
#ifndef VHOSTCTL_BUS_H
#define VHOSTCTL_BUS_H

#include "util.h"

#include <signal.h>

/*
 * From now on SIGBUS within a mapping of ours does not kill: the whole mapping is
 * replaced by zeros that nobody shares, and *lost becomes 1. lost outlives the mapping.
 * size is a multiple of the mapping's pages. Returns 0, -ENOSPC where there are too many,
 * or -errno.
 */
MUST_CHECK int bus_guard(void *map, size_t size, volatile sig_atomic_t *lost)
	NONNULL(1, 3);

/* Ends it, before munmap(2). */
void bus_release(const void *map);

#endif
