/* SPDX-License-Identifier: GPL-2.0-or-later */
/* recorder.c - what a trace prints, and writes to its file. */
#include "recorder.h"

#include "clock.h"
#include "fd.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { ROWS = 256 }; /* printed at least together: a table keeps them until then */

int recorder_open(struct recorder *r, struct ctx *c, const char *path)
{
	int err;

	*r = (struct recorder){ .c = c,
				.path = path,
				.file = { .fd = -1 },
				.start_ns = clock_mono_ns(),
				.start_wall_ns = clock_wall_ns() };
	r->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = r->event < 0 ? -errno : spool_open(&r->printing, &c->out, r->event);
	if (err)
		return diag_fail(&c->diag, err, NULL, "output");
	if (!path)
		return 0;
	r->file.fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	err = r->file.fd < 0 ? -errno : spool_open(&r->writing, &r->file, r->event);
	if (err)
		return diag_fail(&c->diag, err, NULL, "write %s", path);
	buf_puts(&r->file.b, CAPTURE_HEAD "\n");
	return 0;
}

static uint64_t wall(const struct recorder *r, uint64_t at_ns)
{
	return r->start_wall_ns + (at_ns - r->start_ns);
}

struct event recorder_event(const struct recorder *r, uint64_t at_ns)
{
	return (struct event){ .time = some_u64(wall(r, at_ns)),
			       .at_ns = some_u64(at_ns - r->start_ns) };
}

static void print(struct recorder *r, const struct event *e)
{
	if (sink_row(r->c->sink, e))
		r->failed = true;
	if (++r->rows >= ROWS)
		recorder_flush(r);
}

static void tell_unprinted(struct recorder *r)
{
	struct event e = recorder_event(r, clock_mono_ns());

	if (!r->unprinted)
		return;
	e.kind = EVENT_LOST;
	event_note(&e, "%" PRIu64 " records are missing: nobody read the output",
		   r->unprinted);
	r->unprinted = 0;
	print(r, &e);
}

static void write_line(struct recorder *r, const struct captured *c)
{
	capture_put(&r->file.b, c);
	if (out_mark(&r->file))
		r->failed = true;
}

static void tell_unwritten(struct recorder *r)
{
	struct captured c = { .kind = EVENT_LOST,
			      .time_ns = wall(r, clock_mono_ns()),
			      .lines = r->unwritten };

	if (r->unwritten)
		write_line(r, &c);
	r->unwritten = 0;
}

/* Those in an order are kept until the end, and take nobody's room. */
static bool keeps(const struct recorder *r)
{
	return r->c->common.sort || r->c->common.top;
}

void recorder_put(struct recorder *r, const struct event *e, const struct captured *c)
{
	if (spool_full(&r->printing)) {
		r->unprinted++;
		r->lost = true;
	} else {
		tell_unprinted(r);
		print(r, e);
	}
	if (!c || !r->path)
		return;
	if (spool_full(&r->writing)) {
		r->unwritten++;
		r->lost = true;
	} else {
		tell_unwritten(r);
		write_line(r, c);
	}
}

bool recorder_flush(struct recorder *r)
{
	r->rows = 0;
	if ((!keeps(r) && sink_flush(r->c->sink)) || (r->path && out_flush(&r->file)))
		r->failed = true;
	return r->failed;
}

void recorder_look(struct recorder *r)
{
	eventfd_t n;
	int err;

	if (eventfd_read(r->event, &n))
		return;
	err = spool_failed(&r->printing);
	if (err)
		r->c->out.err = err;
	r->failed |= err || (r->path && spool_failed(&r->writing));
	if (!spool_full(&r->printing))
		tell_unprinted(r);
	if (r->path && !spool_full(&r->writing))
		tell_unwritten(r);
}

int recorder_close(struct recorder *r, int follow_fd)
{
	int err = 0;

	if (!r->failed) {
		tell_unprinted(r);
		tell_unwritten(r);
		recorder_flush(r);
	}
	if (r->path && r->file.fd >= 0) {
		spool_close(&r->writing, follow_fd);
		err = r->file.err;
	}
	if (spool_close(&r->printing, follow_fd))
		r->failed = true;
	fd_close(&r->file.fd);
	fd_close(&r->event);
	buf_free(&r->file.b);
	if (err)
		return diag_fail(&r->c->diag, err, NULL, "write %s", r->path);
	return r->failed ? STATUS_FAILED : r->lost ? STATUS_INCOMPLETE : STATUS_DONE;
}
