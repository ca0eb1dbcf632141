/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xsk_refused.h - what it means when an AF_XDP socket can't be had. */
#ifndef XSKBENCH_XSK_REFUSED_H
#define XSKBENCH_XSK_REFUSED_H

#include "xsk.h"

/* Says why the step failed with err (-errno) and what to do. Returns STATUS_FAILED. */
int xsk_refused(const struct diag *d, enum xsk_step step, int err,
		const struct xsk_place *place, const struct xsk_config *config)
	NONNULL(1, 4, 5);

#endif
