/* SPDX-License-Identifier: GPL-2.0-or-later */
/* send.c - vhostctl send: any messages, in order, and what comes back. */
#include "send.h"

#include "clock.h"
#include "peer.h"
#include "script.h"
#include "step.h"
#include "watch.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { FDS = 253 }; /* that go with one message (net/scm.h) */

#define FD_WORDS "it is memfd:SIZE, eventfd, socket, null or a path"

struct send_options {
	struct list_arg fd;
	const char *file;
	struct time_arg timeout;
	bool hex, replies, listen;
};

static const struct opt options[] = {
	OPT(send_options, fd, 0, "fd", "WORD",
	    "a file descriptor for the messages, in the order that they take them: "
	    "memfd:SIZE, eventfd, socket, null or a path"),
	OPT(send_options, file, 'f', "file", "FILE",
	    "read requests from FILE too, words between blanks, # to the end of a line; "
	    "- "
	    "is standard input"),
	OPT(send_options, hex, 'x', "hex", NULL, "print the bytes of each message too"),
	OPT(send_options, replies, 'r', "replies", NULL, "print what comes back only"),
	OPT(send_options, listen, 'l', "listen", NULL,
	    "listen at SOCKET until the back-end connects to us"),
	OPT(send_options, timeout, 0, "timeout", "TIME",
	    "how long one answer may take, 1s by default, and with --listen how long to "
	    "wait "
	    "for the back-end, 30s by default",
	    .min = 1000000, .max = UINT64_C(3600000000000)),
};

/* One run: the connection, what is known of it, and the fds at hand. */
struct sender {
	struct ctx *c;
	struct peer p;
	struct watch watch;
	uint64_t start_ns;
	int *fds;
	size_t nfds, used;
	size_t room;  /* of fds */
	size_t given; /* those from `used` on that go with the next message */
	struct buf bytes;
	bool unread; /* of what has come, the body */
	bool incomplete;
};

static int print(struct sender *s, struct event *e)
{
	e->conn = some_u64(1);
	e->time = some_u64(clock_wall_ns());
	e->at_ns = some_u64(clock_mono_ns() - s->start_ns);
	if (s->bytes.err)
		return diag_fail(&s->c->diag, s->bytes.err, NULL, "message");
	return sink_row(s->c->sink, e) ? STATUS_FAILED : 0;
}

/* What lies in s->bytes was sent or has come. */
static int show(struct sender *s, bool came, const int *fds, size_t nfds, size_t dropped)
{
	const struct send_options *o = s->c->config;
	struct fd_info info[WATCH_FDS];
	struct sighting seen = { .channel = CHANNEL_MAIN,
				 .from_backend = came,
				 .at_ns = clock_mono_ns(),
				 .bytes = { s->bytes.p, s->bytes.n },
				 .fds = { info, MIN(nfds, COUNT(info)) },
				 .more_fds = dropped + nfds - MIN(nfds, COUNT(info)),
				 .unread = came && s->unread };
	struct event e = { 0 };

	for (size_t i = 0; i < seen.fds.n; i++)
		fd_describe(fds[i], &info[i]);
	watch_message(&s->watch, &seen, &e);
	return came || !o->replies ? print(s, &e) : 0;
}

static int show_received(struct sender *s)
{
	struct message *m = &s->p.rx;
	struct msg_header h;
	int status;

	s->unread = m->done == MSG_HEADER && msg_decode(m->head, &h) != MSG_FINE;
	s->bytes.n = 0;
	buf_add(&s->bytes, m->head, MIN(m->done, MSG_HEADER));
	if (m->done > MSG_HEADER)
		buf_add(&s->bytes, m->body, MIN(m->done - MSG_HEADER, MSG_BODY_MAX));
	status = show(s, true, m->fds, m->nfds, m->dropped);
	message_close(m);
	return status;
}

static int show_close(struct sender *s)
{
	struct event e = { .from = "back-end", .channel = "main" };

	watch_close(&s->watch, &e);
	return print(s, &e);
}

enum went { WENT_ON, WENT_QUIET, WENT_AWAY, WENT_WRONG };

