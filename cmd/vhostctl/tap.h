/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tap.h - the queues between a front-end and a back-end, looked at through the memory
 * that they share. Nothing is written to it. */
#ifndef VHOSTCTL_TAP_H
#define VHOSTCTL_TAP_H

#include "vq.h"
#include "watch.h"

enum {
	TAP_RINGS = 256, /* a ring's number has 8 bits in SET_VRING_KICK */
	TAP_LOOK_NS =
		4000000, /* its indices have 16 bits: they may not come round unseen */
};

/* One ring, from its start to its stop. */
struct tap_ring {
	struct vq q;
	uint32_t base;
	int kick, call; /* ours, -1: none */
	bool started, enabled;
	uint16_t avail, used; /* indices of a split ring as last seen */
	uint64_t made, given; /* buffers made available, and used, since the start */
	uint64_t trace;       /* packed: a hash over what was last seen */
	uint64_t moved_ns;    /* when the device has last done something */
	uint64_t fastest;     /* buffers in one look since the last report */
	bool unsure, lost;    /* the indices may have come round: since then, ever */
	uint64_t told_made, told_given, told_ns;
};

/* All of one connection. */
struct tap {
	struct guest guest;
	uint64_t features, looked_ns;
	struct tap_ring rings[TAP_RINGS];
};

/* NULL where memory is out. */
struct tap *tap_new(void);
void tap_free(struct tap *t);

/*
 * Follows a message (s->kept has its fds, which stay the caller's) that was sent on.
 * What can't be looked at is noted in e. Returns the ring that it ends, else -1: report
 * it, then tap_stop.
 */
int tap_message(struct tap *t, const struct sighting *s, struct event *e)
	NONNULL(1, 2, 3);
void tap_stop(struct tap *t, size_t index) NONNULL(1);

/* To be called every TAP_LOOK_NS while tap_runs. */
bool tap_runs(const struct tap *t) NONNULL(1);
void tap_look(struct tap *t, uint64_t now_ns) NONNULL(1);

/* The state of a ring, and what has changed since its last report. */
struct tap_state {
	const char *layout; /* split or packed */
	uint64_t index, size;
	bool enabled;
	struct opt_u64 available, used, in_flight; /* absent: no index tells */
	struct opt_u64 available_per_s, used_per_s;
	struct opt_u64 still_ns; /* something is in flight, and nothing was used */
	struct value kick_waits, call_waits; /* an eventfd that nobody has read yet */
};

/* Fills in st, and notes in e what is wrong: kind is the device's, NULL for not known.
 * False where the ring does not run. */
bool tap_report(struct tap *t, size_t index, const struct kind *kind, uint64_t now_ns,
		struct tap_state *st, struct event *e) NONNULL(1, 5, 6);

/* Writes a struct tap_state. The form of struct nest's emit. */
void tap_emit(struct tree *t, const void *state) NONNULL(1, 2);

#endif
