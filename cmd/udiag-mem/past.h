/* SPDX-License-Identifier: GPL-2.0-or-later */
/* past.h - what each socket or group held in the last sample. */
#ifndef UDIAG_MEM_PAST_H
#define UDIAG_MEM_PAST_H

#include "util.h"

struct past {
	struct past_item {
		uint64_t key, bytes;
	} * last, *now;
	size_t nlast, nnow, cap_last, cap_now;
	bool begun; /* there was a sample before this one */
};

/* What it held before; what was not there held nothing. Absent in the first sample. */
struct opt_i64 past_change(const struct past *p, uint64_t key, uint64_t bytes) NONNULL(1);

/* Notes what it holds now. Returns 0 or -ENOMEM. */
MUST_CHECK int past_note(struct past *p, uint64_t key, uint64_t bytes) NONNULL(1);

/* Ends a sample: now becomes last. */
void past_turn(struct past *p) NONNULL(1);
void past_free(struct past *p) NONNULL(1);

#endif
