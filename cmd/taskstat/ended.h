/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ended.h - from exit messages to records of tasks or of whole processes. Pure. */
#ifndef TASKSTAT_ENDED_H
#define TASKSTAT_ENDED_H

#include "decode.h"
#include "task.h"

/* Processes of which some threads have ended, until the last one does and all have told.
 */
struct ended {
	bool threads;        /* records are of tasks: nothing is remembered */
	bool delays;         /* the kernel measures delays other than for a CPU ... */
	uint64_t since_ns;   /* ... of tasks started since; CLOCK_MONOTONIC; 0 all */
	uint64_t drained_ns; /* what is taken was sent after this, by the same clock, */
	uint64_t now_ns;     /* and is read now */
	struct group **buckets; /* owned */
	size_t n;
	struct group *waiting, *told; /* in buckets too: those that have ended */
	size_t held;                  /* how many those are */
};

/*
 * So many processes that go on are remembered; where there are more, all are forgotten.
 * So many that have ended are held back.
 */
#define ENDED_MOST 65536
#define ENDED_HELD 8192

/*
 * Takes one message. Returns 1 where *t is a record, 0 where it was a thread of a process
 * that goes on or whose record is held, or -errno: kstats_decode's, reply_decode's,
 * -ENOMEM.
 *
 * The message of a process's last thread may overtake those of others, and the kernel's
 * sums in it lack them then: so the record of a process that had threads is held until
 * ended_look finds that all have told. See group_compose for what it is made of.
 */
MUST_CHECK int ended_take(struct ended *e, const struct nlmsghdr *h, struct task *t)
	NONNULL(1, 2, 3);

/*
 * Looks which of the processes held have told all: of these is_gone says that no thread
 * exists any more that has not told. None is held for longer than a third of a second;
 * is_gone NULL: none at all. Returns how many ended_next will hand over: first, what is
 * in the socket by now has to be taken.
 */
size_t ended_look(struct ended *e, bool (*is_gone)(uint32_t tgid)) NONNULL(1);

/*
 * Hands over the next of those: *t, and the drained_ns of when its last message was
 * taken. Returns false where there is none.
 */
bool ended_next(struct ended *e, struct task *t, uint64_t *drained_ns) NONNULL(1, 2, 3);

void ended_free(struct ended *e) NONNULL(1);

#endif
