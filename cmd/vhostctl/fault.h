/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fault.h - what a back-end shall do wrong, and when. Pure, no I/O. */
#ifndef VHOSTCTL_FAULT_H
#define VHOSTCTL_FAULT_H

#include "buf.h"

enum fault_kind {
	/* On a request: instead of what is right. */
	FAULT_IGNORE,
	FAULT_REFUSE,
	FAULT_FALSE_ACK,
	FAULT_ACK_THEN_CLOSE,
	FAULT_CLOSE,
	FAULT_HANG,
	FAULT_CRASH,
	/* Beside it. */
	FAULT_LEAK_FDS,
	FAULT_CLOSE_AFTER,
	/* To the answer. */
	FAULT_DROP_REPLY,
	FAULT_HALF_REPLY,
	FAULT_DELAY,
	FAULT_SLOW,
	FAULT_TWICE,
	FAULT_UNASKED,
	FAULT_WRONG_SIZE,
	FAULT_WRONG_LENGTH,
	FAULT_WRONG_VALUE,
	FAULT_WRONG_REQUEST_ID,
	FAULT_WRONG_VERSION,
	FAULT_NO_REPLY_FLAG,
	FAULT_STRAY_FDS,
	FAULT_GARBAGE,
	/* In the rings. */
	FAULT_NO_USED,
	FAULT_USED_TWICE,
	FAULT_USED_AHEAD,
	FAULT_WRONG_ID,
	FAULT_WRONG_WRITTEN,
	FAULT_WRONG_DATA,
	FAULT_IO_ERROR,
	FAULT_NO_CALL,
	FAULT_KINDS,
};

/* One of them. */
struct fault {
	uint8_t kind;
	uint32_t request; /* 0: any; of no meaning in rings */
	uint64_t nth;     /* only this time in a connection, from 1; 0: each time */
	struct opt_u64 arg;
};

/*
 * Reads KIND[:REQUEST][=ARG][@N]: drop-reply:GET_CONFIG, delay:GET_FEATURES=2s,
 * wrong-id=77@3. Returns 0, or -EINVAL with a sentence in why.
 */
MUST_CHECK int fault_parse(struct fault *f, const char *word, struct buf *why)
	NONNULL(1, 2, 3);

/* Its word, and whether it is one of the rings. */
const char *fault_name(enum fault_kind kind);
bool fault_of_ring(enum fault_kind kind);

/* Those of one back-end, and how often each could have been due in one connection. */
struct faults {
	const struct fault *v;
	size_t n;
};
enum { FAULTS = 32 };
struct fault_counts {
	uint64_t v[FAULTS];
};

/* Whether a request has come that a fault is about: counts, and returns those due now as
 * bits of their place in f->v. */
uint32_t fault_due(const struct faults *f, struct fault_counts *seen, uint32_t request)
	NONNULL(1, 2);

/* The first of a kind among those due, or NULL. */
const struct fault *fault_among(const struct faults *f, uint32_t due, enum fault_kind k)
	NONNULL(1);

/* For rings: counts a completion; whether this kind is due. */
const struct fault *fault_in_ring(const struct faults *f, struct fault_counts *seen,
				  enum fault_kind kind) NONNULL(1, 2);

/* What is to be sent in answer. */
struct fault_reply {
	struct buf *message; /* header and body */
	size_t stray_fds;
	uint64_t delay_ns;
	bool slow, dropped, close;
};

/* Does to an answer what the due faults say. */
void fault_reply(const struct faults *f, uint32_t due, struct fault_reply *r)
	NONNULL(1, 3);

#endif
