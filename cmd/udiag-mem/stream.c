/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream.c - sockets printed as they come, in memory that does not grow. */
#include "dump.h"
#include "run.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

bool stream_can(const struct rows *r)
{
	const struct options *o = options_of(r->c);
	const struct common *common = &r->c->common;

	/* owners and other ends need all sockets at once, and are left out here unless
	 * they were asked for by name */
	return o->owners == OWNERS_NONE && common->json && !common->sort &&
	       !common->prometheus && !o->group && !o->watch.ns &&
	       !(r->view->asked & NEED_PEER);
}

struct streaming {
	struct rows *rows;
	const struct place *place;
	uint64_t open_ends; /* 0 if each end of a connection came with the other */
};

/* A number for two connected sockets, the same from either end. */
static uint64_t connection(uint64_t a, uint64_t b)
{
	uint64_t h = (MIN(a, b) << 32 | MAX(a, b)) * 0x9e3779b97f4a7c15ULL;

	return (h ^ h >> 29) * 0xbf58476d1ce4e5b9ULL;
}

/* Streams are connected mutually and within one namespace: what each end adds, the other
 * takes away. Of datagram sockets nothing can be said. */
static void note_end(struct streaming *st, const struct sock *s)
{
	if (s->type != SOCK_DGRAM && s->peer_inode.v)
		st->open_ends ^= connection(s->inode, s->peer_inode.v);
}

static void nothing_known(struct sock *s)
{
	const struct opt_u64 unknown = { .unknown = true };
	const struct bytes unknown_bytes = { .n = 1 };

	s->pid = s->fd = s->other_owners = s->waiters = unknown;
	s->comm = unknown_bytes;
	if (s->peer_inode.v) {
		s->peer_pid = s->held_bytes = unknown;
		s->peer_comm = s->peer_name = unknown_bytes;
	}
	if (s->rqueue.v && s->state != TCP_LISTEN)
		s->held_bytes = unknown;
	s->owner_source = source_name(SOURCE_NONE);
}

static int print_one(struct sock *s, void *arg)
{
	struct streaming *st = arg;
	struct rows *r = st->rows;

	note_end(st, s);
	sock_derive(s);
	nothing_known(s);
	s->netns = st->place->inum;
	if (*st->place->name)
		s->netns_name =
			(struct bytes){ st->place->name, strlen(st->place->name) };
	if (!view_match(r->view, s, &r->fails))
		return 0;
	summary_add(&r->sum, s);
	return sink_row(r->c->sink, s);
}

int stream(struct rows *r)
{
	struct gathered got = { 0 };
	struct streaming st = { .rows = r };
	int err = 0;

	for (size_t i = 0; !err && i < r->places->n; i++) {
		st.place = &r->places->v[i];
		err = dump_each((struct nl_conn *)&st.place->conn, r->view->show,
				print_one, &st);
		got.interrupted |= err == -EINTR;
		err = err == -EINTR ? 0 : err;
	}
	if (err)
		return list_failed(r, err);
	got.missing_peers = st.open_ends != 0;
	summary_end(&r->sum, &got);
	if (list_summary(r))
		return STATUS_FAILED;
	if (!r->sum.complete)
		diag_warn(&r->c->diag, "the dump was disturbed: sockets may be missing");
	return r->fails ? STATUS_TRUE : r->sum.complete ? STATUS_DONE : STATUS_INCOMPLETE;
}
