/* SPDX-License-Identifier: GPL-2.0-or-later */
/* owners.h - which process has which socket: two sources that fill one table. */
#ifndef UDIAG_MEM_OWNERS_H
#define UDIAG_MEM_OWNERS_H

#include "place.h"
#include "table.h"

enum source { SOURCE_NONE, SOURCE_BPF, SOURCE_PROC };

/* What an open file of a process that is not in the table's dump may mean. */
struct owners_report {
	uint32_t missed[64]; /* sockets of a place that the dump did not show (BPF) */
	size_t nmissed;      /* all of them, also beyond the array */
	uint32_t netns;      /* only those of this place are reported */
	bool refused;        /* some process would not be looked into */
};

/*
 * owners_bpf.c: every unix socket that is an open file, by a BPF iterator over files:
 * claims, queues and waiters. Returns 0 or -errno, of loading too: then nothing was
 * changed.
 */
MUST_CHECK int owners_bpf(struct table *t, struct owners_report *report) NONNULL(1, 2);

/* owners_proc.c: every /proc/PID/fd, of threads with a table of their own too. Returns 0
 * or -errno. */
MUST_CHECK int owners_proc(struct table *t, struct owners_report *report) NONNULL(1, 2);

/*
 * hidden_bpf.c: sockets in accept queues, in flight, and those that nobody was found to
 * have, in one place, by a BPF iterator over unix sockets: embryos are put into the
 * table, of the others their queues. Returns 0 or -errno.
 */
MUST_CHECK int owners_hidden(struct table *t, struct places *places, uint16_t place)
	NONNULL(1, 2);

#endif
