/* SPDX-License-Identifier: GPL-2.0-or-later */
/* outbox.c - what a back-end has to say: bytes in parts, with pauses and fds. */
#include "outbox.h"

#include "clock.h"

#include <unistd.h>

enum { SLOW_NS = 100000 }; /* between two bytes */

void outbox_part(struct outbox *o, uint64_t pause_ns)
{
	if (o->nparts < OUTBOX_PARTS)
		o->parts[o->nparts++] = (struct outbox_part){ .at = o->bytes.n,
							      .fds = o->nfds,
							      .pause_ns = pause_ns };
}

void outbox_add_fd(struct outbox *o, int fd)
{
	if (o->nfds < OUTBOX_FDS)
		o->fds[o->nfds++] = fd;
	else
		close(fd);
}

bool outbox_waits(const struct outbox *o)
{
	return o->done < o->bytes.n || o->begun < o->nparts || o->not_before_ns;
}

uint64_t outbox_pause(const struct outbox *o, uint64_t now_ns)
{
	return o->not_before_ns > now_ns ? o->not_before_ns - now_ns : 0;
}

/* Closes those before number n. */
static void close_sent(struct outbox *o, size_t n)
{
	while (o->sent < n)
		close(o->fds[o->sent++]);
}

/* Bytes of the present part, as far as they may go at once. */
static enum conn_end send_some(struct outbox *o, struct conn *c)
{
	bool last = o->begun == o->nparts;
	size_t end = last ? o->bytes.n : MIN(o->parts[o->begun].at, o->bytes.n);
	size_t fds = last ? o->nfds : o->parts[o->begun].fds, done = 0;
	struct iovec part = { o->bytes.p + o->done, o->slow ? 1 : end - o->done };
	enum conn_end e =
		conn_send(c, &part, 1, o->fds + o->sent, fds - o->sent, &done, 0);

	o->done += done;
	if (done)
		close_sent(o, fds);
	return e;
}

enum conn_end outbox_flush(struct outbox *o, struct conn *c)
{
	uint64_t now = clock_mono_ns();
	enum conn_end e;

	while (outbox_waits(o)) {
		if (outbox_pause(o, now))
			return CONN_RETRY;
		o->not_before_ns = 0;
		if (o->begun < o->nparts && o->parts[o->begun].at <= o->done) {
			/* The fds of a part without bytes go nowhere. */
			close_sent(o, o->parts[o->begun].fds);
			if (o->parts[o->begun].pause_ns)
				o->not_before_ns = now + o->parts[o->begun].pause_ns;
			o->begun++;
			continue;
		}
		if (o->done >= o->bytes.n)
			break; /* it was cut short */
		e = send_some(o, c);
		if (e != CONN_DONE)
			return e;
		if (o->slow && o->done < o->bytes.n)
			o->not_before_ns = now + SLOW_NS;
	}
	outbox_drop(o);
	return CONN_DONE;
}

void outbox_drop(struct outbox *o)
{
	close_sent(o, o->nfds);
	o->nfds = o->sent = 0;
	o->nparts = o->begun = 0;
	o->bytes.n = o->done = 0;
	o->not_before_ns = 0;
}
