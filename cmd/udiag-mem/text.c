/* SPDX-License-Identifier: GPL-2.0-or-later */
/* text.c - columns that put several values of a socket together, for people. */
#include "text.h"

#include "tree.h"

#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>

static void add(struct phrase *p, const char *text, size_t n)
{
	n = MIN(n, sizeof(p->text) - p->n);
	memcpy(p->text + p->n, text, n);
	p->n += n;
}

static void put(struct phrase *p, const char *fmt, ...) PRINTF(2, 3);
static void put(struct phrase *p, const char *fmt, ...)
{
	char text[48];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	add(p, text, n < 0 ? 0 : MIN((size_t)n, sizeof(text) - 1));
}

static void emit(struct tree *t, const struct phrase *p)
{
	tree_value(t, NULL, value_bytes(p->text, p->n));
}

void sock_emit_queue(struct tree *t, const void *sock)
{
	const struct sock *s = sock;
	struct phrase p = { 0 };

	if (s->queue_depth.has)
		put(&p, "%" PRIu64, s->queue_depth.v);
	if (s->queue_limit.has)
		put(&p, "/%" PRIu64, s->queue_limit.v);
	if (s->waiters.has && s->waiters.v)
		put(&p, "%swaiters=%" PRIu64, p.n ? " " : "", s->waiters.v);
	if (p.n)
		emit(t, &p);
	else
		tree_value(t, NULL, value_none(s->queue_depth.unknown));
}

static void put_process(struct phrase *p, struct bytes comm, uint64_t pid)
{
	char text[24];
	size_t at = sizeof(text);

	if (comm.p)
		add(p, comm.p, comm.n);
	add(p, "[", 1);
	text[--at] = ']';
	do /* snprintf would be half the cost of a row */
		text[--at] = (char)('0' + pid % 10);
	while (pid /= 10);
	add(p, text + at, sizeof(text) - at);
}

struct phrase phrase_owner(const struct sock *s)
{
	struct phrase p = { 0 };

	if (s->pid.has)
		put_process(&p, s->comm, s->pid.v);
	else if (sock_is(s, FLAG_IN_FLIGHT))
		put(&p, "(in flight)");
	else if (sock_is(s, FLAG_NO_PROCESS))
		put(&p, "(no process)");
	else
		put(&p, "?");
	return p;
}

void sock_emit_owner(struct tree *t, const void *sock)
{
	const struct sock *s = sock;
	struct phrase p = phrase_owner(s);

	if (s->other_owners.has && s->other_owners.v)
		put(&p, "+%" PRIu64, s->other_owners.v);
	emit(t, &p);
}

struct phrase phrase_peer(const struct sock *s)
{
	struct phrase p = { 0 };

	if (!s->peer_inode.has)
		return p;
	if (sock_is(s, FLAG_PEER_GONE))
		put(&p, "(gone)");
	else if (s->peer_inode.v && s->peer_inode.v == s->inode)
		put(&p, "(itself)");
	else if (s->peer_pid.has)
		put_process(&p, s->peer_comm, s->peer_pid.v);
	else if (s->peer_inode.v)
		put(&p, "#%" PRIu64, s->peer_inode.v);
	if (!s->peer_inode.v && !sock_is(s, FLAG_PEER_GONE))
		put(&p, "%s(not accepted)", p.n ? " " : "");
	return p;
}

void sock_emit_peer(struct tree *t, const void *sock)
{
	struct phrase p = phrase_peer(sock);

	if (p.n)
		emit(t, &p);
	else
		tree_value(t, NULL, value_none(false));
}
