/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tap_state.c - the queues between two others: what they do. */
#include "tap.h"

#include <poll.h>

/* The most that a queue is believed to do when nothing is known: buffers a second. */
static const uint64_t PACE_MAX = 2000000;
static const uint64_t SECOND = 1000000000;

bool tap_runs(const struct tap *t)
{
	for (size_t i = 0; i < TAP_RINGS; i++)
		if (t->rings[i].started)
			return true;
	return false;
}

/* Whether an index of 16 bits may have come round in this time. */
static bool may_wrap(const struct tap_ring *r, uint64_t gap_ns)
{
	uint64_t pace = MAX(4 * r->fastest * (SECOND / TAP_LOOK_NS), PACE_MAX);

	return gap_ns > UINT16_MAX * SECOND / pace;
}

static void look_split(struct tap_ring *r, uint64_t gap_ns, uint64_t now_ns)
{
	/* Used first: what is used was available before. */
	uint16_t used = __atomic_load_n(&r->q.used->idx, __ATOMIC_ACQUIRE);
	uint16_t avail = __atomic_load_n(&r->q.avail->idx, __ATOMIC_ACQUIRE);
	uint16_t made = (uint16_t)(avail - r->avail), given = (uint16_t)(used - r->used);

	if (made || given)
		r->unsure |= may_wrap(r, gap_ns);
	r->made += made;
	r->given += given;
	r->avail = avail;
	r->used = used;
	if (given || avail == used)
		r->moved_ns = now_ns;
	/* As if it had been as long as it should be. */
	r->fastest = MAX(r->fastest, (uint64_t)MAX(made, given) * TAP_LOOK_NS /
					     MAX(gap_ns, (uint64_t)TAP_LOOK_NS));
}

/* No index tells how far a packed ring is: only whether it has changed. */
static void look_packed(struct tap_ring *r, uint64_t now_ns)
{
	const volatile struct vring_packed_desc *d = r->q.ring;
	uint64_t hash = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < r->q.size; i++) {
		hash = (hash ^ d[i].id) * UINT64_C(1099511628211);
		hash = (hash ^ d[i].flags) * UINT64_C(1099511628211);
	}
	if (hash != r->trace)
		r->moved_ns = now_ns;
	r->trace = hash;
}

void tap_look(struct tap *t, uint64_t now_ns)
{
	uint64_t gap = t->looked_ns ? now_ns - t->looked_ns : 0;

	for (size_t i = 0; i < TAP_RINGS; i++) {
		struct tap_ring *r = &t->rings[i];

		if (r->started && !r->q.packed && vq_mapped(&r->q))
			look_split(r, gap, now_ns);
		r->unsure |= t->guest.lost;
	}
	t->looked_ns = now_ns;
}

static struct value waits(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return fd < 0 ? value_none(false)
		      : value_bool(poll(&p, 1, 0) > 0 && p.revents & POLLIN);
}

/* Whether the device gives each buffer back as soon as it can, and keeps none for later:
 * virtio 1.3, 5. */
static bool answers_all(const struct kind *kind, size_t index)
{
	static const char *const each[] = { "blk", "fs", "crypto", "rng", "i2c" };

	if (!kind)
		return false;
	for (size_t i = 0; i < COUNT(each); i++)
		if (!strcmp(kind->name, each[i]))
			return true;
	return (!strcmp(kind->name, "net") && index % 2) ||
	       (!strcmp(kind->name, "scsi") && index != 1);
}

static void count(struct tap_ring *r, uint64_t now_ns, struct tap_state *st)
{
	uint64_t ns = MAX(now_ns - r->told_ns, UINT64_C(1));

	if (!r->lost && !r->unsure) {
		st->available = some_u64(r->made);
		st->used = some_u64(r->given);
	}
	if (!r->unsure) {
		st->available_per_s = some_u64(
			(uint64_t)((double)(r->made - r->told_made) * 1e9 / (double)ns));
		st->used_per_s = some_u64((uint64_t)((double)(r->given - r->told_given) *
						     1e9 / (double)ns));
	}
	st->in_flight = some_u64((uint16_t)(r->avail - r->used));
	if (st->in_flight.v)
		st->still_ns = some_u64(now_ns - r->moved_ns);
}

static void note_split(const struct tap_ring *r, const struct kind *kind, uint64_t ns,
		       const struct tap_state *st, struct event *e)
{
	uint64_t n = st->in_flight.v;

	if (r->unsure || r->lost)
		event_note(e, "looked at too seldom to be counted%s",
			   r->unsure ? "" : " from its start");
	if (n > r->q.size) {
		event_note(e, n > UINT16_MAX / 2 ? "more was used than was available"
						 : "more is in flight than has entries");
		return;
	}
	if (!n || st->still_ns.v < ns || !answers_all(kind, st->index))
		return;
	event_note(e, "stuck: %u in flight; %s", (unsigned int)n,
		   !r->enabled ? "it is not enabled"
		   : st->kick_waits.kind == VALUE_BOOL && st->kick_waits.b
			   ? "the back-end does not read its kick"
			   : "the back-end gives nothing back");
}

bool tap_report(struct tap *t, size_t index, const struct kind *kind, uint64_t now_ns,
		struct tap_state *st, struct event *e)
{
	struct tap_ring *r = &t->rings[index];
	uint64_t ns = now_ns - r->told_ns;

	if (!r->started)
		return false;
	*st = (struct tap_state){ .layout = r->q.packed ? "packed" : "split",
				  .index = index,
				  .size = r->q.size,
				  .enabled = r->enabled,
				  .kick_waits = waits(r->kick),
				  .call_waits = waits(r->call) };
	if (t->guest.lost) {
		event_note(e, "its memory was cut off");
	} else if (!vq_mapped(&r->q)) {
		event_note(e, "its addresses are in no memory that was shared");
	} else if (r->q.packed) {
		look_packed(r, now_ns);
		st->still_ns = some_u64(now_ns - r->moved_ns);
	} else {
		count(r, now_ns, st);
		note_split(r, kind, ns, st, e);
	}
	r->told_ns = now_ns;
	r->told_made = r->made;
	r->told_given = r->given;
	r->fastest = 0;
	r->lost |= r->unsure;
	r->unsure = false;
	return true;
}

static struct value optional(struct opt_u64 v, uint8_t show)
{
	struct value value = v.has ? value_u64(v.v) : value_none(true);

	value.show = show;
	return value;
}

void tap_emit(struct tree *t, const void *state)
{
	const struct tap_state *st = state;

	tree_object(t, NULL);
	tree_value(t, "index", value_u64(st->index));
	tree_value(t, "layout", value_str(st->layout));
	tree_value(t, "size", value_u64(st->size));
	tree_value(t, "enabled", value_bool(st->enabled));
	tree_value(t, "available", optional(st->available, 0));
	tree_value(t, "used", optional(st->used, 0));
	tree_value(t, "in_flight", optional(st->in_flight, 0));
	tree_value(t, "available_per_s", optional(st->available_per_s, 0));
	tree_value(t, "used_per_s", optional(st->used_per_s, 0));
	tree_value(t, "still_ns", optional(st->still_ns, NANO));
	tree_value(t, "kick_waits", st->kick_waits);
	tree_value(t, "call_waits", st->call_waits);
	tree_end(t);
}
