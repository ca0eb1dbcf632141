/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tap.h - the queues between a front-end and a back-end, looked at through the memory
 * that they share. Nothing is written to it. */
#ifndef VHOSTCTL_TAP_H
#define VHOSTCTL_TAP_H

#include "vq.h"
#include "watch.h"

enum {
	TAP_RINGS = 256, /* a ring's number has 8 bits in SET_VRING_KICK */
	/* How often indices are looked at: these of 16 bits may not come round unseen,
	 * nor may packed rings, that have none. */
	TAP_LOOK_NS = 4000000,
	TAP_LOOK_MIN_NS = 100000,
};

/* One ring, from its start to its stop. */
struct tap_ring {
	struct vq q;
	uint32_t base;
	int kick, call; /* ours, -1: none */
	bool started, enabled;
	bool ended;           /* by the last message: report it, then tap_stop */
	uint16_t avail, used; /* indices of a split ring as last seen */
	uint32_t place, mark; /* of a packed one: the driver's, the device's last */
	uint64_t made, given; /* made available, and used, since the start */
	uint64_t ahead;       /* packed: in flight at the start */
	uint64_t moved_ns;    /* when the device has last done something */
	uint64_t fastest;     /* made or given in TAP_LOOK_NS of late */
	uint64_t sure_ns, sure_made; /* since the last report: looked at often enough */
	bool unsure, lost;           /* it may have come round: since then, ever */
	struct opt_u64 told_given;   /* absent: not known then */
	uint64_t told_made, told_ns, looked_ns;
};

/* All of one connection. */
struct tap {
	struct guest guest;
	uint64_t features, protocol;
	uint64_t looked_ns, pause_ns; /* the last look, and how long until the next */
	size_t nrings;                /* those beyond were never started */
	struct tap_ring rings[TAP_RINGS];
};

/* NULL where memory is out. */
struct tap *tap_new(void);
void tap_free(struct tap *t);

/* Whether tap_message should look at it at once, as long as its fds are open. */
bool tap_heeds(const struct sighting *s) NONNULL(1);

/*
 * Follows a message (s->kept has its fds, which stay the caller's) that was sent on.
 * What can't be looked at is noted in e. Whether rings have `ended` by it.
 */
bool tap_message(struct tap *t, const struct sighting *s, struct event *e)
	NONNULL(1, 2, 3);
void tap_stop(struct tap *t, size_t index) NONNULL(1);

/* Looks at all rings: t->pause_ns later it is to be called again, while tap_runs. */
bool tap_runs(const struct tap *t) NONNULL(1);
void tap_look(struct tap *t, uint64_t now_ns) NONNULL(1);

/* The state of a ring, and what has changed since its last report. */
struct tap_state {
	const char *layout; /* split or packed */
	const char *unit;   /* of the counts: buffers, or descriptors of a packed ring */
	uint64_t index, size;
	bool enabled;
	struct opt_u64 available, used, in_flight; /* absent: not known */
	/* Where the count is not: it is not less. */
	struct opt_u64 available_at_least, used_at_least;
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
