/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rig.h - the lab with what a test needs at either end. */
#ifndef XSKBENCH_RIG_H
#define XSKBENCH_RIG_H

#include "lab.h"
#include "options.h"
#include "packet.h"

/* What is at an end: XSK_TX and XSK_RX of enum xsk_way (with a redirecting program), or
 * a program that counts and drops. */
enum { END_COUNT = 4 };

struct rig {
	struct lab lab;
	struct xsk tx, rx;
	struct xdp tx_xdp, rx_xdp;
	struct xdp generate;     /* of the kernel source, into the end tx */
	enum napi napi;          /* of the end rx, as it came to be */
	struct packet_form form; /* from the end tx to the end rx */
	struct packet_form back; /* and the other way */
};

/*
 * Builds all of it as planned, with the given things at the ends. Returns 0, or
 * STATUS_FAILED after saying what was refused; nothing is left then.
 */
MUST_CHECK int rig_open(struct rig *r, const struct plan *p, unsigned int tx,
			unsigned int rx, const struct diag *d) NONNULL(1, 2, 5);
void rig_close(struct rig *r) NONNULL(1);

#endif
