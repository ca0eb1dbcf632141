/* SPDX-License-Identifier: GPL-2.0-or-later */
/* relay.h - one direction of a connection: bytes and fds go through as they come. */
#ifndef VHOSTCTL_RELAY_H
#define VHOSTCTL_RELAY_H

#include "watch.h"

enum {
	RELAY_KEPT = MSG_HEADER + MSG_BODY_MAX,
	RELAY_SPARE = 1 << 16,
	RELAY_FDS = 253, /* SCM_MAX_FD: more never come in one go */
};

/*
 * A message is read to its end, as far as it is there, and sent on in one go with its
 * fds on its first byte, or where they came later; what is there of a message that pauses
 * in the middle goes on at once. Nothing is judged: any bytes pass. One that is there
 * whole, alone and without fds is sent on before it is taken from the socket (strace
 * shows it twice, with MSG_PEEK first).
 */
struct relay {
	int from, to; /* not owned */
	enum channel channel;
	bool from_backend;

	uint64_t seen;          /* bytes received of the present message */
	uint64_t sent;          /* of those, bytes sent on */
	size_t untaken;         /* of those, bytes that are still in the socket too */
	uint64_t at_ns;         /* when its last byte came */
	size_t spare_sent;      /* of what is in spare */
	uint64_t lost;          /* bytes that had no room in kept */
	int fds[2 * RELAY_FDS]; /* came, and not sent on yet */
	size_t nfds;
	/* Fds came in the middle: what was seen before them goes with these alone. */
	uint64_t cut; /* 0: they did not */
	size_t before_cut;
	struct fd_info info[WATCH_FDS]; /* of those that were sent on */
	size_t ninfo, more_fds;
	bool keeps;              /* the fds of info stay open until it was told */
	int kept_fds[WATCH_FDS]; /* ninfo of them, with keeps */
	bool replaced;           /* `replace` was called for this message */
	bool ended;              /* the sender has closed */
	int err;                 /* -errno that ended it */
	uint8_t kept[RELAY_KEPT], spare[RELAY_SPARE];

	/* Told of each message after it was sent on, and of what was left at the end. */
	void (*message)(struct relay *r, const struct sighting *s);
	/* May put another fd in place of the first one before a whole message's fds go
	 * out: it then owns the old one. NULL for none. */
	void (*replace)(struct relay *r, uint32_t request, int *fd);
	void *arg;
};

enum relay_wants { RELAY_READ, RELAY_WRITE, RELAY_END };

/* Moves what can be moved without waiting; what it then waits for. After RELAY_READ there
 * may be more to read at once. */
enum relay_wants relay_move(struct relay *r) NONNULL(1);

/* The connection is over, whoever ended it: what is there of a message is told of. */
void relay_end(struct relay *r) NONNULL(1);

/* Closes the fds that are still open. */
void relay_drop(struct relay *r) NONNULL(1);

#endif
