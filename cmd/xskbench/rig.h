/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rig.h - the lab with a sending socket at one end and a receiving one at the other. */
#ifndef XSKBENCH_RIG_H
#define XSKBENCH_RIG_H

#include "lab.h"
#include "options.h"
#include "packet.h"

struct rig {
	struct lab lab;
	struct xsk tx, rx;
	struct xdp xdp;
	enum napi napi;          /* as it came to be */
	struct packet_form form; /* from one end to the other */
};

/*
 * Builds all of it as planned. Returns 0, or STATUS_FAILED after saying what was refused;
 * nothing is left then.
 */
MUST_CHECK int rig_open(struct rig *r, const struct plan *p, const struct diag *d)
	NONNULL(1, 2, 3);
void rig_close(struct rig *r) NONNULL(1);

#endif
