/* SPDX-License-Identifier: GPL-2.0-or-later */
/* metrics.c - sums that keep few and lasting labels: processes' and listeners' names. */
#include "group.h"

#include <ctype.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

static const struct field comm_fields[] = {
	FIELD(group, comm, SHOW | KEY, "name of the owning process"),
	FIELD(group, sockets, SHOW | GAUGE, "unix sockets it owns"),
	FIELD(group, alloc_bytes, SHOW | GAUGE,
	      "memory of what they sent and nobody has read"),
	FIELD(group, held_bytes, SHOW | GAUGE,
	      "memory that others hold because they do not read"),
	FIELD(group, unread_bytes, SHOW | GAUGE, "bytes that they have not read"),
	FIELD(group, stalled, SHOW | GAUGE, "sockets over a quarter of sndbuf"),
	FIELD(group, full, SHOW | GAUGE, "sockets whose sndbuf or queue is used up"),
	FIELD(group, waiting, SHOW | GAUGE, "sockets whose queue others wait for"),
};
const struct record comm_record = RECORD("udiag_mem_comm", comm_fields);

static const struct field listener_fields[] = {
	FIELD(group, name, SHOW | KEY, "name of the listening or receiving socket"),
	FIELD(group, sockets, SHOW | GAUGE,
	      "unix sockets of that name: listeners and what they accepted"),
	FIELD(group, queue_depth, SHOW | GAUGE, "connections or datagrams waiting"),
	FIELD(group, queue_limit, SHOW | GAUGE, "connections or datagrams that may wait"),
	FIELD(group, alloc_bytes, SHOW | GAUGE,
	      "memory of what they sent and nobody has read"),
	FIELD(group, held_bytes, SHOW | GAUGE,
	      "memory that others hold because they do not read"),
	FIELD(group, unread_bytes, SHOW | GAUGE, "bytes that they have not read"),
};
const struct record listener_record = RECORD("udiag_mem_listener", listener_fields);

/* The kernel's own choice: NUL and five hex digits. They would make endless labels. */
static bool autobound(struct bytes name)
{
	if (name.n != 6 || name.p[0])
		return false;
	for (size_t i = 1; i < name.n; i++)
		if (!isxdigit((unsigned char)name.p[i]))
			return false;
	return true;
}

static bool receives(const struct sock *s)
{
	return s->name.p &&
	       (s->state == TCP_LISTEN || (s->type == SOCK_DGRAM && !autobound(s->name)));
}

static struct bytes comm_of(const struct sock *s)
{
	static const char nobody[] = "(no process)", unknown[] = "?";

	if (s->comm.p)
		return s->comm;
	return s->comm.n ? (struct bytes){ unknown, sizeof(unknown) - 1 }
			 : (struct bytes){ nobody, sizeof(nobody) - 1 };
}

static int add_up(struct rows *r, struct groups *comms, struct groups *names)
{
	struct group *g;
	struct sock s;
	int err = 0;

	for (size_t i = 0; !err && i < r->got->table.n; i++) {
		if (!rows_wanted(r, i, &s))
			continue;
		g = groups_at(comms, comm_of(&s), true, &err);
		if (g)
			group_add(g, &s);
		if (!err && receives(&s))
			(void)groups_at(names, s.name, true, &err);
	}
	for (size_t i = 0; !err && i < r->got->table.n; i++) {
		if (!rows_get(r, i, &s) || !s.name.p)
			continue;
		g = groups_at(names, s.name, false, &err);
		if (g && filter_match(&r->view->filter, &s))
			group_add(g, &s);
	}
	return err;
}

static int put_all(struct groups *groups, struct sink *s)
{
	int err = 0;

	groups_finish(groups);
	for (size_t i = 0; !err && i < groups->n; i++)
		err = sink_row(s, &groups->v[i]);
	return err;
}

int metrics_print(struct rows *r)
{
	struct groups comms = { 0 }, names = { 0 };
	struct sink *listeners = NULL, *totals = NULL;
	int err = add_up(r, &comms, &names), end;

	summary_end(&r->sum, r->got);
	if (!err)
		err = put_all(&comms, r->c->sink);
	if (!err)
		err = sink_flush(r->c->sink);
	if (!err)
		err = ctx_sink(r->c, &listener_record, &listeners);
	if (!err)
		err = put_all(&names, listeners);
	end = sink_close(listeners);
	if (!err && !end)
		err = ctx_sink(r->c, &summary_record, &totals);
	if (!err && !end)
		err = sink_row(totals, &r->sum);
	if (!end)
		end = sink_close(totals);
	groups_free(&comms);
	groups_free(&names);
	return err ? err : end;
}
