/* SPDX-License-Identifier: GPL-2.0-or-later */
/* trial.h - what this kernel can do, by doing it in the lab. */
#ifndef XSKBENCH_TRIAL_H
#define XSKBENCH_TRIAL_H

#include "diag.h"

/* What can't be tried for want of privileges is unknown. */
struct trial {
	struct opt_bool native_xdp, generic_xdp, need_wakeup, unaligned, frags,
		shared_umem, busy_poll, tx_budget, tx_metadata, napi_threads, live_frames,
		zero_copy;
	struct opt_u64 native_mtu; /* the largest that a program without frags allows */
};

/* All of it unknown: nothing has been tried. */
void trial_none(struct trial *t) NONNULL(1);

/* Builds a lab of its own for it, in which the kernel is to make so many packets of
 * `size` bytes. Returns 0, or STATUS_FAILED after saying why. */
MUST_CHECK int trial_run(struct trial *t, uint32_t size, uint32_t packets,
			 const struct diag *d) NONNULL(1, 4);

#endif
