/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tap_state.c - the queues between two others: what they do. */
#include "tap.h"

#include "tap_packed.h"

#include <poll.h>

static const uint64_t SECOND = 1000000000;
enum { LOOKS = 100 };

/* Made or given in a second, at the most: what is believed of a queue of which nothing is
 * known, and some more than what was seen. */
static uint64_t pace(const struct tap_ring *r)
{
	return MAX(4 * r->fastest * (SECOND / TAP_LOOK_NS),
		   r->q.packed ? UINT64_C(500000) : UINT64_C(2000000));
}

/* So many later an index, or a place, is the same again. */
static uint64_t span(const struct tap_ring *r)
{
	return r->q.packed ? 2 * r->q.size : UINT16_MAX;
}

bool tap_runs(const struct tap *t)
{
	for (size_t i = 0; i < t->nrings; i++)
		if (t->rings[i].started)
			return true;
	return false;
}

static void look_split(struct tap_ring *r, uint64_t *made, uint64_t *given)
{
	uint16_t used, avail;
	int tries = LOOKS;

	/* Used first: what is used was available before. More in flight than has room may
	 * be an index that is written byte by byte just now. */
	do {
		used = __atomic_load_n(&r->q.used->idx, __ATOMIC_ACQUIRE);
		avail = __atomic_load_n(&r->q.avail->idx, __ATOMIC_ACQUIRE);
	} while ((uint16_t)(avail - used) > r->q.size && --tries);
	*made = (uint16_t)(avail - r->avail);
	*given = (uint16_t)(used - r->used);
	r->given += *given;
	r->avail = avail;
	r->used = used;
}

/* How many of the descriptors that were made available are still in the ring. */
static uint32_t in_ring(const struct tap_ring *r)
{
	return (uint32_t)MIN(r->made + r->ahead, (uint64_t)r->q.size);
}

/* What a driver has half written may lead too far: the next try tells, or the next look.
 */
static void look_packed(struct tap_ring *r, uint64_t *made, uint64_t *given)
{
	uint32_t round = 2U * r->q.size, next, back;
	int tries = 3;

	do {
		next = packed_next(&r->q);
		*made = (next + round - r->place) % round;
	} while (*made > r->q.size && --tries);
	if (*made > r->q.size) {
		r->unsure = true;
		*made = *given = 0;
		return;
	}
	r->place = next;
	back = packed_mark(&r->q, next,
			   (uint32_t)MIN(in_ring(r) + *made, (uint64_t)r->q.size));
	back = back ? (next + round - back) % round : UINT32_MAX;
	*given = back != r->mark;
	r->mark = back;
}

static void look_at(struct tap_ring *r, uint64_t pause_ns, uint64_t now_ns)
{
	uint64_t gap = now_ns - r->looked_ns, made, given;
	bool sure;

	if (r->q.packed)
		look_packed(r, &made, &given);
	else
		look_split(r, &made, &given);
	r->made += made;
	if (given || (!r->q.packed && r->avail == r->used))
		r->moved_ns = now_ns;
	/* As if it had been as long as it should be. */
	r->fastest = MAX(r->fastest, MAX(made, given) * TAP_LOOK_NS / MAX(gap, pause_ns));
	sure = gap <= span(r) * SECOND / pace(r);
	r->sure_ns += sure ? gap : 0;
	r->sure_made += sure ? made : 0;
	if (made || given)
		r->unsure |= !sure;
	r->looked_ns = now_ns;
}

