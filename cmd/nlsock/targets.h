/* SPDX-License-Identifier: GPL-2.0-or-later */
/* targets.h - the families and protocols that a file speaks of, each opened once. */
#ifndef NLSOCK_TARGETS_H
#define NLSOCK_TARGETS_H

#include "target.h"

struct targets {
	struct met **v; /* each has its place for good */
	size_t n;
};

/*
 * The target of a word, as target_open finds it; spec: a file to be used, or NULL. What
 * could not be opened is said once. Returns NULL then, with *status set.
 */
struct target *targets_find(struct ctx *c, struct targets *t, const char *word,
			    const char *spec, int *status) NONNULL(1, 2, 3, 5);
void targets_free(struct targets *t) NONNULL(1);

#endif
