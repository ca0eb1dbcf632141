/* SPDX-License-Identifier: GPL-2.0-or-later */
/* plot.h - results as a picture, drawn by gnuplot. */
#ifndef XSKBENCH_PLOT_H
#define XSKBENCH_PLOT_H

#include "bench.h"

struct plot {
	const char *path; /* NULL: none is wanted */
	int fd;
};

/* Before anything is measured: that there is a gnuplot, and opens the file. Returns 0, or
 * a status after saying why not. */
MUST_CHECK int plot_open(struct plot *p, const char *path, const struct diag *d)
	NONNULL(1, 3);

/* Draws finished results, those of the bench that have shots; then closes. Returns a
 * status: the given one unless drawing failed. No picture is left where it is a failure.
 */
MUST_CHECK int plot_close(struct plot *p, const struct bench *b, int status,
			  const struct diag *d) NONNULL(1, 2, 4);

/*
 * plot_script.c: the commands for gnuplot, which draws to its stdout. Pure. Round trips
 * are drawn as histograms; else a sweep as lines over what was swept, different tests as
 * bars, a single result over its time.
 */
void plot_script(struct buf *out, const struct entry *v, size_t n) NONNULL(1, 2);

#endif
