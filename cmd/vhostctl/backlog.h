/* SPDX-License-Identifier: GPL-2.0-or-later */
/* backlog.h - messages that were sent on, kept until there is time to tell of them. */
#ifndef VHOSTCTL_BACKLOG_H
#define VHOSTCTL_BACKLOG_H

#include "link.h"

enum { BACKLOG_MAX = 1 << 22 };

/* One of them, with copies of what s looks at; its fds are closed by then. */
struct kept_message {
	struct kept_message *next;
	struct link *link; /* not owned: take it before the link is freed */
	struct sighting s;
	struct fd_info fds[]; /* the bytes follow */
};

/* Zeroed is empty. */
struct backlog {
	struct kept_message *first, *last;
	size_t bytes;
};

/* Keeps a copy of s, a message of l. False where memory is out. */
MUST_CHECK bool backlog_add(struct backlog *b, struct link *l, const struct sighting *s)
	NONNULL(1, 2, 3);

/* Whether it keeps so much that for each one added another should be taken. */
bool backlog_full(const struct backlog *b) NONNULL(1);

/* Takes the oldest out, to be freed by free(3); NULL: there is none. */
struct kept_message *backlog_take(struct backlog *b) NONNULL(1);

#endif
