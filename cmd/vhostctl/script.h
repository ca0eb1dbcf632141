/* SPDX-License-Identifier: GPL-2.0-or-later */
/* script.h - steps from words and from files. */
#ifndef VHOSTCTL_SCRIPT_H
#define VHOSTCTL_SCRIPT_H

#include "diag.h"
#include "step.h"

/* Zeroed is empty; end with script_free. */
struct script {
	struct step *v;
	size_t n, cap;
};

/* Appends n words as steps. Returns a status, after saying what is wrong. */
MUST_CHECK int script_words(struct script *s, const struct diag *diag, char *const *words,
			    size_t n) NONNULL(1, 2);

/* The same with the words of a file, "-" for standard input; 16 MiB at most. */
MUST_CHECK int script_read(struct script *s, const struct diag *diag, const char *path)
	NONNULL(1, 2, 3);

void script_free(struct script *s) NONNULL(1);

/* Appends all of a file ("-": standard input) to b. Returns 0 or -errno, -EFBIG beyond
 * max bytes. */
MUST_CHECK int read_file(struct buf *b, const char *path, size_t max) NONNULL(1, 2);

#endif
