/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * capture.c - conversations as lines of text. A line is
 *   message TIME CONN main|back-end front-end|back-end LOST FDS HEX
 *   open TIME CONN, close TIME CONN
 *   lost TIME LINES
 * TIME in ns since 1970; LOST bytes that were not kept; FDS is - or KIND:SIZE:NAME,...
 * and then, where there were more, +NUMBER
 */
#include "capture.h"

#include "units.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>

enum { FIELD_MAX = 32 };

static void put_fds(struct buf *b, const struct fd_list *fds, size_t more)
{
	if (!fds->n && !more)
		buf_putc(b, '-');
	for (size_t i = 0; i < fds->n; i++) {
		const struct fd_info *f = &fds->v[i];

		buf_printf(b, "%s%s:%" PRIu64 ":", i ? "," : "",
			   name_of(&fd_kind_names, f->kind), f->size_bytes);
		for (const char *p = f->name; *p; p++)
			if (isalnum((unsigned char)*p) || strchr("/._-+@", *p))
				buf_putc(b, *p);
			else
				buf_printf(b, "%%%02x", (unsigned char)*p);
	}
	if (more)
		buf_printf(b, "%s+%zu", fds->n ? "," : "", more);
}

void capture_put(struct buf *b, const struct captured *c)
{
	const struct sighting *s = &c->seen;
	struct value hex = value_hexbytes(s->bytes.p, s->bytes.n);

	if (c->kind == EVENT_OPEN || c->kind == EVENT_CLOSE) {
		buf_printf(b, "%s %" PRIu64 " %" PRIu64 "\n",
			   c->kind == EVENT_OPEN ? "open" : "close", c->time_ns, c->conn);
		return;
	}
	if (c->kind == EVENT_LOST) {
		buf_printf(b, "lost %" PRIu64 " %" PRIu64 "\n", c->time_ns, c->lines);
		return;
	}
	buf_printf(b, "message %" PRIu64 " %" PRIu64 " %s %s %" PRIu64 " ", c->time_ns,
		   c->conn, s->channel == CHANNEL_MAIN ? "main" : "back-end",
		   s->from_backend ? "back-end" : "front-end", s->lost);
	put_fds(b, &s->fds, s->more_fds);
	buf_putc(b, ' ');
	value_put(b, &hex, STYLE_TEXT);
	buf_putc(b, '\n');
}

/* The next word of the line, taken off it. */
static struct bytes word(struct bytes *line)
{
	struct bytes w = *line;
	const char *end;

	while (w.n && *w.p == ' ')
		w.p++, w.n--;
	end = memchr(w.p, ' ', w.n);
	*line = end ? (struct bytes){ end, w.n - (size_t)(end - w.p) }
		    : (struct bytes){ w.p + w.n, 0 };
	w.n -= line->n;
	return w;
}

static bool is(struct bytes w, const char *text)
{
	return w.n == strlen(text) && !memcmp(w.p, text, w.n);
}

static bool number(struct bytes w, uint64_t *v)
{
	char text[FIELD_MAX];

	if (!w.n || w.n >= sizeof(text))
		return false;
	memcpy(text, w.p, w.n);
	text[w.n] = 0;
	return !parse_u64(text, v);
}

static int hex_digit(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : (c | 32) - 'a' + 10;
}

static void unescape(char name[FD_NAME], struct bytes w)
{
	size_t n = 0;

	for (size_t i = 0; i < w.n && n < FD_NAME - 1; i++) {
		if (w.p[i] == '%' && i + 2 < w.n && isxdigit((unsigned char)w.p[i + 1]) &&
		    isxdigit((unsigned char)w.p[i + 2])) {
			name[n++] = (char)(hex_digit(w.p[i + 1]) << 4 |
					   hex_digit(w.p[i + 2]));
			i += 2;
		} else {
			name[n++] = w.p[i];
		}
	}
	name[n] = 0;
}

