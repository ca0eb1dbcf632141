/* SPDX-License-Identifier: GPL-2.0-or-later */
/* summary.h - sums over all sockets that were wanted. */
#ifndef UDIAG_MEM_SUMMARY_H
#define UDIAG_MEM_SUMMARY_H

#include "gather.h"
#include "sock.h"

struct summary {
	uint64_t sockets, alloc_bytes;
	uint64_t holding; /* sockets with memory */
	uint64_t stalled, full, waiting, peer_gone, no_process, in_flight, embryos;
	bool complete;
	uint64_t missing_peers;
	uint64_t unknown_owners;
	const char *owner_source;
	struct opt_u64 time, sample;
};

extern const struct record summary_record;

void summary_add(struct summary *sum, const struct sock *s) NONNULL(1, 2);

/* How complete it is. */
void summary_end(struct summary *sum, const struct gathered *g) NONNULL(1, 2);

/* One line for people, with its newline. */
void summary_line(struct buf *b, const struct summary *sum) NONNULL(1, 2);

const char *source_name(enum source source);

#endif
