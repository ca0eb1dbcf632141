/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dump.c - asking unix_diag. */
#include "dump.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <stdlib.h>
#include <sys/socket.h>

/*
 * Where a message ended within a hash bucket the kernel goes on by counting, so a socket
 * put before that place shifts one to the next message that was in the last one already.
 * A message holds some 250 sockets at most.
 */
enum { WINDOW = 512 };

struct each {
	dump_fn *fn;
	void *arg;
	size_t seen;
	struct {
		uint32_t inode;
		uint64_t cookie;
	} last[WINDOW];
	uint8_t slot[1 << 16]; /* how many of last have this low half of the inode */
};

static bool is_repeated(struct each *e, const struct sock *s)
{
	size_t at = e->seen % WINDOW;
	bool hit = false;

	if (e->slot[s->inode & 0xffff])
		for (size_t i = 0; !hit && i < MIN(e->seen, (size_t)WINDOW); i++)
			hit = e->last[i].inode == s->inode &&
			      e->last[i].cookie == s->cookie.v;
	if (hit)
		return true;
	if (e->seen >= WINDOW)
		e->slot[e->last[at].inode & 0xffff]--;
	e->slot[s->inode & 0xffff]++;
	e->last[at].inode = s->inode;
	e->last[at].cookie = s->cookie.v;
	e->seen++;
	return false;
}

static int take_each(const struct nlmsghdr *h, void *arg)
{
	struct each *e = arg;
	struct sock s;
	int r = sock_decode(h, &s);

	if (r || is_repeated(e, &s))
		return r;
	return e->fn(&s, e->arg);
}

static struct unix_diag_req request(uint32_t show)
{
	/* a long accept queue's ICONS don't fit one message, which ends a dump early */
	return (struct unix_diag_req){
		.sdiag_family = AF_UNIX,
		.udiag_states = UINT32_MAX,
		.udiag_show = show & ~(uint32_t)UDIAG_SHOW_ICONS,
	};
}

int dump_each(struct nl_conn *c, uint32_t show, dump_fn *fn, void *arg)
{
	const struct unix_diag_req req = request(show);
	struct each *e = calloc(1, sizeof(*e));
	int r;

	if (!e)
		return -ENOMEM;
	e->fn = fn;
	e->arg = arg;
	r = sockdiag_dump(c, &req, sizeof(req), take_each, NULL, e);
	free(e);
	return r;
}

struct filling {
	struct table *table;
	uint16_t place;
	int64_t at;
};

static int take(const struct nlmsghdr *h, void *arg)
{
	struct filling *f = arg;
	struct sock s;
	int r = sock_decode(h, &s);

	if (!r)
		f->at = table_put(f->table, &s, f->place);
	return r ? r : MIN(f->at, 0);
}

int dump_table(struct nl_conn *c, uint32_t show, struct table *t, uint16_t place)
{
	const struct unix_diag_req req = request(show);
	struct filling f = { .table = t, .place = place };

	return sockdiag_dump(c, &req, sizeof(req), take, NULL, &f);
}

int64_t dump_one(struct nl_conn *c, uint32_t show, uint32_t inode, uint64_t cookie,
		 struct table *t, uint16_t place)
{
	struct {
		struct nlmsghdr h;
		struct unix_diag_req req;
	} m = { .h = { .nlmsg_len = sizeof(m), .nlmsg_type = SOCK_DIAG_BY_FAMILY },
		.req = request(show) };
	struct filling f = { .table = t, .place = place, .at = -ENOENT };
	int r;

	m.req.udiag_ino = inode;
	m.req.udiag_cookie[0] = cookie ? (uint32_t)cookie : UINT32_MAX;
	m.req.udiag_cookie[1] = cookie ? (uint32_t)(cookie >> 32) : UINT32_MAX;
	r = nl_request(c, &m.h, take, &f, NULL);
	return r ? r : f.at;
}
