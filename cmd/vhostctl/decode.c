/* SPDX-License-Identifier: GPL-2.0-or-later */
/* decode.c - vhostctl decode: messages from files, without a device. */
#include "decode.h"

#include "capture.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

enum { LINE_LIMIT = 64 << 20, TRACKED = 64 };

struct decode_options {
	bool backend;
	struct time_arg slow;
};

static const struct decode_options defaults = { .slow = { .ns = 100000000 } };

static const struct opt options[] = {
	OPT(decode_options, backend, 'b', "back-end", NULL,
	    "lines of hex alone are of the channel that the back-end asks on"),
	OPT(decode_options, slow, 0, "slow", "MS",
	    "note replies that took more ms (or 50us, 1s) than so many (100)",
	    .bare_ns = 1000000),
};

/* A connection of the file. */
struct tracked {
	uint64_t conn;
	struct watch watch;
};

struct decoder {
	struct ctx *c;
	struct captured line;
	struct tracked *conns; /* TRACKED of them, by number modulo that */
	uint64_t first_ns;
	bool begun;
	size_t lines, bad;
	bool lost;
};

static struct watch *watch_of(struct decoder *d, uint64_t conn, bool anew)
{
	const struct decode_options *o = d->c->config;
	struct tracked *t = &d->conns[conn % TRACKED];

	if (anew || t->conn != conn)
		*t = (struct tracked){ conn, { .slow_ns = o->slow.ns } };
	return &t->watch;
}

static struct event event_at(struct decoder *d)
{
	const struct captured *l = &d->line;
	struct event e = { 0 };

	if (!l->timed)
		return e;
	if (!d->begun)
		d->first_ns = l->time_ns;
	d->begun = true;
	e.time = some_u64(l->time_ns);
	e.conn = some_u64(l->conn);
	if (l->time_ns >= d->first_ns)
		e.at_ns = some_u64(l->time_ns - d->first_ns);
	return e;
}

static int print_message(struct decoder *d, const struct sighting *s)
{
	struct event e = event_at(d);
	struct watch *w = watch_of(d, d->line.timed ? d->line.conn : 0, false);

	watch_message(w, s, &e);
	return sink_row(d->c->sink, &e);
}

/* Hex alone: message after message, its side told by its reply flag. */
static int print_hex(struct decoder *d)
{
	const struct decode_options *o = d->c->config;
	struct sighting s = d->line.seen;
	struct bytes rest = s.bytes;
	int err = 0;

	s.channel = o->backend ? CHANNEL_BACKEND : CHANNEL_MAIN;
	while (rest.n && !err) {
		uint32_t words[3] = { 0 };
		size_t n = rest.n;

		memcpy(words, rest.p, MIN(n, sizeof(words)));
		if (n >= MSG_HEADER && words[2] < n - MSG_HEADER)
			n = MSG_HEADER + words[2];
		s.from_backend = !!(words[1] & MSG_REPLY) != o->backend;
		s.bytes = (struct bytes){ rest.p, n };
		err = print_message(d, &s);
		rest.p += n;
		rest.n -= n;
	}
	return err;
}

/* Whose lines are missing is not known. */
static int print_lost(struct decoder *d)
{
	struct event e = event_at(d);

	d->lost = true;
	for (size_t i = 0; i < TRACKED; i++)
		watch_lost(&d->conns[i].watch);
	e.kind = EVENT_LOST;
	e.conn = (struct opt_u64){ 0 };
	event_note(&e, "%" PRIu64 " lines are missing here", d->line.lines);
	return sink_row(d->c->sink, &e);
}

static int decode_line(struct decoder *d, const char *text, size_t n)
{
	struct captured *l = &d->line;
	int r = capture_parse(l, text, n);
	struct event e;

	d->lines++;
	if (r == -EINVAL) {
		diag_warn(&d->c->diag, "line %zu is neither hex nor of a trace",
			  d->lines);
		d->bad++;
		return 0;
	}
	if (r <= 0)
		return r;
	if (!l->timed)
		return print_hex(d);
	if (l->kind == EVENT_REQUEST)
		return print_message(d, &l->seen);
	if (l->kind == EVENT_LOST)
		return print_lost(d);
	e = event_at(d);
	if (l->kind == EVENT_CLOSE)
		watch_close(watch_of(d, l->conn, false), &e);
	else
		watch_of(d, l->conn, true);
	return sink_row(d->c->sink, &e);
}

/* All whole lines in b; what is left moves to its beginning. */
static int decode_lines(struct decoder *d, struct buf *b, bool end)
{
	size_t at = 0;
	int err = 0;

	while (at < b->n && !err) {
		const char *eol = memchr(b->p + at, '\n', b->n - at);

		if (!eol && !end)
			break;
		if (!eol)
			eol = b->p + b->n;
		err = decode_line(d, b->p + at, (size_t)(eol - b->p) - at);
		at = MIN((size_t)(eol - b->p) + 1, b->n);
	}
	memmove(b->p, b->p + at, b->n - at);
	b->n -= at;
	return err;
}

/* Reads to the end. *what is set where reading failed, not writing. */
static int decode_fd(struct decoder *d, int fd, struct buf *b, const char **what)
{
	int err = 0;

	while (!err) {
		char *to = buf_room(b, 1 << 16);
		ssize_t n = to ? read(fd, to, 1 << 16) : -1;

		if (n < 0 && to && errno == EINTR)
			continue;
		if (n < 0 || b->n > LINE_LIMIT) {
			*what = n < 0 ? "reading" : "a line is too long";
			return !to ? -ENOMEM : n < 0 ? -errno : -EFBIG;
		}
		b->n += (size_t)n;
		if (!n)
			return b->n ? decode_lines(d, b, true) : 0;
		err = decode_lines(d, b, false);
	}
	return err;
}

static int decode_run(struct ctx *c)
{
	const char *path = c->nargs ? c->args[0] : "-", *what = NULL;
	bool std = !strcmp(path, "-");
	struct decoder d = { .c = c, .conns = calloc(TRACKED, sizeof(*d.conns)) };
	struct buf b = { 0 };
	int fd = std ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC), err, status = 0;

	if (fd < 0 || !d.conns) {
		status = diag_fail(&c->diag, fd < 0 ? errno : ENOMEM, NULL, "read %s",
				   path);
	} else {
		err = decode_fd(&d, fd, &b, &what);
		if (err)
			status = what ? diag_fail(&c->diag, err, NULL, "%s %s", what,
						  std ? "standard input" : path)
				      : STATUS_FAILED;
		else if (d.bad || d.lost)
			status = STATUS_INCOMPLETE;
	}
	if (fd >= 0 && !std)
		close(fd);
	capture_free(&d.line);
	buf_free(&b);
	free(d.conns);
	return status;
}

const struct command decode_command = {
	.name = "decode",
	.brief = "Read messages from a trace file or from hex, without a device",
	.args = "[FILE]",
	.max_args = 1,
	.opts = options,
	.nopts = COUNT(options),
	.rec = &event_record,
	.defaults = &defaults,
	.config_size = sizeof(struct decode_options),
	.run = decode_run,
};
