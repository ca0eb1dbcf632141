/* SPDX-License-Identifier: GPL-2.0-or-later */
/* trace.c - vhostctl trace: between a front-end and a back-end, telling what passes. */
#include "trace.h"

#include "clock.h"
#include "dial.h"
#include "follow.h"
#include "tell.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LINKS = 64, SPIN_NS = 50000, LINGER_NS = 100000 };

struct trace_options {
	struct time_arg slow, delay;
	const char *write;
	bool once, rings, listen;
};

static const struct trace_options defaults = { .slow = { .ns = 100000000 },
					       .delay = { .ns = 1000000000 } };

static const struct opt options[] = {
	OPT(trace_options, slow, 0, "slow", "MS",
	    "note replies that took more ms (or 50us, 1s) than so many (100); 0: none",
	    .bare_ns = 1000000),
	OPT(trace_options, write, 'w', "write", "FILE",
	    "write all messages to FILE too, for vhostctl decode"),
	OPT(trace_options, rings, 0, "rings", NULL,
	    "tell the state of the rings too, again and again"),
	OPT(trace_options, delay, 'd', "delay", "TIME",
	    "of --rings: time between two states of a ring, 1s by default",
	    .min = 1000000),
	OPT(trace_options, listen, 'l', "listen", NULL,
	    "listen at SOCKET too: the back-end connects to us"),
	OPT(trace_options, once, '1', "once", NULL,
	    "end when the first connection has ended"),
};

struct trace {
	struct ctx *c;
	struct listener listener;
	struct dial dial; /* to the back-end */
	int waiting;      /* a back-end that came before its front-end, -1: none */
	int follow;
	uint64_t report_ns; /* when the rings are told of next */
	uint64_t moved_ns;  /* when the last message came */
	struct link *links[LINKS];
	uint64_t connections;
	struct teller teller;
	bool done;
};

static void saw(struct link *l, const struct sighting *s)
{
	struct trace *t = l->arg;

	t->moved_ns = s->at_ns;
	tell_later(&t->teller, l, s);
}

/* Places from that of the oldest connection on. */
static size_t place_of(const struct trace *t, size_t nth)
{
	return (t->connections + nth) % LINKS;
}

static size_t free_place(const struct trace *t)
{
	for (size_t i = 0; i < LINKS; i++)
		if (!t->links[place_of(t, i)])
			return place_of(t, i);
	return LINKS;
}

/* Connects a front-end that came to the back-end. */
static void join(struct trace *t, int front)
{
	const struct trace_options *o = t->c->config;
	const char *path = t->c->args[1];
	size_t place = free_place(t);
	struct conn back = { .fd = t->waiting };
	struct link *l;
	int err = 0;

	t->waiting = -1;
	if (back.fd < 0)
		err = dial_connect(&t->dial, &back, clock_mono_ns() + 50000000);

	t->connections++;
	if (err || place == LINKS) {
		diag_fail(&t->c->diag, err, err ? "the front-end was turned away" : NULL,
			  "connect to %s", path);
		conn_close(&back);
		close(front);
		t->done |= o->once;
		return;
	}
	l = link_new(front, back.fd, saw, t);
	if (!l || (o->rings && !link_tap(l))) {
		link_free(l);
		diag_fail(&t->c->diag, ENOMEM, NULL, "connection");
		return;
	}
	l->number = t->connections;
	l->watch.slow_ns = o->slow.ns;
	t->links[place] = l;
	tell_open(&t->teller, l);
}

/* Moves what is there of one connection, and ends it where it is over. */
static void move(struct trace *t, size_t place)
{
	const struct trace_options *o = t->c->config;
	struct link *l = t->links[place];

	link_move(l);
	if (!l->over)
		return;
	link_end(l);
	tell_close(&t->teller, l);
	link_free(l);
	t->links[place] = NULL;
	t->done |= o->once;
}

/* The older ones first: who closes and comes again is seen to do so in this order. */
static void move_all(struct trace *t)
{
	for (size_t nth = 0; nth < LINKS; nth++)
		if (t->links[place_of(t, nth)])
			move(t, place_of(t, nth));
}

/* Looks at the rings, and tells of them, where it is time. Returns how long it is until
 * the next look; UINT64_MAX: there are no rings. */
static uint64_t look(struct trace *t)
{
	const struct trace_options *o = t->c->config;
	uint64_t now = clock_mono_ns(), wait_ns = UINT64_MAX;
	bool due = now >= t->report_ns;

	for (size_t i = 0; i < LINKS && o->rings; i++) {
		struct link *l = t->links[i];

		if (!l || !tap_runs(l->tap))
			continue;
		if (due)
			tell_rings(&t->teller, l);
		else if (now - l->tap->looked_ns >= l->tap->pause_ns)
			tap_look(l->tap, now);
		wait_ns = MIN(wait_ns, l->tap->looked_ns + l->tap->pause_ns - now);
	}
	if (due)
		t->report_ns = now + o->delay.ns;
	return wait_ns;
}

