/* SPDX-License-Identifier: GPL-2.0-or-later */
/* run.h - the steps of the one command. */
#ifndef UDIAG_MEM_RUN_H
#define UDIAG_MEM_RUN_H

#include "rows.h"

/* list.c: takes one sample and prints it as the options say. Returns a status. */
MUST_CHECK int list_sample(struct rows *r) NONNULL(1);

/* watch.c: a sample every so often, until it is told to end. Returns a status. */
MUST_CHECK int watch(struct rows *r) NONNULL(1);

/* stream.c: whether sockets can be printed as the kernel tells of them, none of them
 * kept; and doing so. Returns a status. */
bool stream_can(const struct rows *r) NONNULL(1);
MUST_CHECK int stream(struct rows *r) NONNULL(1);

/* list.c: says why the kernel gave no sockets. Returns a status. */
int list_failed(const struct rows *r, int err) NONNULL(1);

/* list.c: prints the summary if it was asked for. Returns 0 or -errno. */
MUST_CHECK int list_summary(struct rows *r) NONNULL(1);

#endif