/* KIND:SIZE:NAME */
static bool parse_fd(struct fd_info *f, struct bytes w)
{
	const char *colon = memchr(w.p, ':', w.n), *second;
	size_t k = colon ? (size_t)(colon - w.p) : 0;
	struct bytes kind = { w.p, k };

	*f = (struct fd_info){ 0 };
	second = colon ? memchr(colon + 1, ':', w.n - k - 1) : NULL;
	if (!second || !number((struct bytes){ colon + 1, (size_t)(second - colon - 1) },
			       &f->size_bytes))
		return false;
	unescape(f->name, (struct bytes){ second + 1, (size_t)(w.p + w.n - second - 1) });
	for (size_t i = 0; i < fd_kind_names.n; i++)
		if (is(kind, fd_kind_names.v[i].name)) {
			f->kind = (uint8_t)fd_kind_names.v[i].number;
			return true;
		}
	return false;
}

static bool parse_fds(struct captured *c, struct bytes w)
{
	uint64_t more;

	c->seen.fds = (struct fd_list){ c->fds, 0 };
	if (is(w, "-"))
		return true;
	while (w.n) {
		const char *comma = memchr(w.p, ',', w.n);
		struct bytes one = { w.p, comma ? (size_t)(comma - w.p) : w.n };

		if (*w.p == '+' && !comma) {
			if (!number((struct bytes){ w.p + 1, w.n - 1 }, &more) || !more ||
			    more > SIZE_MAX)
				return false;
			c->seen.more_fds = more;
			return true;
		}
		if (c->seen.fds.n == WATCH_FDS ||
		    !parse_fd(&c->fds[c->seen.fds.n++], one))
			return false;
		w.p += one.n + !!comma;
		w.n -= one.n + !!comma;
	}
	return c->seen.fds.n;
}

static bool parse_message(struct captured *c, struct bytes line)
{
	struct bytes channel = word(&line), from = word(&line);

	c->seen.channel = is(channel, "main") ? CHANNEL_MAIN : CHANNEL_BACKEND;
	c->seen.from_backend = is(from, "back-end");
	if ((c->seen.channel == CHANNEL_BACKEND && !is(channel, "back-end")) ||
	    (!c->seen.from_backend && !is(from, "front-end")) ||
	    !number(word(&line), &c->seen.lost) || !parse_fds(c, word(&line)))
		return false;
	return !hex_decode(&c->bytes, line.p, line.n);
}

int capture_parse(struct captured *c, const char *line, size_t n)
{
	struct bytes rest = { line, n }, what;

	while (rest.n && isspace((unsigned char)rest.p[rest.n - 1]))
		rest.n--;
	c->bytes.n = 0;
	c->seen = (struct sighting){ 0 };
	c->kind = EVENT_REQUEST;
	c->timed = true;
	line = rest.p;
	n = rest.n;
	what = word(&rest);
	if (!what.n || *what.p == '#')
		return 0;
	if (is(what, "lost")) {
		c->kind = EVENT_LOST;
		if (!number(word(&rest), &c->time_ns) || !number(word(&rest), &c->lines))
			return -EINVAL;
	} else if (is(what, "open") || is(what, "close") || is(what, "message")) {
		if (!number(word(&rest), &c->time_ns) || !number(word(&rest), &c->conn))
			return -EINVAL;
		c->seen.at_ns = c->time_ns;
		if (*what.p != 'm')
			c->kind = *what.p == 'o' ? EVENT_OPEN : EVENT_CLOSE;
		else if (!parse_message(c, rest))
			return -EINVAL;
	} else {
		c->timed = false;
		if (hex_decode(&c->bytes, line, n))
			return -EINVAL;
	}
	c->seen.bytes = (struct bytes){ c->bytes.n ? c->bytes.p : "", c->bytes.n };
	return c->bytes.err ? c->bytes.err : 1;
}

void capture_free(struct captured *c)
{
	buf_free(&c->bytes);
}
