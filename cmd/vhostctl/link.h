/* SPDX-License-Identifier: GPL-2.0-or-later */
/* link.h - a front-end and a back-end with us between them. */
#ifndef VHOSTCTL_LINK_H
#define VHOSTCTL_LINK_H

#include "relay.h"
#include "tap.h"

#include <poll.h>

struct link;

/* What is told of a link; at most once a message, after it was sent on. */
typedef void link_teller(struct link *l, const struct sighting *s);

enum { LINK_CHANNELS = 16 };

/* Those of the i-th channel are at CHANNEL_TO_FRONTEND + 2 * i and one later. */
enum {
	TO_BACKEND,
	TO_FRONTEND,
	CHANNEL_TO_FRONTEND,
	CHANNEL_TO_BACKEND,
	LINK_RELAYS = CHANNEL_TO_FRONTEND + 2 * LINK_CHANNELS
};

/*
 * Two sockets and, from SET_BACKEND_REQ_FD on, two ends of the back-end's own channel:
 * its fd is taken from that message and a socket pair of ours put in its place. One that
 * a later message replaces goes on until somebody closes it. Where all places are taken
 * by such, the fd goes on as it is: nothing is lost but from the record, which says so.
 */
struct link {
	uint64_t number;
	struct watch watch;
	struct tap *tap; /* owned, NULL: the rings are not looked at */
	int front, back; /* owned */
	struct link_channel {
		int front, back; /* owned, -1: not there */
	} channels[LINK_CHANNELS];
	bool untraced;                     /* the channel of the message at hand */
	struct relay *relays[LINK_RELAYS]; /* NULL: not there */
	enum relay_wants wants[LINK_RELAYS];
	int first; /* TO_BACKEND or TO_FRONTEND: whose turn it is to say something */
	bool over;
	int err;         /* that ended it: -errno, 0 for a close */
	bool by_backend; /* that closed first */
	link_teller *tell;
	void *arg;
};

/* Takes both sockets, which are closed in any case. NULL where memory is out. */
struct link *link_new(int front, int back, link_teller *tell, void *arg);
void link_free(struct link *l);

/* Has l->tap follow the rings from now on. False where memory is out. */
bool link_tap(struct link *l) NONNULL(1);

/* What to wait for: fills in at most LINK_RELAYS entries; returns how many. */
size_t link_poll(const struct link *l, struct pollfd *p) NONNULL(1, 2);

/* Moves what is there in all directions. l->over is set when the connection is. */
void link_move(struct link *l) NONNULL(1);

/* Before it is freed, over or not: what there is of messages that are not whole is told.
 */
void link_end(struct link *l) NONNULL(1);

#endif
