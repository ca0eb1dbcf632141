/* SPDX-License-Identifier: GPL-2.0-or-later */
/* event.c - a message as a record: what send, trace and decode print. Pure. */
#include "event.h"

#include <stdarg.h>
#include <stdio.h>

static const struct name kinds[] = {
	{ EVENT_OPEN, "open" },   { EVENT_REQUEST, "request" },
	{ EVENT_REPLY, "reply" }, { EVENT_BROKEN, "broken" },
	{ EVENT_CLOSE, "close" }, { EVENT_RING, "ring" },
	{ EVENT_LOST, "lost" },
};
static const struct names kind_names = NAMES(kinds);

static const struct field fields[] = {
	FIELD(event, time, TIME, "when it was seen"),
	FIELD(event, at_ns, SHOW | NANO, "time since the beginning", .head = "AT"),
	FIELD(event, conn, SHOW, "connection, counted from 1"),
	FIELD(event, channel, SHOW,
	      "main, or back-end: the one that the back-end asks on"),
	FIELD(event, from, SHOW, "who sent it"),
	FIELD(event, kind, SHOW,
	      "request, reply, broken (not a whole message), the connection's open and "
	      "close, a ring's state, or lost: records are missing",
	      .names = &kind_names),
	FIELD(event, request, SHOW, "the request, or what is replied to, by name"),
	FIELD(event, number, 0, "the same as a number"),
	FIELD(event, flags, HEX, "header flags: version 0x3, reply 0x4, need_reply 0x8"),
	FIELD(event, size_bytes, SHOW, "size of the payload, as the header has it",
	      .head = "SIZE"),
	FIELD(event, latency_ns, SHOW | NANO, "time from request to reply",
	      .head = "LATENCY"),
	FIELD(event, note, SHOW, "what is wrong or worth knowing"),
	FIELD(event, fds, SHOW, "file descriptors that came with it"),
	FIELD(event, payload, SHOW, "the payload, decoded; of a ring, its state"),
	FIELD(event, bytes, HEX, "header and payload as they were sent, 64 KiB at most"),
};

const struct record event_record = RECORD("vhostctl_message", fields);

void event_note(struct event *e, const char *fmt, ...)
{
	size_t n = strlen(e->notes);
	va_list args;

	if (n && n + 3 < sizeof(e->notes)) {
		memcpy(e->notes + n, "; ", 3);
		n += 2;
	}
	va_start(args, fmt);
	vsnprintf(e->notes + n, sizeof(e->notes) - n, fmt, args);
	va_end(args);
	e->note = e->notes;
}
