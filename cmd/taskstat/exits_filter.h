/* SPDX-License-Identifier: GPL-2.0-or-later */
/* exits_filter.h - exit messages that nobody wants, dropped before they are queued. */
#ifndef TASKSTAT_EXITS_FILTER_H
#define TASKSTAT_EXITS_FILTER_H

#include "util.h"

/* What a message says that a program without loops compares in few steps. */
enum exits_key { BY_EXITCODE, BY_UID_OF, BY_GID_OF, BY_PID_OF, BY_PPID_OF, BY_COMM_OF };

#define FILTER_VALUES 16
#define FILTER_TESTS  8
#define FILTER_COMM   15 /* the longest name that a task can have */

/* Whether a number or a name is one of these. */
struct exits_test {
	enum exits_key key;
	bool none; /* or, otherwise, is none of them; not of names */
	size_t n;
	union {
		uint32_t v[FILTER_VALUES]; /* BY_EXITCODE: as wait(2)'s status */
		char comm[FILTER_VALUES][FILTER_COMM + 1];
	};
};

struct exits_filter {
	bool failed;          /* whose exit code is not 0 */
	const uint64_t *uids; /* whose user is one of these; 0 of them: of any */
	size_t nuids;
	struct exits_test tests[FILTER_TESTS]; /* that all hold */
	size_t ntests;
	bool tasks; /* records are of tasks: nothing is needed of others of a process */
};

/* So many users fit into the filter; where there are more, none is looked at. */
#define FILTER_USERS 64

/*
 * Attaches a filter that drops messages of the TASKSTATS family about other tasks. Unless
 * f->tasks, those of processes with more than one thread all come in: what such a process
 * is, only its last message says. Tests that find no room in it are left out. What is
 * dropped so is no loss, and is not counted. Returns 0 or -errno.
 */
MUST_CHECK int filter_attach(int fd, const struct exits_filter *f) NONNULL(2);

#endif
