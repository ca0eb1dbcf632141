/* SPDX-License-Identifier: GPL-2.0-or-later */
/* exits_filter.h - exit messages that nobody wants, dropped before they are queued. */
#ifndef TASKSTAT_EXITS_FILTER_H
#define TASKSTAT_EXITS_FILTER_H

#include "util.h"

/*
 * Lets only those messages of the TASKSTATS family in which tell of an exit code other
 * than 0. What is dropped so is no loss, and is not counted. Returns 0 or -errno.
 */
MUST_CHECK int filter_failed(int fd);

#endif
