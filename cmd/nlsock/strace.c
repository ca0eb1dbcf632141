/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "strace.h"

#include "input.h"
#include "spec.h"
#include "strace_line.h"

#include <ctype.h>

enum { FDS = 1024, WAITING = 64 };
enum { UNKNOWN = -2, OTHER = -1 }; /* of a descriptor, else its protocol */

/* A call whose data are being read, or are awaited: <unfinished ...>. */
struct call {
	char name[STRACE_NAME];
	long pid;
	int fd, protocol;
	bool moves; /* data, that is */
	bool out, accepted;
	bool twice; /* its bytes come another time, or have come */
	bool decoded, cut, dumped;
	size_t frames, bytes; /* how many there were before */
};

struct reading {
	struct strace *s;
	int fds[FDS];
	bool any;     /* calls that move data, or dumps, were there */
	bool sockets; /* the calls that make netlink sockets are there */
	struct call now;
	struct call waiting[WAITING];
	size_t turn;
};

static struct strace_frame *last_frame(const struct reading *r)
{
	struct strace_frame *v = (void *)r->s->frames.p;

	return &v[r->s->frames.n / sizeof(*v) - 1];
}

static void open_frame(struct reading *r)
{
	const struct strace_frame f = { .at = r->s->bytes.n,
					.protocol = r->now.protocol,
					.out = r->now.out };

	buf_add(&r->s->frames, &f, sizeof(f));
}

static bool no_frame(const struct reading *r)
{
	return r->s->frames.n <= r->now.frames;
}

/* Of a read that came to an end there is nothing. */
static void close_frame(struct reading *r)
{
	struct strace_frame *f = no_frame(r) || r->s->frames.err ? NULL : last_frame(r);

	if (!f)
		return;
	f->n = r->s->bytes.n - f->at;
	if (!f->n)
		r->s->frames.n -= sizeof(*f);
}

static void drop_frames(struct reading *r)
{
	r->s->frames.n = r->now.frames;
	r->s->bytes.n = r->now.bytes;
}

/* What has been read of the call is whole now, or is left out. */
static void finish(struct reading *r)
{
	struct call *c = &r->now;

	if (!c->accepted || c->twice) {
		drop_frames(r);
	} else if (!c->dumped && (c->decoded || c->cut)) {
		drop_frames(r);
		r->s->decoded += c->decoded;
		r->s->cut += !c->decoded;
	}
	close_frame(r);
	*c = (struct call){ .fd = -1, .protocol = -1 };
	c->frames = r->s->frames.n;
	c->bytes = r->s->bytes.n;
}

static void next_frame(struct reading *r)
{
	close_frame(r);
	open_frame(r);
}

/* The string that begins at the line's quote, as bytes of the frame. */
static void take_string(struct reading *r, struct line *l)
{
	if (no_frame(r))
		open_frame(r);
	for (l->at++; l->at < l->end && *l->at != '"';) {
		char c = *l->at++;

		if (c == '\\' && l->at < l->end)
			c = line_escape(l);
		buf_putc(&r->s->bytes, c);
	}
	l->at += l->at < l->end;
	r->now.cut |= line_starts(l, "...");
}

/* Strings that are the whole of a buffer; those within what strace decoded are not. */
static void take_data(struct reading *r, struct line l)
{
	if (line_find(&l, "nlmsg_len="))
		r->now.decoded = true;
	if (l.at < l.end && *l.at == '"')
		take_string(r, &l);
	while (l.at < l.end) {
		if (line_starts(&l, "msg_hdr=") && !no_frame(r)) {
			next_frame(r);
		} else if (line_starts(&l, "iov_base=\"")) {
			l.at += strlen("iov_base=");
			take_string(r, &l);
			continue;
		}
		l.at++;
	}
}

static int protocol_named(const char *p, const char *end)
{
	for (size_t i = 0; i < protocol_names.n; i++) {
		const char *name = protocol_names.v[i].name;
		const size_t n = strlen(name);

		if ((size_t)(end - p) >= n && !memcmp(p, name, n) &&
		    ((size_t)(end - p) == n ||
		     !(isupper((unsigned char)p[n]) || p[n] == '_')))
			return (int)protocol_names.v[i].number;
	}
	return (int)line_number(&(struct line){ .at = p, .end = end });
}

static int *fd_of(struct reading *r, long fd)
{
	return fd >= 0 && fd < FDS ? &r->fds[fd] : NULL;
}

/* Calls that make descriptors, or give them back. */
static void follow_descriptors(struct reading *r, const struct call *c,
			       const struct line *l)
{
	int *to = fd_of(r, line_result(l)), *from = fd_of(r, c->fd);
	const char *name;

	if (!strcmp(c->name, "socket") && to) {
		name = line_find(l, "AF_NETLINK") ? line_find(l, " NETLINK_") : NULL;
		*to = name ? protocol_named(name + 9, l->end) : OTHER;
		if (line_find(l, "AF_NETLINK") && *to == OTHER)
			*to = UNKNOWN;
	} else if (!strcmp(c->name, "close") && from) {
		*from = UNKNOWN;
	} else if ((!strncmp(c->name, "dup", 3) || line_find(l, "F_DUPFD")) && to &&
		   from) {
		*to = *from;
	} else if (to && (!strncmp(c->name, "open", 4) || !strncmp(c->name, "acc", 3))) {
		*to = OTHER;
	}
}

static bool moves_data(const char *name, bool *out)
{
	static const char *const in[] = { "read",     "readv",   "recv",
					  "recvfrom", "recvmsg", "recvmmsg" };
	static const char *const outs[] = { "write",  "writev",  "send",
					    "sendto", "sendmsg", "sendmmsg" };

	for (size_t i = 0; i < COUNT(in); i++)
		if (!strcmp(name, in[i]) || !strcmp(name, outs[i])) {
			*out = !strcmp(name, outs[i]);
			return true;
		}
	return false;
}

