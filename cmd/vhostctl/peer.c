/* SPDX-License-Identifier: GPL-2.0-or-later */
/* peer.c - a back-end on the other side: questions, answers, and what went wrong. */
#include "peer.h"

#include "clock.h"
#include "spec.h"

#include <errno.h>

/* What a person can do about a connection that did not come about. */
static const char *connect_hint(int err)
{
	switch (-err) {
	case ENOENT:
		return "is the back-end running, and is this the path that it listens "
		       "at?";
	case ENOTSOCK:
		return "the file is not a socket: give the path that the back-end "
		       "listens at";
	case ECONNREFUSED:
		return "no one listens: the back-end has ended, or connects as a client "
		       "itself";
	case EACCES:
	case EPERM:
		return "it takes write permission on the socket and search on its "
		       "folders";
	case EPROTOTYPE:
		return "the socket is not a stream socket, so it is not vhost-user";
	case ETIMEDOUT:
		return "its queue of connections stays full: the back-end accepts none";
	default:
		return NULL;
	}
}

static void begin(struct peer *p, const struct diag *diag, const char *path,
		  uint64_t timeout_ns)
{
	p->conn = (struct conn){ .fd = -1 };
	p->path = path;
	p->diag = diag;
	p->timeout_ns = timeout_ns;
	p->silent = 0;
	message_begin(&p->rx);
}

int peer_dial(struct peer *p, const struct diag *diag, const struct dial *d,
	      uint64_t timeout_ns, uint64_t wait_ns)
{
	int err;

	begin(p, diag, d->path, timeout_ns);
	err = dial_connect(d, &p->conn, clock_mono_ns() + wait_ns);
	if (err && d->listens)
		return diag_fail(diag, err, "is the back-end to connect to this path?",
				 "%s: no back-end has come", d->path);
	return err ? diag_fail(diag, err, connect_hint(err), "connect to %s", d->path)
		   : 0;
}

int peer_open(struct peer *p, const struct diag *diag, const char *path,
	      const struct meeting *m)
{
	uint64_t answer_ns = m->timeout_ns ? m->timeout_ns : m->answer_ns;
	uint64_t arrival_ns = m->timeout_ns ? m->timeout_ns : PEER_ARRIVAL_NS;
	struct dial d;
	int status = dial_open(&d, diag, path, m->listens);

	begin(p, diag, path, answer_ns);
	if (!status)
		status = peer_dial(p, diag, &d, answer_ns,
				   m->listens ? arrival_ns : answer_ns);
	dial_close(&d);
	return status;
}

void peer_close(struct peer *p)
{
	message_close(&p->rx);
	conn_close(&p->conn);
}

enum conn_end peer_tell(struct peer *p, uint32_t request, uint32_t flags,
			const void *body, size_t n)
{
	struct msg_header h = { .request = request,
				.flags = MSG_VERSION | flags,
				.size = (uint32_t)n };
	uint8_t head[MSG_HEADER];
	struct iovec parts[] = { { head, MSG_HEADER }, { (void *)(uintptr_t)body, n } };
	size_t done = 0;

	msg_encode(head, &h);
	message_begin(&p->rx); /* what is said of an end is about this exchange */
	return conn_send(&p->conn, parts, COUNT(parts), NULL, 0, &done,
			 clock_mono_ns() + p->timeout_ns);
}

static void drop_fds(struct peer *p, uint32_t request)
{
	size_t n = p->rx.nfds + p->rx.dropped;

	message_close(&p->rx);
	if (n)
		diag_warn(p->diag,
			  "%s: %zu file descriptors came with the answer to %s, "
			  "closed: none belong there",
			  p->path, n, name_of(&spec_requests, request));
}

static enum conn_end broken(struct peer *p, enum msg_fault fault)
{
	p->conn.err = 0;
	p->conn.fault = msg_fault_text(fault);
	return CONN_BROKEN;
}

/* An answer that comes after its time was over. */
static bool is_late(const struct peer *p, const struct msg_header *h, uint32_t request)
{
	return h->request != request && h->request < 64 && p->silent & BIT(h->request) &&
	       h->flags & MSG_REPLY;
}

enum conn_end peer_answer(struct peer *p, uint32_t request, struct bytes *body)
{
	uint64_t deadline = clock_mono_ns() + p->timeout_ns;
	enum conn_end end;
	enum msg_fault fault;

	do {
		message_begin(&p->rx);
		end = conn_receive(&p->conn, &p->rx, deadline);
		if (end == CONN_RETRY)
			p->silent |= BIT(request);
		if (end != CONN_DONE)
			return end;
		drop_fds(p, p->rx.h.request);
	} while (is_late(p, &p->rx.h, request) && clock_mono_ns() < deadline);
	*body = (struct bytes){ .p = (const char *)p->rx.body, .n = p->rx.h.size };
	fault = msg_check_reply(&p->rx.h, request);
	return fault ? broken(p, fault) : CONN_DONE;
}

enum conn_end peer_ask(struct peer *p, uint32_t request, const void *body, size_t n,
		       struct bytes *answer)
{
	enum conn_end end = peer_tell(p, request, 0, body, n);

	return end ? end : peer_answer(p, request, answer);
}

enum conn_end peer_ask_u64(struct peer *p, uint32_t request, uint64_t *v)
{
	struct bytes body;
	enum conn_end end = peer_ask(p, request, NULL, 0, &body);
	enum msg_fault fault = end ? MSG_FINE : msg_u64(body, v);

	return fault ? broken(p, fault) : end;
}

int peer_fail(const struct peer *p, uint32_t request, enum conn_end end)
{
	const char *name = name_of(&spec_requests, request);
	const struct conn *c = &p->conn;

	switch (end) {
	case CONN_DISCONNECT:
		return diag_fail(p->diag, c->err, "the back-end's own log may say why",
				 "%s: the back-end closed the connection at %s", p->path,
				 name);
	case CONN_RETRY:
		if (p->rx.done)
			return diag_fail(p->diag, c->err, "give it more --timeout",
					 "%s: the answer to %s stopped after %zu bytes",
					 p->path, name, p->rx.done);
		return diag_fail(
			p->diag, c->err,
			"it may be serving another front-end: most serve one at a time",
			"%s: no answer to %s", p->path, name);
	case CONN_BROKEN:
		return diag_fail(p->diag, c->err ? c->err : EBADMSG, c->fault,
				 "%s: broken message in answer to %s", p->path, name);
	default:
		return diag_fail(p->diag, c->err, NULL, "%s: socket failed at %s",
				 p->path, name);
	}
}
