/* SPDX-License-Identifier: GPL-2.0-or-later */
/* view.h - which sockets are wanted, and what has to be found out for their columns. */
#ifndef UDIAG_MEM_VIEW_H
#define UDIAG_MEM_VIEW_H

#include "filter.h"
#include "opts.h"
#include "sock.h"

/* What columns need beyond the dump. */
enum { NEED_OWNERS = 1 << 0, NEED_QUEUES = 1 << 1, NEED_PEER = 1 << 2 };

struct view {
	struct filter filter;
	struct filter *fail; /* each of them alone fails */
	size_t nfail;
	struct wanted_owner {
		struct filter mine, others;
	} * owners; /* what filter, then each of fail, say of owners of either end */
	struct buf words;            /* filters as they were rewritten */
	uint32_t show;               /* UDIAG_SHOW_* */
	unsigned int need;           /* NEED_* */
	unsigned int need_to_choose; /* those of need for filters and order alone */
	unsigned int asked;          /* those of need that were asked for by name */
};

/* Reads the operands and options. Returns a status, having said what was wrong. */
MUST_CHECK int view_open(struct view *v, const struct ctx *c) NONNULL(1, 2);
void view_close(struct view *v) NONNULL(1);

/* Whether a filter asks for this process: of those that share a socket it is shown. The
 * argument is a struct view. */
bool view_prefers(const void *view, uint32_t pid, struct bytes comm) NONNULL(1);

/* Whether a socket is wanted; *fails is set if it meets a --fail-if. */
bool view_match(const struct view *v, const struct sock *s, bool *fails) NONNULL(1, 2, 3);

#endif
