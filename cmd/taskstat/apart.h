/* SPDX-License-Identifier: GPL-2.0-or-later */
/* apart.h - a process without children, where this one has some. */
#ifndef TASKSTAT_APART_H
#define TASKSTAT_APART_H

#include "util.h"

/*
 * Whose children are a command's can't be told where this process has had some before, as
 * when a shell becomes it that has started others. Then it forks. Returns 0 in the
 * process that is to go on, or -errno; and 1 in the one that was, which has waited for it
 * and passed the signals on that end it: *status is how it ended, 128 more where that was
 * a signal.
 */
MUST_CHECK int apart(int *status) NONNULL(1);

#endif
