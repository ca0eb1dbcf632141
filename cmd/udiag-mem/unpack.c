/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unpack.c - a packed socket with its queue, its owner and its other end. */
#include "table.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

static const struct bytes unknown_bytes = { .n = 1 };

/* Both ends connected to each other: their queues have no limit for each other. */
static bool mutual(const struct table *t, const struct entry *e)
{
	const struct entry *p = e->has & HAS_PEER ? table_find(t, e->peer_inode) : NULL;

	return p && p->has & HAS_PEER && p->peer_inode == e->inode;
}

static void put_queue(const struct table *t, const struct entry *e, const struct extra *x,
		      struct sock *s)
{
	struct opt_u64 depth = s->queue_depth, limit = s->queue_limit, waiters = { 0 };
	bool known = x && x->has_queue;

	if (e->has & HAS_LIMIT && e->type == SOCK_DGRAM) {
		depth = some_u64(known ? x->depth : 0);
		limit = some_u64(t->profile[e->profile].limit);
		if (!known || x->size.unread != UNREAD_UNKNOWN)
			s->unread_bytes = some_u64(known ? x->size.unread : 0);
	}
	if (known)
		waiters = some_u64(x->waiters);
	else if (t->queues_known && e->process)
		waiters = some_u64(0);
	else
		waiters.unknown = true;
	if (depth.has || depth.unknown || waiters.v)
		sock_set_queue(s, depth, limit, waiters,
			       depth.v > limit.v && e->type == SOCK_DGRAM &&
				       mutual(t, e));
	else
		s->waiters = waiters;
}

static void put_owner(const struct table *t, const struct entry *e, const struct extra *x,
		      struct sock *s)
{
	const struct process *p = e->process ? &t->process[e->process] : NULL;
	bool embryo = x && x->embryo;

	if (x && x->inflight)
		s->flags |= 1U << FLAG_IN_FLIGHT;
	if (x && x->link) /* someone will accept it: the peer is not closed */
		s->flags &= ~(1U << FLAG_PEER_GONE);
	if (embryo)
		s->flags |= 1U << FLAG_EMBRYO;
	if (!p && t->owners_known && !(embryo && x->lost))
		s->flags |= 1U << FLAG_NO_PROCESS;
	if (p) {
		s->pid = some_u64(p->pid);
		s->comm = process_comm(p);
		if (!embryo)
			s->fd = some_u64(e->fd);
	} else if (!t->owners_known) {
		s->pid.unknown = s->fd.unknown = true;
		s->comm = unknown_bytes;
	}
	if (embryo || p || t->owners_known)
		s->other_owners = some_u64(e->others);
	else
		s->other_owners.unknown = true;
}

/* What is held by e's queue, absent if BPF has not looked. */
static struct opt_u64 measured(const struct entry *e, const struct extra *x)
{
	if (!x || !x->has_queue)
		return (struct opt_u64){ .has = e->type == SOCK_DGRAM &&
						e->has & HAS_LIMIT };
	if (x->size.truesize == UNREAD_UNKNOWN)
		return (struct opt_u64){ 0 };
	return some_u64(x->size.truesize);
}

/* The same by what is charged to those who send to e, as far as they are listed. */
static uint64_t sent_to(const struct entry *e, const struct entry *p,
			const struct extra *x)
{
	if (e->type == SOCK_DGRAM)
		return x ? x->sent : 0;
	/* a client can't read before it is accepted */
	return p && !(x && x->link && !x->embryo) ? p->alloc : 0;
}

/* What is held because e doesn't read; absent where it has no queue of its own and nobody
 * is connected to it. */
static void put_held(const struct entry *e, const struct entry *p, const struct extra *x,
		     struct sock *s)
{
	struct opt_u64 queue = measured(e, x);
	uint64_t held = queue.has ? queue.v : sent_to(e, p, x);

	if (queue.has || p || held)
		s->held_bytes = some_u64(held);
	else
		s->held_bytes.unknown = e->peer_inode || e->rqueue;
}

/* Bytes that p has not read, if e sent them all and nothing elsewhere; 0 if it can't be
 * told. */
static uint64_t unread_of_mine(const struct table *t, const struct entry *e,
			       const struct entry *p)
{
	const struct extra *x = entry_extra(t, p);

	if (p->type != SOCK_DGRAM)
		return p->has & HAS_RQLEN ? p->rqueue : 0;
	if (!x || !x->has_queue || x->size.sender != e->inode ||
	    x->size.truesize != e->alloc)
		return 0;
	return x->size.unread;
}

static void put_peer(const struct table *t, const struct entry *e, struct sock *s)
{
	const struct entry *p = table_peer(t, e);
	const struct extra *x = entry_extra(t, e);
	uint64_t unread;

	put_held(e, p, x, s);
	if (!p) {
		if (e->peer_inode) { /* in a namespace that was not looked at */
			s->peer_pid.unknown = true;
			s->peer_comm = s->peer_name = unknown_bytes;
		}
		return;
	}
	unread = unread_of_mine(t, e, p);
	if (unread && s->alloc_bytes.has)
		s->overhead = (double)e->alloc / (double)unread;
	s->peer_name = table_name(t, p);
	if (p->process) {
		s->peer_pid = some_u64(t->process[p->process].pid);
		s->peer_comm = process_comm(&t->process[p->process]);
	} else if (!t->owners_known) {
		s->peer_pid.unknown = true;
		s->peer_comm = unknown_bytes;
	}
}

void table_sock(const struct table *t, size_t i, unsigned int with, struct sock *s)
{
	const struct entry *e = &t->v[i];
	const struct extra *x = entry_extra(t, e);

	table_unpack(t, e, s);
	sock_derive(s);
	put_queue(t, e, x, s);
	put_owner(t, e, x, s);
	if (with & WITH_PEER)
		put_peer(t, e, s);
}