/* One message from the back-end, printed; *request becomes what it is about. */
static enum went receive(struct sender *s, uint64_t deadline, struct msg_header *h)
{
	struct message *m = &s->p.rx;
	enum conn_end end;

	message_begin(m);
	end = conn_receive(&s->p.conn, m, deadline);
	*h = m->h;
	if (end == CONN_RETRY && !m->done)
		return WENT_QUIET;
	if (end == CONN_ERROR) {
		s->incomplete = true;
		diag_fail(&s->c->diag, s->p.conn.err, NULL, "%s: socket failed",
			  s->p.path);
		return WENT_AWAY;
	}
	if (end != CONN_DISCONNECT && show_received(s))
		return WENT_WRONG;
	if (end == CONN_DONE)
		return WENT_ON;
	s->incomplete = true;
	return end == CONN_DISCONNECT && show_close(s) ? WENT_WRONG : WENT_AWAY;
}

static enum went await(struct sender *s, const struct step *step)
{
	uint64_t deadline = clock_mono_ns() + s->p.timeout_ns;
	struct msg_header h;
	enum went went;

	do
		went = receive(s, deadline, &h);
	while (went == WENT_ON && step->kind == STEP_MESSAGE &&
	       (h.request != step->h.request || !(h.flags & MSG_REPLY)));
	if (went != WENT_QUIET)
		return went;
	s->incomplete = true;
	diag_warn(&s->c->diag, "%s: nothing came back within the time", s->p.path);
	return WENT_ON;
}

/* What has come unasked, or followed the last answer. */
static enum went drain(struct sender *s)
{
	struct msg_header h;
	enum went went;

	do
		went = receive(s, clock_mono_ns(), &h);
	while (went == WENT_ON);
	return went;
}

/* As many fds as the step takes; the last step takes all that are left. */
static size_t take_fds(struct sender *s, const struct step *step, bool last)
{
	size_t left = s->nfds - s->used;
	size_t n = MIN(s->given && !step->fds.has ? s->given : step_fds(step), left);

	return last && !step->fds.has ? left : n;
}

static enum went transmit(struct sender *s, const struct step *step, bool last)
{
	size_t n = take_fds(s, step, last), done = 0;
	uint8_t head[MSG_HEADER];
	struct iovec part;
	enum conn_end end;

	s->bytes.n = 0;
	msg_encode(head, &step->h);
	if (step->kind == STEP_MESSAGE)
		buf_add(&s->bytes, head, sizeof(head));
	buf_add(&s->bytes, step->body.p, step->body.n);
	if (s->bytes.err)
		return print(s, &(struct event){ 0 }) ? WENT_WRONG : WENT_ON;
	part = (struct iovec){ s->bytes.p, s->bytes.n };
	end = conn_send(&s->p.conn, &part, 1, s->fds + s->used, n, &done,
			clock_mono_ns() + s->p.timeout_ns);
	if (end == CONN_DONE && show(s, false, s->fds + s->used, n, 0))
		return WENT_WRONG;
	s->used += n;
	s->given -= MIN(s->given, n);
	if (end == CONN_DONE)
		return WENT_ON;
	s->incomplete = true;
	diag_fail(&s->c->diag, s->p.conn.err,
		  end == CONN_DISCONNECT ? "the back-end's own log may say why" : NULL,
		  "%s: sent only %zu of %zu bytes", s->p.path, done, s->bytes.n);
	return end == CONN_DISCONNECT ? drain(s) : WENT_AWAY;
}

/* Makes the fd of a step, which comes before those of --fd. */
static enum went give_fd(struct sender *s, const char *word)
{
	size_t at = s->used + s->given;
	int fd = s->nfds - s->used < FDS ? fd_make(word) : -EMFILE;