/* The place of the one connection; LINKS: there are none, or several. */
static size_t only_place(const struct trace *t)
{
	size_t only = LINKS;

	for (size_t i = 0; i < LINKS; i++) {
		if (t->links[i] && only < LINKS)
			return LINKS;
		if (t->links[i])
			only = i;
	}
	return only;
}

/* An answer often comes at once: to be woken up for it would take longer than to look for
 * it for a while, in that connection alone. Who shares our processor runs first. */
static void linger(struct trace *t)
{
	uint64_t begin = clock_mono_ns(), now = begin;
	size_t place = only_place(t);

	while (place < LINKS && t->links[place] && now - t->moved_ns < SPIN_NS &&
	       now - begin < LINGER_NS) {
		sched_yield();
		move(t, place);
		now = clock_mono_ns();
	}
}

/* Waits until something can be moved, and uses the time: what was put off is told of. */
static int await(struct trace *t, struct pollfd *p, size_t n)
{
	uint64_t wait_ns = look(t);
	const struct timespec pause = { .tv_nsec = (long)MIN(wait_ns, 999999999) };
	int r;

	while (!(r = poll(p, n, 0)) && clock_mono_ns() - t->moved_ns < SPIN_NS)
		sched_yield();
	while (!r && tell_next(&t->teller))
		r = poll(p, n, 0);
	if (r || recorder_flush(&t->teller.out))
		return r;
	return ppoll(p, n, wait_ns == UINT64_MAX ? NULL : &pause, NULL);
}

/* The front-ends that come are taken when there is a back-end for them. */
static bool is_open(const struct trace *t)
{
	return free_place(t) < LINKS && (!t->dial.listens || t->waiting >= 0);
}

/* A back-end has come, or the one that waits has left. */
static void on_backend(struct trace *t)
{
	if (t->waiting < 0) {
		t->waiting = listener_accept(&t->dial.listener);
		return;
	}
	close(t->waiting);
	t->waiting = -1;
}

static int go_round(struct trace *t)
{
	struct pollfd p[4 + LINKS * LINK_RELAYS] = {
		{ .fd = t->follow, .events = POLLIN },
		{ .fd = is_open(t) ? t->listener.fd : -1, .events = POLLIN },
		{ .fd = t->waiting, .events = POLLRDHUP },
		{ .fd = t->teller.out.event, .events = POLLIN },
	};
	size_t n = 4;
	int front;

	if (t->dial.listens && t->waiting < 0)
		p[2] = (struct pollfd){ .fd = t->dial.listener.fd, .events = POLLIN };
	for (size_t i = 0; i < LINKS; i++)
		if (t->links[i])
			n += link_poll(t->links[i], p + n);
	if (await(t, p, n) < 0 && errno != EINTR)
		return -errno;
	if (p[0].revents)
		t->done = true;
	if (p[3].revents)
		recorder_look(&t->teller.out);
	if (p[2].revents)
		on_backend(t);
	else if (p[1].revents) {
		front = listener_accept(&t->listener);
		if (front >= 0)
			join(t, front);
	}
	move_all(t);
	linger(t);
	return 0;
}

static int trace_all(struct trace *t)
{
	int err = 0;

	while (!t->done && !t->teller.out.failed && !err)
		err = go_round(t);
	for (size_t i = 0; i < LINKS; i++) {
		if (t->links[i] && !t->teller.out.failed) {
			link_end(t->links[i]);
			tell_close(&t->teller, t->links[i]);
		}
		link_free(t->links[i]);
	}
	tell_drop(&t->teller);
	return err ? diag_fail(&t->c->diag, err, NULL, "waiting for messages") : 0;
}

static int trace_run(struct ctx *c)
{
	const struct trace_options *o = c->config;
	struct trace t = { .c = c,
			   .listener = { .fd = -1 },
			   .dial = { .listener = { .fd = -1 } },
			   .waiting = -1,
			   .follow = follow_begin() };
	int status, ended;

	if (t.follow < 0)
		return diag_fail(&c->diag, t.follow, NULL, "signals");
	status = recorder_open(&t.teller.out, c, o->write);
	if (!status)
		status = listener_open(&t.listener, &c->diag, c->args[0]);
	if (!status)
		status = dial_open(&t.dial, &c->diag, c->args[1], o->listen);
	if (!status)
		status = trace_all(&t);
	/* Whoever reads may take his time: nobody shall come meanwhile. */
	listener_close(&t.listener);
	dial_close(&t.dial);
	if (t.waiting >= 0)
		close(t.waiting);
	ended = recorder_close(&t.teller.out, t.follow);
	follow_end(t.follow);
	return status ? status : ended;
}

const struct command trace_command = {
	.name = "trace",
	.brief = "Stand between a front-end and a back-end and tell what passes",
	.args = "LISTEN SOCKET",
	.min_args = 2,
	.max_args = 2,
	.opts = options,
	.nopts = COUNT(options),
	.rec = &event_record,
	.defaults = &defaults,
	.config_size = sizeof(struct trace_options),
	.run = trace_run,
};
