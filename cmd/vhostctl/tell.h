/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tell.h - what a trace says of the connections and messages that it saw. */
#ifndef VHOSTCTL_TELL_H
#define VHOSTCTL_TELL_H

#include "backlog.h"
#include "recorder.h"

struct teller {
	struct recorder out;
	struct backlog backlog;
};

/* A connection begins, or ends: all that came before is told of too. */
void tell_open(struct teller *t, const struct link *l) NONNULL(1, 2);
void tell_close(struct teller *t, struct link *l) NONNULL(1, 2);

/*
 * A message of l was sent on. The next one may be on its way: what this one says can
 * wait, as far as nobody has to look at the rings at once. Nothing of s is kept.
 */
void tell_later(struct teller *t, struct link *l, const struct sighting *s)
	NONNULL(1, 2, 3);

/* Tells of the oldest message that has to wait. False: there is none. */
bool tell_next(struct teller *t) NONNULL(1);

/* Looks at the rings of l, and tells of the state of each. */
void tell_rings(struct teller *t, struct link *l) NONNULL(1, 2);

/* Forgets the messages that have to wait. */
void tell_drop(struct teller *t) NONNULL(1);

#endif
