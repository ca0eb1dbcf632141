/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tell.c - what a trace says of the connections and messages that it saw. */
#include "tell.h"

#include "clock.h"

#include <stdlib.h>
#include <sys/socket.h>

static struct event event_at(const struct teller *t, const struct link *l, uint64_t at_ns)
{
	struct event e = recorder_event(&t->out, at_ns);

	e.conn = some_u64(l->number);
	e.channel = "main";
	return e;
}

static void tell_ring(struct teller *t, struct link *l, size_t index, uint64_t now)
{
	struct event e = event_at(t, l, now);
	struct tap_state st;

	e.channel = NULL;
	e.kind = EVENT_RING;
	if (!tap_report(l->tap, index, l->watch.kind, now, &st, &e))
		return;
	e.payload = (struct nest){ tap_emit, &st };
	recorder_put(&t->out, &e, NULL);
}

void tell_rings(struct teller *t, struct link *l)
{
	uint64_t now = clock_mono_ns();

	tap_look(l->tap, now);
	for (size_t i = 0; i < l->tap->nrings && !t->out.failed; i++)
		tell_ring(t, l, i, now);
}

/* Rings that have stopped are told of for the last time. */
static void tell_last(struct teller *t, struct link *l)
{
	uint64_t now = clock_mono_ns();

	tap_look(l->tap, now);
	for (size_t i = 0; i < l->tap->nrings; i++) {
		if (!l->tap->rings[i].ended)
			continue;
		tell_ring(t, l, i, now);
		tap_stop(l->tap, i);
	}
}

static void tell_message(struct teller *t, struct link *l, const struct sighting *s)
{
	struct event e = event_at(t, l, s->at_ns);
	struct captured c = {
		.kind = EVENT_REQUEST, .time_ns = e.time.v, .conn = l->number, .seen = *s
	};
	bool ends;

	watch_message(&l->watch, s, &e);
	ends = l->tap && tap_message(l->tap, s, &e);
	recorder_put(&t->out, &e, &c);
	if (ends)
		tell_last(t, l);
}

bool tell_next(struct teller *t)
{
	struct kept_message *m = backlog_take(&t->backlog);

	if (!m)
		return false;
	tell_message(t, m->link, &m->s);
	free(m);
	return true;
}

static void tell_all(struct teller *t)
{
	while (tell_next(t))
		;
}

void tell_later(struct teller *t, struct link *l, const struct sighting *s)
{
	if (!(l->tap && tap_heeds(s)) && backlog_add(&t->backlog, l, s)) {
		if (backlog_full(&t->backlog))
			tell_next(t);
		return;
	}
	tell_all(t);
	tell_message(t, l, s);
}

void tell_open(struct teller *t, const struct link *l)
{
	struct event e = event_at(t, l, clock_mono_ns());
	struct captured c = { .kind = EVENT_OPEN,
			      .time_ns = e.time.v,
			      .conn = l->number };
	struct ucred who;
	socklen_t n = sizeof(who);

	tell_all(t);
	e.kind = EVENT_OPEN;
	e.from = "front-end";
	if (!getsockopt(l->front, SOL_SOCKET, SO_PEERCRED, &who, &n))
		event_note(&e, "process %d", (int)who.pid);
	recorder_put(&t->out, &e, &c);
}

void tell_close(struct teller *t, struct link *l)
{
	struct captured c = { .kind = EVENT_CLOSE, .conn = l->number };
	struct event e;

	tell_all(t);
	if (l->tap)
		tell_rings(t, l);
	e = event_at(t, l, clock_mono_ns());
	c.time_ns = e.time.v;
	e.from = l->by_backend ? "back-end" : "front-end";
	watch_close(&l->watch, &e);
	if (l->err)
		event_note(&e, "socket failed: %s", strerror(-l->err));
	recorder_put(&t->out, &e, &c);
}

void tell_drop(struct teller *t)
{
	struct kept_message *m;

	while ((m = backlog_take(&t->backlog)))
		free(m);
}
