/* SPDX-License-Identifier: GPL-2.0-or-later */
/* event.h - a message as a record: what send, trace and decode print. Pure. */
#ifndef VHOSTCTL_EVENT_H
#define VHOSTCTL_EVENT_H

#include "fd.h"
#include "msg.h"
#include "payload.h"
#include "rec.h"

enum event_kind {
	EVENT_OPEN,
	EVENT_REQUEST,
	EVENT_REPLY,
	EVENT_BROKEN,
	EVENT_CLOSE,
	EVENT_RING,
	EVENT_LOST
};

enum { EVENT_NOTES = 512 };

struct event {
	uint8_t kind; /* enum event_kind */
	struct opt_u64 time, at_ns;
	struct opt_u64 conn;
	const char *from, *channel;
	const char *request;
	struct opt_u64 number, flags, size_bytes;
	struct nest payload, fds;
	struct opt_u64 latency_ns;
	const char *note;
	struct bytes bytes;

	/* What the members above look at. */
	struct payload_view view;
	struct fd_list fd_list;
	char name[16], notes[EVENT_NOTES];
};

extern const struct record event_record;

/* Adds a sentence to the notes of e, as far as they have room. */
void event_note(struct event *e, const char *fmt, ...) PRINTF(2, 3) NONNULL(1, 2);

#endif
