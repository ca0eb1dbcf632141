/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check_front.h - cases for front-ends: a back-end of ours, right and wrong. */
#ifndef VHOSTCTL_CHECK_FRONT_H
#define VHOSTCTL_CHECK_FRONT_H

#include "check_run.h"

/* A case, made from a table: its words live as long as this. */
struct front_case {
	char name[64];
	const char *stands_on;
	char fault[64];          /* as serve --fault takes it; "" for none */
	uint64_t without_virtio; /* features that are not offered */
	uint64_t without_protocol;
	uint8_t level;
};

/* Fills in the i-th case. False beyond the last. */
bool front_case(size_t i, struct front_case *k) NONNULL(2);

/*
 * Waits for a front-end at the listener (of t->dial, which listens) for ns, and serves
 * it in the way of the case, for ns more; t->spawn is started for it.
 */
void front_run(const struct front_case *k, struct target *t, uint64_t ns,
	       struct check_outcome *out) NONNULL(1, 2, 4);

#endif