void tap_look(struct tap *t, uint64_t now_ns)
{
	uint64_t pause = TAP_LOOK_NS;

	for (size_t i = 0; i < t->nrings; i++) {
		struct tap_ring *r = &t->rings[i];

		if (!r->started)
			continue;
		r->unsure |= t->guest.lost;
		if (!vq_mapped(&r->q))
			continue;
		look_at(r, MAX(t->pause_ns, (uint64_t)TAP_LOOK_MIN_NS), now_ns);
		pause = MIN(pause, span(r) * SECOND / (2 * pace(r)));
	}
	t->looked_ns = now_ns;
	t->pause_ns = MAX(pause, (uint64_t)TAP_LOOK_MIN_NS);
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

static void count_split(struct tap_ring *r, struct tap_state *st, uint64_t *least)
{
	st->used_at_least = some_u64(r->given);
	*least = (uint16_t)(r->avail - r->used);
	st->in_flight = some_u64(*least);
	st->used = some_u64(r->given);
}

static void count_packed(struct tap_ring *r, struct tap_state *st, uint64_t *least)
{
	uint32_t low, high;

	packed_flying(&r->q, r->place, in_ring(r), &low, &high);
	*least = low;
	st->used_at_least = some_u64(r->made + r->ahead - high);
	if (low != high)
		return;
	st->in_flight = some_u64(low);
	st->used = some_u64(r->made + r->ahead - low);
}

static struct opt_u64 per_s(struct opt_u64 now, struct opt_u64 before, uint64_t ns)
{
	double n = (double)now.v - (double)before.v;

	if (!now.has || !before.has || n < 0)
		return (struct opt_u64){ 0 };
	return some_u64((uint64_t)(n * 1e9 / (double)MAX(ns, UINT64_C(1))));
}

/* What is not known for sure is told as what is. */
static void keep_known(const struct tap_ring *r, struct tap_state *st, uint64_t ns)
{
	bool counted = !r->lost && !r->unsure;

	if (!counted)
		st->available = st->used = (struct opt_u64){ 0 };
	if (st->used.has)
		st->used_at_least = (struct opt_u64){ 0 };
	if (!counted)
		st->available_at_least = some_u64(r->made);
	if (r->unsure && r->sure_ns >= ns / 10)
		st->available_per_s =
			per_s(some_u64(r->sure_made), some_u64(0), r->sure_ns);
}

static void count(struct tap_ring *r, uint64_t now_ns, struct tap_state *st,
		  uint64_t *least)
{
	uint64_t ns = now_ns - r->told_ns;
	struct opt_u64 used;

	if (r->q.packed)
		count_packed(r, st, least);
	else
		count_split(r, st, least);
	st->available = some_u64(r->made);
	used = st->used;
	if (!r->unsure) {
		st->available_per_s = per_s(st->available, some_u64(r->told_made), ns);
		st->used_per_s = per_s(used, r->told_given, ns);
	}
	keep_known(r, st, ns);
	if (r->q.packed && st->in_flight.has && !*least)
		r->moved_ns = now_ns;
	if (*least)
		st->still_ns = some_u64(now_ns - r->moved_ns);
	r->told_given = used;
}

static void note_ring(const struct tap_ring *r, const struct kind *kind, uint64_t ns,
		      const struct tap_state *st, uint64_t n, struct event *e)
{
	if (r->unsure && st->available_per_s.has)
		event_note(e,
			   "looked at too seldom to be counted; the rate is of %u %% of "
			   "the time",
			   (unsigned int)(r->sure_ns * 100 / MAX(ns, UINT64_C(1))));
	else if (r->unsure || r->lost)
		event_note(e, "looked at too seldom to be counted%s",
			   r->unsure ? "" : " from its start");
	if (n > r->q.size) {
		event_note(e, n > UINT16_MAX / 2 ? "more was used than was available"
						 : "more is in flight than has entries");
		return;
	}
	if (!n || st->still_ns.v < ns || !answers_all(kind, st->index))
		return;
	event_note(e, "stuck: %u%s in flight; %s", (unsigned int)n,
		   !r->q.packed        ? ""
		   : st->in_flight.has ? " descriptors"
				       : " descriptors or more",
		   !r->enabled ? "it is not enabled"
		   : st->kick_waits.kind == VALUE_BOOL && st->kick_waits.b
			   ? "the back-end does not read its kick"
			   : "the back-end gives nothing back");
}

bool tap_report(struct tap *t, size_t index, const struct kind *kind, uint64_t now_ns,
		struct tap_state *st, struct event *e)
{
	struct tap_ring *r = &t->rings[index];
	uint64_t ns = now_ns - r->told_ns, least = 0;

	if (!r->started)
		return false;
	*st = (struct tap_state){ .layout = r->q.packed ? "packed" : "split",
				  .unit = r->q.packed ? "descriptors" : "buffers",
				  .index = index,
				  .size = r->q.size,
				  .enabled = r->enabled,
				  .kick_waits = waits(r->kick),
				  .call_waits = waits(r->call) };
	if (t->guest.lost) {
		event_note(e, "its memory was cut off");
	} else if (!r->q.size) {
		event_note(e, "its size was not set");
	} else if (!vq_mapped(&r->q)) {
		event_note(e, "its addresses are in no memory that was shared");
	} else {
		count(r, now_ns, st, &least);
		note_ring(r, kind, ns, st, least, e);
	}
	r->told_ns = now_ns;
	r->told_made = r->made;
	r->fastest /= 2;
	r->sure_ns = r->sure_made = 0;
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
	tree_value(t, "unit", value_str(st->unit));
	tree_value(t, "enabled", value_bool(st->enabled));
	tree_value(t, "available", optional(st->available, 0));
	tree_value(t, "used", optional(st->used, 0));
	tree_value(t, "available_at_least", optional(st->available_at_least, 0));
	tree_value(t, "used_at_least", optional(st->used_at_least, 0));
	tree_value(t, "in_flight", optional(st->in_flight, 0));
	tree_value(t, "available_per_s", optional(st->available_per_s, 0));
	tree_value(t, "used_per_s", optional(st->used_per_s, 0));
	tree_value(t, "still_ns", optional(st->still_ns, NANO));
	tree_value(t, "kick_waits", st->kick_waits);
	tree_value(t, "call_waits", st->call_waits);
	tree_end(t);
}
