/* SPDX-License-Identifier: GPL-2.0-or-later */
/* buf.h - a growable byte buffer, and the checked way from it to a file descriptor. */
#ifndef LIB_BUF_H
#define LIB_BUF_H

#include "util.h"

#include <string.h>
#include <sys/types.h>

/*
 * Appends never fail one by one: when memory runs out the buffer stops growing and err
 * stays -ENOMEM, to be checked once where the content is used. Zeroed is empty; owns p.
 */
struct buf {
	char *p;
	size_t n, cap;
	int err;
};

/* Makes room for n more bytes. Returns where they go, or NULL (err set). */
char *buf_grow(struct buf *b, size_t n) NONNULL(1);

static inline char *buf_room(struct buf *b, size_t n)
{
	return n > b->cap - b->n || b->err ? buf_grow(b, n) : b->p + b->n;
}

void buf_fill(struct buf *b, char c, size_t n) NONNULL(1);
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF(2, 3) NONNULL(1, 2);
void buf_free(struct buf *b) NONNULL(1);

static inline void buf_add(struct buf *b, const void *p, size_t n)
{
	char *to;

	if (!n)
		return;
	to = n > b->cap - b->n ? buf_room(b, n) : b->p + b->n;
	if (to) {
		memcpy(to, p, n);
		b->n += n;
	}
}

static inline void buf_puts(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

static inline void buf_putc(struct buf *b, char c)
{
	char *p = b->n < b->cap ? b->p + b->n : buf_room(b, 1);

	if (p) {
		*p = c;
		b->n++;
	}
}

/* Where a program's output goes. The first failure sticks, nothing is written after it.
 */
struct out {
	int fd;
	int err; /* 0 or the first -errno */
	struct buf b;
	/* Takes what would be written to fd, as write(2) does; NULL: write(2) itself. */
	ssize_t (*write)(void *arg, const void *p, size_t n);
	void *arg;
};

/* Writes all that is pending. Returns 0 or the first -errno ever met. */
int out_flush(struct out *o) NONNULL(1);

/* Whether fd is a terminal that follows escape sequences: TERM is set, and not dumb. */
bool is_screen(int fd);

/* Call after each record: writes only when much is pending. Returns like out_flush. */
int out_mark(struct out *o) NONNULL(1);

#endif
