/* SPDX-License-Identifier: GPL-2.0-or-later */
/* config.h - a device's configuration space by name: pure, no I/O. */
#ifndef VHOSTCTL_CONFIG_H
#define VHOSTCTL_CONFIG_H

#include "spec.h"

struct config_view {
	const struct kind *kind; /* NULL where it is not known */
	uint64_t features;       /* offered: they say which members mean something */
	struct bytes raw;        /* from offset 0, as long as the back-end's struct */
};

/*
 * Writes view (a struct config_view) as one object: each member of the kind's layout,
 * absent where raw is too short or its feature is not offered, or `raw` in hex where the
 * layout is not known. The form of struct nest's emit.
 */
void config_emit(struct tree *t, const void *view) NONNULL(1, 2);

#endif
