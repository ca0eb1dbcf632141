/* SPDX-License-Identifier: GPL-2.0-or-later */
/* buf.c - growable bytes, checked writes. */
#include "buf.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { OUT_CHUNK = 64 * 1024 };

char *buf_grow(struct buf *b, size_t n)
{
	if (b->err)
		return NULL;
	if (n > b->cap - b->n) {
		size_t cap = MAX(b->cap * 2, b->n + n + 64);
		char *p = cap > b->n ? realloc(b->p, cap) : NULL;

		if (!p) {
			b->err = -ENOMEM;
			return NULL;
		}
		b->p = p;
		b->cap = cap;
	}
	return b->p + b->n;
}

void buf_fill(struct buf *b, char c, size_t n)
{
	char *to = n ? buf_room(b, n) : NULL;

	if (to) {
		memset(to, c, n);
		b->n += n;
	}
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (!buf_room(b, 64)) /* most texts fit, and are printed once */
		return;
	va_start(ap, fmt);
	n = vsnprintf(b->p + b->n, b->cap - b->n, fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n >= b->cap - b->n) {
		if (!buf_room(b, (size_t)n + 1))
			return;
		va_start(ap, fmt);
		vsnprintf(b->p + b->n, (size_t)n + 1, fmt, ap);
		va_end(ap);
	}
	b->n += n > 0 ? (size_t)n : 0;
}

void buf_free(struct buf *b)
{
	free(b->p);
	*b = (struct buf){ 0 };
}

/* A non-blocking stdout (a pipe shared with an event loop) is waited for, not lost. */
static int wait_writable(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };

	return poll(&pfd, 1, -1) < 0 && errno != EINTR ? -errno : 0;
}

int out_flush(struct out *o)
{
	size_t done = 0;

	if (!o->err)
		o->err = o->b.err;
	while (!o->err && done < o->b.n) {
		const char *p = o->b.p + done;
		size_t n = o->b.n - done;
		ssize_t w = o->write ? o->write(o->arg, p, n) : write(o->fd, p, n);

		if (w >= 0)
			done += (size_t)w;
		else if (errno == EAGAIN)
			o->err = wait_writable(o->fd);
		else if (errno != EINTR)
			o->err = -errno;
	}
	o->b.n = 0;
	return o->err;
}

bool is_screen(int fd)
{
	const char *term = getenv("TERM");

	return isatty(fd) && term && strcmp(term, "dumb") != 0;
}

int out_mark(struct out *o)
{
	return o->b.n < OUT_CHUNK && !o->err && !o->b.err ? 0 : out_flush(o);
}
