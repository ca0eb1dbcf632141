/* SPDX-License-Identifier: GPL-2.0-or-later */
/* exits_filter.h - exit messages that nobody wants, dropped before they are queued. */
#ifndef TASKSTAT_EXITS_FILTER_H
#define TASKSTAT_EXITS_FILTER_H

#include "decode.h"

/* What of a message a program without loops compares. */
enum exits_key {
	BY_NUMBER,      /* as the kernel sends it */
	BY_EXIT_CODE,   /* of one that exited */
	BY_EXIT_SIGNAL, /* of one that a signal ended */
	BY_FLAGS,       /* values are masks, of which any bit counts */
	BY_NICE,        /* values are 128 more */
	BY_CPU,         /* K_RUN_VIRTUAL, or what stands for it where that is 0 */
	BY_NAME,
	BY_NOTHING_KNOWN, /* a task alone has no such number: no value is the one */
};

enum exits_op { ONE_OF, NONE_OF, AT_LEAST, AT_MOST };

#define FILTER_VALUES 16
#define FILTER_TESTS  8
#define FILTER_COMM   15 /* the longest name that a task can have */

/* What has to hold. A number that the message lacks is none of any. */
struct exits_test {
	enum exits_key key;
	enum kstat number; /* BY_NUMBER; NONE_OF: of version 8 */
	enum exits_op op;  /* BY_FLAGS, BY_NAME: the first two; BY_CPU: not NONE_OF */
	size_t n;          /* 1 for the others */
	union {
		uint64_t v[FILTER_VALUES];
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
