/* SPDX-License-Identifier: GPL-2.0-or-later */
/* follow.h - modes that run until they are told to end. */
#ifndef LIB_FOLLOW_H
#define LIB_FOLLOW_H

#include "util.h"

/*
 * Blocks SIGINT, SIGTERM and SIGHUP and returns a file descriptor that becomes readable
 * when one arrives (signalfd(2), close-on-exec), or -errno. Poll it beside the sockets.
 */
MUST_CHECK int follow_begin(void);

/* Whether a signal to end has arrived; it stays so. */
bool follow_ended(int fd);

/* Unblocks the signals and closes fd. */
void follow_end(int fd);

enum follow { FOLLOW_READY, FOLLOW_TIMEOUT, FOLLOW_ENDED };

/* Waits for data in fd (-1: only time), the end or the time: ns, UINT64_MAX for ever.
 * Returns an enum follow or -errno. */
MUST_CHECK int follow_wait(int follow_fd, int fd, uint64_t ns);

#endif
