/* SPDX-License-Identifier: GPL-2.0-or-later */
/* match_exits.h - which of the conditions on exits a filter in the kernel can decide. */
#ifndef TASKSTAT_MATCH_EXITS_H
#define TASKSTAT_MATCH_EXITS_H

#include "exits_filter.h"
#include "match.h"

/*
 * Adds to f what it lets in by them: never less than m matches. m, whose conditions are
 * on exits, has to outlive f. Pure.
 */
void match_exits(const struct match *m, struct exits_filter *f) NONNULL(1, 2);

#endif
