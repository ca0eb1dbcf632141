/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dial.h - how to come to a back-end: connect to it, or wait until it connects to us. */
#ifndef VHOSTCTL_DIAL_H
#define VHOSTCTL_DIAL_H

#include "listen.h"

/* One that connects to us by itself tries again once a second, or so. */
#define DIAL_AGAIN_NS UINT64_C(3000000000)

struct dial {
	const char *path;
	bool listens;             /* we wait for it */
	struct listener listener; /* where it connects to */
};

/* For -l: listens at path from now on. Returns a status. End with dial_close always. */
MUST_CHECK int dial_open(struct dial *d, const struct diag *diag, const char *path,
			 bool listens) NONNULL(1, 2, 3);
void dial_close(struct dial *d) NONNULL(1);

/* One connection, by deadline_ns of CLOCK_MONOTONIC. Returns 0 or -errno, as conn_open:
 * -ETIMEDOUT where nobody came. */
MUST_CHECK int dial_connect(const struct dial *d, struct conn *c, uint64_t deadline_ns)
	NONNULL(1, 2);

#endif
