/* SPDX-License-Identifier: GPL-2.0-or-later */
/* outbox.h - what a back-end has to say: bytes in parts, with pauses and fds. */
#ifndef VHOSTCTL_OUTBOX_H
#define VHOSTCTL_OUTBOX_H

#include "buf.h"
#include "conn.h"

enum { OUTBOX_PARTS = 160, OUTBOX_FDS = 253 };

/* Bytes that begin at `at`, pause_ns after those before went out, and fds with the first
 * of them, from number `fds` on. */
struct outbox_part {
	size_t at, fds;
	uint64_t pause_ns;
};

/* Zeroed is empty. What goes out next: nothing more is read until it has gone. */
struct outbox {
	struct buf bytes; /* to be added to by the user */
	size_t done;
	struct outbox_part parts[OUTBOX_PARTS]; /* beyond the first */
	size_t nparts, begun;
	int fds[OUTBOX_FDS]; /* owned; those before `sent` are gone */
	size_t nfds, sent;
	uint64_t not_before_ns; /* of CLOCK_MONOTONIC */
	bool slow, close;       /* a byte at a time; the connection ends afterwards */
};

/* What is added from now on is a part of its own. There is room for OUTBOX_PARTS. */
void outbox_part(struct outbox *o, uint64_t pause_ns) NONNULL(1);

/* Takes fd, which goes with the first byte of the part at hand. */
void outbox_add_fd(struct outbox *o, int fd) NONNULL(1);

/* Whether something has not gone yet. */
bool outbox_waits(const struct outbox *o) NONNULL(1);

/* How long it has to wait before it may go, in ns. */
uint64_t outbox_pause(const struct outbox *o, uint64_t now_ns) NONNULL(1);

/* Sends what can be sent now. CONN_DONE: nothing waits any more; CONN_RETRY: it does. */
MUST_CHECK enum conn_end outbox_flush(struct outbox *o, struct conn *c) NONNULL(1, 2);

/* Forgets all of it; `close` stays. */
void outbox_drop(struct outbox *o) NONNULL(1);

#endif
