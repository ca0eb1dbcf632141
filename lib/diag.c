/* SPDX-License-Identifier: GPL-2.0-or-later */
/* diag.c - what a tool says on stderr. */
#include "diag.h"

#include "utf8.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/uio.h>
#include <unistd.h>

static void PRINTF(2, 0) put_what(struct buf *b, const char *what, va_list ap)
{
	char *text;
	int n = vasprintf(&text, what, ap);

	if (n < 0) {
		b->err = -ENOMEM;
		return;
	}
	utf8_escape(b, text, (size_t)n);
	free(text);
}

/* One write, so that lines of several processes don't mix. */
static void say(const struct diag *d, struct buf *b)
{
	static const char sorry[] = ": out of memory\n";
	struct iovec fixed[] = {
		{ .iov_base = (char *)d->tool, .iov_len = strlen(d->tool) },
		{ .iov_base = (char *)sorry, .iov_len = sizeof(sorry) - 1 },
	};
	ssize_t ignored __attribute__((unused));

	buf_putc(b, '\n');
	ignored = b->err ? writev(STDERR_FILENO, fixed, 2)
			 : write(STDERR_FILENO, b->p, b->n);
	buf_free(b);
}

static void put_errno(struct buf *b, int err)
{
	const int e = err < 0 && err != INT_MIN ? -err : err; /* a peer's may be any */
	const char *name = strerrorname_np(e), *text = strerrordesc_np(e);

	if (name)
		buf_printf(b, ": %s (%s)", text, name);
	else
		buf_printf(b, ": error %d", err);
}

/* "TOOL: what: why (ERRNO)", then the hint with what separates it */
static void PRINTF(5, 0) line(const struct diag *d, int err, const char *sep,
			      const char *hint, const char *what, va_list ap)
{
	struct buf b = { 0 };

	buf_printf(&b, "%s: ", d->tool);
	put_what(&b, what, ap);
	if (err)
		put_errno(&b, err);
	if (hint)
		buf_printf(&b, "%s%s", sep, hint);
	say(d, &b);
}

int diag_fail(const struct diag *d, int err, const char *hint, const char *what, ...)
{
	va_list ap;

	va_start(ap, what);
	line(d, err, ": ", hint, what, ap);
	va_end(ap);
	return STATUS_FAILED;
}

int diag_usage(const struct diag *d, const char *what, ...)
{
	char hint[64];
	va_list ap;

	snprintf(hint, sizeof(hint), "see %s --help", d->tool);
	va_start(ap, what);
	line(d, 0, "; ", hint, what, ap);
	va_end(ap);
	return STATUS_USAGE;
}

void diag_warn(const struct diag *d, const char *what, ...)
{
	va_list ap;

	va_start(ap, what);
	if (!d->quiet)
		line(d, 0, "", NULL, what, ap);
	va_end(ap);
}

void diag_info(const struct diag *d, const char *what, ...)
{
	va_list ap;

	va_start(ap, what);
	if (d->verbose)
		line(d, 0, "", NULL, what, ap);
	va_end(ap);
}

enum { LONGEST = 64 }; /* longer words are nobody's typing error */

/* Edits between two words, a swap of neighbours being one (optimal string alignment). */
static unsigned int distance(const char *a, size_t n, const char *b, size_t m)
{
	unsigned int d[3][LONGEST + 1];
	unsigned int *old = d[0], *prev = d[1], *cur = d[2];

	for (size_t j = 0; j <= m; j++)
		prev[j] = (unsigned int)j;
	for (size_t i = 1; i <= n; i++) {
		unsigned int *spare = old;

		cur[0] = (unsigned int)i;
		for (size_t j = 1; j <= m; j++) {
			unsigned int cost = tolower((unsigned char)a[i - 1]) !=
					    tolower((unsigned char)b[j - 1]);

			cur[j] =
				MIN(MIN(prev[j] + 1, cur[j - 1] + 1), prev[j - 1] + cost);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				cur[j] = MIN(cur[j], old[j - 2] + 1);
		}
		old = prev;
		prev = cur;
		cur = spare;
	}
	return prev[m];
}

const char *nearest(const char *word, size_t n, const char *const *list)
{
	const char *best = NULL;
	unsigned int least = (unsigned int)MAX(n / 3, (size_t)1) + 1;

	for (; n && n <= LONGEST && *list; list++) {
		size_t m = strlen(*list);
		unsigned int d = m > LONGEST ? least : distance(word, n, *list, m);

		if (n >= 3 && m > n &&
		    !strncasecmp(word, *list, n)) /* the start of a word */
			d = MIN(d, 1U);
		if (d < least) {
			least = d;
			best = *list;
		}
	}
	return best;
}
