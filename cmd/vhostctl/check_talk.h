/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check_talk.h - one conversation of a check, word by word, and what came of it. */
#ifndef VHOSTCTL_CHECK_TALK_H
#define VHOSTCTL_CHECK_TALK_H

#include "conn.h"
#include "dial.h"

enum { TALK_FDS = 9, AVAIL_AT = 0x2000 };

/* Big: it holds the last message received. */
struct talk {
	const struct dial *dial;
	struct conn conn;
	uint64_t ns;                 /* how long an answer may take */
	uint64_t features, protocol; /* offered, once that was asked */
	uint64_t switched_on;        /* virtio features */
	int fds[TALK_FDS];
	size_t nfds, used;
	int reads; /* the reading end of a pipe, or -1 */
	/* Of the last request. */
	bool closed, silent, refused, answered;
	const char *fault; /* a broken message: what is wrong with it */
	uint64_t value;    /* the first 8 bytes of the answer */
	struct message rx;
};

/* A connection to the back-end. Returns NULL where there is none in time. */
struct talk *talk_open(const struct dial *dial, uint64_t ns) NONNULL(1);

/* Closes it, and waits until the back-end has done so too, if it answered before. */
void talk_close(struct talk *t);

/* Makes an fd for the messages: what a case calls so. */
void talk_give(struct talk *t, const char *word) NONNULL(1, 2);

/* A word as send takes it, or one of check_cases.h. */
void talk_say(struct talk *t, const char *word) NONNULL(1, 2);

/* The beginning of every honest conversation, with these virtio features on top of the
 * usual ones. False where it fails already. */
MUST_CHECK bool talk_begin(struct talk *t, uint64_t features) NONNULL(1);

/* A pause of so long, or until a signal. */
void talk_sleep(uint64_t ns);

/* Whether something comes that nobody has asked for, or a close. */
MUST_CHECK bool talk_more(struct talk *t, uint64_t ns) NONNULL(1);

#endif
