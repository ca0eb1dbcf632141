/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dirty.h - pages that a device has written to, for a migration under way: a bit for each
 * page of the guest in memory that the front-end shares (vhost-user.rst, "Migration"). */
#ifndef VHOSTCTL_DIRTY_H
#define VHOSTCTL_DIRTY_H

#include "util.h"

/* Zeroed there is no log. */
struct dirty {
	uint8_t *bits; /* not owned */
	uint64_t size; /* bytes of them */
	bool on;       /* LOG_ALL is negotiated */
	bool marked;   /* since somebody looked */
};

static inline bool dirty_on(const struct dirty *d)
{
	return d && d->on && d->bits;
}

/* n bytes at this address of the guest were written. What the log has no room for is left
 * out: it is the front-end's to make it large enough. */
void dirty_mark(struct dirty *d, uint64_t addr, uint64_t n) NONNULL(1);

#endif
