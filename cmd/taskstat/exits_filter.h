/* SPDX-License-Identifier: GPL-2.0-or-later */
/* exits_filter.h - exit messages that nobody wants, dropped before they are queued. */
#ifndef TASKSTAT_EXITS_FILTER_H
#define TASKSTAT_EXITS_FILTER_H

#include "util.h"

struct exits_filter {
	bool failed;          /* whose exit code is not 0 */
	const uint64_t *uids; /* whose user is one of these; 0 of them: of any */
	size_t nuids;
	bool tasks; /* records are of tasks: nothing is needed of others of a process */
};

/* So many users fit into the filter; where there are more, none is looked at. */
#define FILTER_USERS 64

/*
 * Attaches a filter that drops messages of the TASKSTATS family about other tasks. Unless
 * f->tasks, those of processes with more than one thread all come in: what such a process
 * is, only its last message says. What is dropped so is no loss, and is not counted.
 * Returns 0 or -errno.
 */
MUST_CHECK int filter_attach(int fd, const struct exits_filter *f) NONNULL(2);

#endif
