/* SPDX-License-Identifier: GPL-2.0-or-later */
/* child.h - a command that waits until it is told to start. */
#ifndef TASKSTAT_CHILD_H
#define TASKSTAT_CHILD_H

#include "util.h"

#include <sys/types.h>

struct child {
	pid_t pid;
	int go;      /* closed: it starts */
	int failure; /* brings the errno of an exec that failed */
	int status;  /* of wait(2), once ended */
	bool ended;
	bool alone; /* nothing else is left to be waited for */
};

/*
 * Forks. argv is NULL-terminated. From here on SIGCHLD is not ignored, but by the child,
 * if it was. Returns 0 or -errno.
 */
MUST_CHECK int child_fork(struct child *c, char *const *argv) NONNULL(1, 2);

/* Lets it go. Returns 0, or the errno, positive, for which it can't be executed. */
MUST_CHECK int child_start(struct child *c) NONNULL(1);

/* Ends it before it has started. */
void child_cancel(struct child *c) NONNULL(1);

/* Takes all that have ended, the child and orphans of its. */
void child_reap(struct child *c) NONNULL(1);

#endif
