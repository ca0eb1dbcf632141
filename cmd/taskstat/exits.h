/* SPDX-License-Identifier: GPL-2.0-or-later */
/* exits.h - a socket to which the kernel sends a message for each task that ends. */
#ifndef TASKSTAT_EXITS_H
#define TASKSTAT_EXITS_H

#include "diag.h"
#include "exits_filter.h"
#include "genl.h"

struct exits_options {
	const char *cpus; /* a list as 1-3,5; NULL for all */
	size_t rcvbuf;    /* bytes to ask for, 0 for the default */
	struct exits_filter filter;
};

struct exits {
	const struct diag *diag;
	struct nl_conn nl;
	struct genl_family family;
	char cpus[1640];
	bool registered;
	size_t rcvbuf;  /* bytes that it has */
	uint32_t drops; /* the socket's counter when it was last read */
	uint32_t cut;   /* messages since then that were too long for us */
	uint64_t received, lost;
	const char *why_lost;
	struct exits_rx *rx; /* owned */
};

/*
 * Opens the socket with a buffer as large as can be had, and registers for exits. A child
 * that ends at once shows whether the messages arrive, which they never do in another
 * network namespace. Returns a status; exits_close also after a failure.
 */
MUST_CHECK int exits_open(struct exits *x, const struct exits_options *o,
			  const struct diag *d) NONNULL(1, 2, 3);

/* The same without a word: 0, -ENETUNREACH where no messages arrive, or -errno. */
MUST_CHECK int exits_try(struct exits *x, const struct exits_options *o) NONNULL(1, 2);

/* So many are handed over at once, or few more: where there are fewer, none is left. */
#define EXITS_MOST (1 << 16)

/*
 * Hands over the messages that wait; one that is longer than any kernel's is lost.
 * Returns how many there were, or -errno.
 */
MUST_CHECK int exits_drain(struct exits *x, nl_handler *handler, void *arg) NONNULL(1, 2);

/*
 * Adds what the socket has dropped, and what was too long, to x->lost, and says in
 * x->why_lost why. Returns how many those were.
 */
uint32_t exits_lost(struct exits *x) NONNULL(1);

/* Deregisters: what has been sent can still be drained. */
void exits_stop(struct exits *x) NONNULL(1);
void exits_close(struct exits *x) NONNULL(1);

#endif
