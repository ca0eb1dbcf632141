/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xdp.h - the XDP program in front of a receiving socket. */
#ifndef XSKBENCH_XDP_H
#define XSKBENCH_XDP_H

#include "diag.h"

enum xdp_mode { XDP_MODE_DRV, XDP_MODE_SKB };

/* Both are held by file descriptor: the program is off the link whenever we are gone. */
struct xdp {
	struct redirect *skel;
	int link;
};

/*
 * Loads the program, puts the socket into its map for queue 0, and attaches it to an
 * interface of this thread's network namespace. Returns 0, or STATUS_FAILED after saying
 * what was refused; nothing is left then.
 */
MUST_CHECK int xdp_attach(struct xdp *x, int ifindex, enum xdp_mode mode, int xsk_fd,
			  const struct diag *d) NONNULL(1, 5);
void xdp_detach(struct xdp *x) NONNULL(1);

#endif
