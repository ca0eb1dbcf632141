/* SPDX-License-Identifier: GPL-2.0-or-later */
/* step.h - what to send, as people write it. Pure, no I/O. */
#ifndef VHOSTCTL_STEP_H
#define VHOSTCTL_STEP_H

#include "msg.h"
#include "payload.h"

enum step_kind {
	STEP_MESSAGE,
	STEP_RAW, /* bytes without a header of ours */
	STEP_SLEEP,
	STEP_READ,  /* wait for one message */
	STEP_CLOSE, /* end the sending side */
	STEP_FD,    /* a file descriptor for the next message */
};

struct step {
	enum step_kind kind;
	struct msg_header h; /* STEP_MESSAGE: as it will be sent */
	struct buf body;     /* owned; STEP_FD: its word, for fd_make, with its end */
	struct opt_u64 fds;  /* as given; else what the request takes */
	bool wait;           /* for an answer */
	uint64_t ns;         /* STEP_SLEEP */
};

/*
 * Reads one word:
 *   REQUEST[+MODIFIER]...[=PAYLOAD]  a request by name or number; payload_encode
 *   raw:HEX  sleep:TIME  read  close  fd:WORD
 * Modifiers: ack (sets need_reply), reply, version:N, flags:N, size:N (whatever the
 * payload), fds:N, wait, nowait. Returns 0, -ENOMEM, or -EINVAL with a sentence in why.
 * End with step_free.
 */
MUST_CHECK int step_parse(struct step *s, const char *word, struct buf *why)
	NONNULL(1, 2, 3);

/* The number of a request by name, in any case, or by number; n bytes. Returns 0, or
 * -EINVAL with a sentence in why. */
MUST_CHECK int step_request(uint32_t *number, const char *word, size_t n, struct buf *why)
	NONNULL(1, 2, 4);

/* How many fds the step takes of those at hand, by what was said, else by the request. */
size_t step_fds(const struct step *s) NONNULL(1);

void step_free(struct step *s) NONNULL(1);

#endif
