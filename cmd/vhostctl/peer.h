/* SPDX-License-Identifier: GPL-2.0-or-later */
/* peer.h - a back-end on the other side: questions, answers, and what went wrong. */
#ifndef VHOSTCTL_PEER_H
#define VHOSTCTL_PEER_H

#include "conn.h"
#include "dial.h"

/* How to come to a back-end, as the options say. */
struct meeting {
	bool listens;        /* it connects to us */
	uint64_t timeout_ns; /* for it to come, and for each answer; 0: not said */
	uint64_t answer_ns;  /* for an answer, where it is not said */
};

/* Big: it holds the last message received. */
struct peer {
	struct conn conn;
	const char *path;
	const struct diag *diag;
	uint64_t timeout_ns; /* for one question and its answer */
	uint64_t silent;     /* bit n: request n got no answer in time */
	struct message rx;
};

/*
 * Connects to the back-end that listens at path (not copied), or listens there until one
 * connects, for PEER_ARRIVAL_NS where no time is said. Returns 0, or STATUS_FAILED after
 * saying why not. End with peer_close in both cases.
 */
MUST_CHECK int peer_open(struct peer *p, const struct diag *diag, const char *path,
			 const struct meeting *m) NONNULL(1, 2, 3, 4);
#define PEER_ARRIVAL_NS UINT64_C(30000000000)

/* The same where d is at hand: one that connects to us does so within wait_ns. */
MUST_CHECK int peer_dial(struct peer *p, const struct diag *diag, const struct dial *d,
			 uint64_t timeout_ns, uint64_t wait_ns) NONNULL(1, 2, 3);
void peer_close(struct peer *p) NONNULL(1);

/* Sends a request that is not answered. flags: MSG_NEED_REPLY or 0. */
MUST_CHECK enum conn_end peer_tell(struct peer *p, uint32_t request, uint32_t flags,
				   const void *body, size_t n) NONNULL(1);

/*
 * Waits for the answer to a request, skipping late answers to those that are `silent`;
 * fds that came with it are closed. *body lies in p and holds until the next call.
 * CONN_RETRY marks the request silent.
 */
MUST_CHECK enum conn_end peer_answer(struct peer *p, uint32_t request, struct bytes *body)
	NONNULL(1, 3);

/* Both in one; and the same for an answer that is one u64. */
MUST_CHECK enum conn_end peer_ask(struct peer *p, uint32_t request, const void *body,
				  size_t n, struct bytes *answer) NONNULL(1, 5);
MUST_CHECK enum conn_end peer_ask_u64(struct peer *p, uint32_t request, uint64_t *v)
	NONNULL(1, 3);

/* Says on stderr how `request` failed: end is not CONN_DONE. Returns STATUS_FAILED. */
int peer_fail(const struct peer *p, uint32_t request, enum conn_end end) NONNULL(1);

#endif
