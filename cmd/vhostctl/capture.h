/* SPDX-License-Identifier: GPL-2.0-or-later */
/* capture.h - conversations as lines of text: what trace -w writes. Pure, no I/O. */
#ifndef VHOSTCTL_CAPTURE_H
#define VHOSTCTL_CAPTURE_H

#include "watch.h"

/* The first line of a file. */
#define CAPTURE_HEAD "# vhostctl trace 1"

/* One line: a message, a connection's beginning or end, or that lines are missing. */
struct captured {
	enum event_kind kind; /* EVENT_REQUEST for every message */
	uint64_t time_ns;     /* since 1970 */
	uint64_t conn;
	uint64_t lines; /* EVENT_LOST: how many are missing here */
	bool timed;     /* false: a line of hex alone, which has neither time nor conn */
	struct sighting seen;
	struct fd_info fds[WATCH_FDS];
	struct buf bytes; /* owned; reused from line to line */
};

/* Appends the line for c, with its newline. */
void capture_put(struct buf *b, const struct captured *c) NONNULL(1, 2);

/*
 * Reads a line of n bytes without its newline: one that capture_put wrote, or any number
 * of messages in hex. Returns 1, 0 for a comment or an empty line, or -EINVAL. c keeps
 * its buffer; end with capture_free.
 */
MUST_CHECK int capture_parse(struct captured *c, const char *line, size_t n)
	NONNULL(1, 2);

void capture_free(struct captured *c) NONNULL(1);

#endif