/* Whether the call is on a netlink socket, by what can be known of that. */
static void judge(struct reading *r, const struct line *l)
{
	struct call *c = &r->now;
	const int *fd = fd_of(r, c->fd);
	const char *named = line_find(l, "<NETLINK:[");
	const bool marked = named || line_find(l, "nlmsg_len=") ||
			    line_find(l, "sa_family=AF_NETLINK");

	if (named)
		c->protocol = protocol_named(named + strlen("<NETLINK:["), l->end);
	else if (fd && *fd >= 0)
		c->protocol = *fd;
	c->accepted |=
		marked || (fd && *fd >= 0) || (!r->sockets && !(fd && *fd == OTHER));
	c->twice |= line_find(l, "MSG_PEEK") != NULL;
}

/* What began in another line: what is behind "resumed>" belongs to it. */
static bool resume(struct reading *r, struct line *l, long pid)
{
	char name[STRACE_NAME];

	l->at += strlen("<... ");
	if (!line_name(l, name) || !line_starts(l, " resumed>"))
		return false;
	l->at += strlen(" resumed>");
	for (size_t i = 0; i < WAITING; i++) {
		struct call *c = &r->waiting[i];

		if (c->pid == pid && !strcmp(c->name, name)) {
			const size_t frames = r->now.frames, bytes = r->now.bytes;

			r->now = *c;
			r->now.frames = frames;
			r->now.bytes = bytes;
			*c = (struct call){ .fd = -1 };
			return true;
		}
	}
	memcpy(r->now.name, name, sizeof(name));
	r->now.moves = moves_data(name, &r->now.out);
	return true;
}

/* NAME(FD, after which the line is left; a call without a descriptor has none. */
static bool begin(struct reading *r, struct line *l, long pid)
{
	struct call *c = &r->now;

	if (!line_name(l, c->name) || l->at == l->end || *l->at != '(')
		return false;
	c->pid = pid;
	c->moves = moves_data(c->name, &c->out);
	l->at++;
	c->fd = (int)line_number(l);
	if (c->fd < 0)
		return true;
	if (l->at < l->end && *l->at == '<')
		while (l->at < l->end && *l->at++ != '>')
			;
	if (line_starts(l, ", "))
		l->at += 2;
	return true;
}

/*
 * The rest of the call is in a line to come. What it sends is in this one, and a dump of
 * it would say the same; but of what strace decoded or cut the dump alone has all bytes.
 */
static void wait_for_end(struct reading *r)
{
	struct call *c = &r->waiting[r->turn++ % WAITING];

	*c = r->now;
	if (no_frame(r) || c->decoded || c->cut)
		r->now.accepted = false;
	else
		c->twice = true;
}

static void take_call(struct reading *r, struct line l)
{
	const struct line all = l;
	const long pid = line_prefix(&l);
	bool known;

	finish(r);
	known = line_starts(&l, "<... ") ? resume(r, &l, pid) : begin(r, &l, pid);
	if (!known)
		return;
	if (!r->now.moves) {
		follow_descriptors(r, &r->now, &all);
		return;
	}
	r->any = true;
	judge(r, &all);
	take_data(r, l);
	if (line_find(&l, "<unfinished ...>"))
		wait_for_end(r);
}

/* " | 00010  6c 6f 00 00 ...  lo.. |": bytes, 16 in a line. False: it is none. */
static bool take_dumped(struct reading *r, struct line l)
{
	struct input_fault ignored;
	const char *digits;

	if (!line_starts(&l, " | "))
		return false;
	l.at += 3;
	digits = l.at;
	while (l.at < l.end && isxdigit((unsigned char)*l.at))
		l.at++;
	if (l.at - digits < 5 || !line_starts(&l, "  "))
		return false;
	r->any = true;
	if (!r->now.moves && !r->now.name[0] && strspn(digits, "0") >= 5) {
		finish(r); /* a dump alone, without its call */
		r->now.accepted = true;
	}
	if (!r->now.dumped)
		drop_frames(r);
	r->now.dumped = true;
	if (no_frame(r))
		open_frame(r);
	for (int k = 0; k < 16; k++) {
		l.at += k == 8 || !k ? 2 : 1;
		if (l.end - l.at < 2 || !input_is_hex(l.at, 2) || *l.at == ' ' ||
		    l.at[1] == ' ' || input_unhex(&r->s->bytes, l.at, 2, &ignored))
			break;
		l.at += 2;
	}
	return true;
}

bool strace_read(struct strace *s, const char *p, size_t n)
{
	struct reading r = { .s = s, .now = { .fd = -1, .protocol = -1 } };
	const char *end = p + n, *making = "socket(AF_NETLINK";

	*s = (struct strace){ 0 };
	r.sockets = n && memmem(p, n, making, strlen(making));
	for (size_t i = 0; i < FDS; i++)
		r.fds[i] = UNKNOWN;
	while (p < end) {
		const char *stop = memchr(p, '\n', (size_t)(end - p));
		const struct line l = { .at = p, .end = stop ? stop : end };

		if (line_starts(&l, " = ") && r.now.dumped)
			next_frame(&r);
		else if (!take_dumped(&r, l) && !line_starts(&l, " * ") &&
			 !line_starts(&l, " = "))
			take_call(&r, l);
		p = l.end + 1;
	}
	finish(&r);
	return r.any;
}

void strace_free(struct strace *s)
{
	buf_free(&s->bytes);
	buf_free(&s->frames);
}
