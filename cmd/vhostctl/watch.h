/* SPDX-License-Identifier: GPL-2.0-or-later */
/* watch.h - a conversation followed message by message: what each means, and what is
 * wrong with it. Pure: no I/O. */
#ifndef VHOSTCTL_WATCH_H
#define VHOSTCTL_WATCH_H

#include "event.h"

enum channel { CHANNEL_MAIN, CHANNEL_BACKEND };

enum { WATCH_PENDING = 1024, WATCH_FDS = 16 };

/* A request without its reply. */
struct pending {
	uint32_t request;
	uint64_t at_ns;
};

/* What is known of one connection. Zeroed but for slow_ns is its beginning. */
struct watch {
	uint64_t slow_ns;            /* replies that took longer are noted; 0: none */
	uint64_t features, protocol; /* offered, where seen */
	uint64_t features_on, protocol_on;
	const struct kind *kind;
	bool features_seen, protocol_seen, protocol_set, memory, warned;
	bool postcopy; /* memory that is shared is answered by where it lies */
	struct {
		struct pending v[WATCH_PENDING];
		size_t n;
		uint64_t forgotten; /* older ones that had no room */
	} pending[2];               /* by channel */
};

/* A message as somebody saw it. */
struct sighting {
	enum channel channel;
	bool from_backend;
	uint64_t at_ns;     /* of a steady clock, 0 where there is none */
	struct bytes bytes; /* header and body, as far as there are any */
	uint64_t lost;      /* bytes of the body beyond them that were not kept */
	struct fd_list fds;
	size_t more_fds; /* that were not kept */
	const int *kept; /* those of fds themselves; NULL: closed already */
	uint64_t unsent; /* bytes that did not go on: nobody was there any more */
	size_t unsent_fds;
	bool unread;   /* its header was enough: nobody has read the body */
	bool untraced; /* the channel that it opens will not be seen */
};

/*
 * Fills in e (zeroed but for what the caller knows: time, conn) by what was seen, and
 * follows the conversation. e looks into s->bytes, s->fds and itself: do not copy it.
 */
void watch_message(struct watch *w, const struct sighting *s, struct event *e)
	NONNULL(1, 2, 3);

/* The end of the connection: fills in e, with what was left without reply. */
void watch_close(struct watch *w, struct event *e) NONNULL(1, 2);

/* Messages of it were not seen: from now on nothing is said that they would have told. */
void watch_lost(struct watch *w) NONNULL(1);

/* Whether the request will be answered: the header as sent, main channel. */
bool watch_answers(uint32_t request, uint32_t flags);

#endif
