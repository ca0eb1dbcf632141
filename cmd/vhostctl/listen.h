/* SPDX-License-Identifier: GPL-2.0-or-later */
/* listen.h - a socket at a path that others connect to, gone when we end. */
#ifndef VHOSTCTL_LISTEN_H
#define VHOSTCTL_LISTEN_H

#include "conn.h"
#include "diag.h"

struct listener {
	int fd;
	const char *path;  /* NULL: nothing to remove */
	uint64_t dev, ino; /* of the file that is ours */
};

/*
 * Listens at a path, or @NAME for an abstract socket; the socket file of somebody who has
 * ended is replaced. path is not copied. Returns 0, or STATUS_FAILED after saying why
 * not. End with listener_close in both cases.
 */
MUST_CHECK int listener_open(struct listener *l, const struct diag *diag,
			     const char *path) NONNULL(1, 2, 3);

/* Closes it, and removes the file if it is still ours. */
void listener_close(struct listener *l) NONNULL(1);

/* Takes a connection that waits (non-blocking, close-on-exec): the fd or -errno. */
MUST_CHECK int listener_accept(const struct listener *l) NONNULL(1);

#endif
