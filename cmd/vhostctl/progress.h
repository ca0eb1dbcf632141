/* SPDX-License-Identifier: GPL-2.0-or-later */
/* progress.h - a bar on a terminal while long work goes on. */
#ifndef VHOSTCTL_PROGRESS_H
#define VHOSTCTL_PROGRESS_H

#include "buf.h"

struct progress {
	bool shown;     /* standard error is a terminal, and nobody wants it quiet */
	uint64_t total; /* bytes */
	uint64_t start_ns, next_ns;
};

/* One at a time. */
void progress_begin(struct progress *p, bool quiet, uint64_t total) NONNULL(1);

/* So many bytes are done. Draws ten times a second at the most. */
void progress_at(struct progress *p, uint64_t done, uint64_t now_ns) NONNULL(1);

/* Takes the bar away, as SIGINT, SIGTERM and SIGHUP do before they have their effect. */
void progress_end(struct progress *p) NONNULL(1);

/* Appends the line that progress_at draws, without what moves the cursor. Pure. */
void progress_line(struct buf *b, uint64_t done, uint64_t total, uint64_t elapsed_ns)
	NONNULL(1);

#endif