	if (fd < 0) {
		diag_fail(&s->c->diag, fd, FD_WORDS, "fd:%s", word);
		return WENT_WRONG;
	}
	if (s->nfds == s->room) {
		size_t room = 2 * s->room + 4;
		int *fds = realloc(s->fds, room * sizeof(*fds));

		if (!fds) {
			close(fd);
			diag_fail(&s->c->diag, ENOMEM, NULL, "fd:%s", word);
			return WENT_WRONG;
		}
		s->fds = fds;
		s->room = room;
	}
	memmove(s->fds + at + 1, s->fds + at, (s->nfds - at) * sizeof(fd));
	s->fds[at] = fd;
	s->nfds++;
	s->given++;
	return WENT_ON;
}

static enum went take_step(struct sender *s, const struct step *step, bool last)
{
	struct timespec t = { .tv_sec = (time_t)(step->ns / 1000000000),
			      .tv_nsec = (long)(step->ns % 1000000000) };
	enum went went;

	switch (step->kind) {
	case STEP_SLEEP:
		nanosleep(&t, NULL);
		return WENT_ON;
	case STEP_READ:
		return await(s, step);
	case STEP_FD:
		return give_fd(s, step->body.p);
	case STEP_CLOSE:
		shutdown(s->p.conn.fd, SHUT_WR);
		return WENT_ON;
	default:
		went = transmit(s, step, last);
		return went == WENT_ON && step->wait ? await(s, step) : went;
	}
}

static int converse(struct sender *s, const struct script *script)
{
	enum went went = WENT_ON;

	for (size_t i = 0; i < script->n && went == WENT_ON; i++)
		went = take_step(s, &script->v[i], i + 1 == script->n);
	if (went == WENT_ON)
		went = drain(s);
	if (went == WENT_WRONG)
		return STATUS_FAILED;
	return s->incomplete ? STATUS_INCOMPLETE : STATUS_DONE;
}

static int make_fds(struct sender *s, const struct list_arg *words)
{
	s->room = words->n + 1;
	s->fds = calloc(s->room, sizeof(*s->fds));
	if (!s->fds)
		return diag_fail(&s->c->diag, ENOMEM, NULL, "options");
	if (words->n > FDS)
		return diag_usage(&s->c->diag, "--fd: a message carries at most %d", FDS);
	for (; s->nfds < words->n; s->nfds++) {
		int fd = fd_make(words->v[s->nfds]);

		if (fd < 0)
			return diag_fail(&s->c->diag, fd, FD_WORDS, "--fd %s",
					 words->v[s->nfds]);
		s->fds[s->nfds] = fd;
	}
	return 0;
}

static int send_prepare(struct ctx *c)
{
	const struct send_options *o = c->config;

	if (o->hex && !c->common.columns)
		c->common.columns = "+bytes";
	return 0;
}

static int send_run(struct ctx *c)
{
	const struct send_options *o = c->config;
	const struct meeting meeting = { o->listen, o->timeout.ns, 1000000000 };
	struct sender *s = calloc(1, sizeof(*s));
	struct script script = { 0 };
	int status;

	if (!s)
		return diag_fail(&c->diag, ENOMEM, NULL, "connection");
	s->c = c;
	status = script_words(&script, &c->diag, c->args + 1, c->nargs - 1);
	if (!status && o->file)
		status = script_read(&script, &c->diag, o->file);
	if (!status && !script.n)
		status = diag_usage(&c->diag, "there is nothing to send");
	if (!status)
		status = make_fds(s, &o->fd);
	if (!status) {
		status = peer_open(&s->p, &c->diag, c->args[0], &meeting);
		s->start_ns = clock_mono_ns();
		if (!status)
			status = converse(s, &script);
		peer_close(&s->p);
	}
	while (s->nfds)
		close(s->fds[--s->nfds]);
	free(s->fds);
	buf_free(&s->bytes);
	script_free(&script);
	free(s);
	return status;
}

const struct command send_command = {
	.name = "send",
	.brief = "Send any messages, well-formed or not, and print what comes back",
	.args = "SOCKET REQUEST[+MODIFIER...][=PAYLOAD]...",
	.min_args = 1,
	.opts = options,
	.nopts = COUNT(options),
	.rec = &event_record,
	.config_size = sizeof(struct send_options),
	.prepare = send_prepare,
	.run = send_run,
};
