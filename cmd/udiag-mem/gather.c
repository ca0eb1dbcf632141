/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gather.c - a dump, what it missed, and who owns what. */
#include "gather.h"

#include "dump.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>

/*
 * unix_diag never says that a dump was disturbed, but other ends that are not there tell.
 * A few are asked for one by one; a lookup costs the kernel a walk, so more of them are
 * worth another dump.
 */
enum { FEW = 8, MOST_LOOKUPS = 64, DUMPS = 4 };

/* Inode number of the first pid namespace, PROC_PID_INIT_INO of linux/proc_ns.h. */
#define FIRST_PID_NAMESPACE 0xeffffffcU

static bool lacks_peer(const struct table *t, const struct entry *e)
{
	return !(e->has & GONE) && e->has & HAS_PEER && e->peer_inode &&
	       !table_find(t, e->peer_inode);
}

static int dump_all(const struct gather *g, struct gathered *out)
{
	out->interrupted = false;
	out->dumps++;
	out->table.round++;
	for (size_t i = 0; i < g->places->n; i++) {
		int r = dump_table(&g->places->v[i].conn, g->show, &out->table,
				   (uint16_t)i);

		if (r == -EINTR)
			out->interrupted = true;
		else if (r)
			return r;
	}
	return 0;
}

/* Asks for one socket again: it is renewed, or marked as gone. */
static int renew(const struct gather *g, struct table *t, size_t i)
{
	struct entry *e = &t->v[i];
	struct nl_conn *c = &g->places->v[e->place].conn;
	int64_t r = dump_one(c, g->show, e->inode, e->cookie, t, e->place);

	if (r == -ENOENT) {
		t->v[i].has |= GONE;
		r = 0;
	}
	return (int)MIN(r, 0);
}

/* Settles one socket whose peer is not there. Returns 0 or -errno. */
static int settle(const struct gather *g, struct table *t, size_t i)
{
	uint32_t peer;
	int64_t r = renew(g, t, i);

	if (r || !lacks_peer(t, &t->v[i]))
		return (int)r;
	peer = t->v[i].peer_inode;
	for (size_t k = 0; k < g->places->n; k++) {
		r = dump_one(&g->places->v[k].conn, g->show, peer, 0, t, (uint16_t)k);
		if (r != -ENOENT)
			return (int)MIN(r, 0);
	}
	/* in no namespace that is looked at: it lives in another one, or has just
	 * closed, which asking once more shows */
	return renew(g, t, i);
}

/* Settles what is lacking among the first n sockets, as far as lookups go. */
static int settle_all(const struct gather *g, struct gathered *out, size_t n)
{
	struct table *t = &out->table;
	size_t asked = 0;
	int r = 0;

	for (size_t i = 0; !r && i < n; i++) {
		if (!lacks_peer(t, &t->v[i]))
			continue;
		if (asked++ < MOST_LOOKUPS)
			r = settle(g, t, i);
		else
			out->missing_peers++;
	}
	return r;
}

/* Those of the first n sockets whose peer is not there. What the last dump did not show
 * either has closed. */
static size_t count_lacking(struct table *t, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		struct entry *e = &t->v[i];

		if (!lacks_peer(t, e))
			continue;
		if (e->round == t->round)
			count++;
		else
			e->has |= GONE;
	}
	return count;
}

/*
 * Dumps again until nothing is lacking. Sockets that only the last dump showed came while
 * it ran, perhaps without their peers, and are not counted. What three dumps in a row
 * agree on is no accident: those peers live in another namespace.
 */
static int find_peers(const struct gather *g, struct gathered *out)
{
	size_t n = out->table.n, lacking = count_lacking(&out->table, n), before = 0;

	while (lacking > FEW && out->dumps < DUMPS) {
		int r;

		if (out->dumps > 2 && lacking == before)
			return 0;
		before = lacking;
		n = out->table.n;
		r = dump_all(g, out);
		if (r)
			return r;
		lacking = count_lacking(&out->table, n);
	}
	return lacking ? settle_all(g, out, n) : 0;
}

/* Sockets that BPF saw open and the dump did not show: new, or missed. */
static int find_missed(const struct gather *g, struct gathered *out,
		       const struct owners_report *report)
{
	int64_t r;

	if (report->nmissed > FEW)
		return dump_all(g, out);
	for (size_t i = 0; i < report->nmissed; i++) {
		r = dump_one(&g->places->v[0].conn, g->show, report->missed[i], 0,
			     &out->table, 0);
		if (r < 0 && r != -ENOENT)
			return (int)r;
	}
	return 0;
}

static void forget_owners(struct table *t)
{
	for (size_t i = 0; i < t->n; i++)
		t->v[i].process = t->v[i].fd = t->v[i].others = 0;
	for (size_t i = 0; i < t->nextra; i++) {
		t->extra[i].has_queue = false;
		t->extra[i].inflight = 0;
	}
	t->nprocess = 0;
}

static int by_bpf(const struct gather *g, struct gathered *out)
{
	struct owners_report report = { .netns = g->places->v[0].inum };
	size_t before = out->table.n;
	int r = owners_bpf(&out->table, &report);

	if (!r && report.nmissed)
		r = find_missed(g, out, &report);
	if (r || out->table.n == before)
		return r;
	forget_owners(&out->table);
	report = (struct owners_report){ .netns = report.netns };
	/* what is missing now has come since, and is no part of this sample */
	return owners_bpf(&out->table, &report);
}

static int find_owners(const struct gather *g, struct gathered *out)
{
	struct owners_report report = { 0 };
	int r;

	if (g->may_bpf && (g->want_owners || g->want_queues)) {
		out->bpf_error = by_bpf(g, out);
		out->source = out->bpf_error ? SOURCE_NONE : SOURCE_BPF;
		out->table.queues_known = !out->bpf_error;
	}
	if (out->source == SOURCE_NONE && g->may_proc && g->want_owners) {
		r = owners_proc(&out->table, &report);
		if (r)
			return r;
		out->source = SOURCE_PROC;
		out->owners_refused = report.refused;
	}
	return 0;
}

/* Owners seen from within a pid namespace are not all there may be. */
static bool sees_all_processes(void)
{
	struct stat st;

	return !stat("/proc/self/ns/pid", &st) && st.st_ino == FIRST_PID_NAMESPACE;
}

/* Whether somebody is still to accept the other end: it is in the namespace of the
 * client, wherever the listener may be. */
static bool may_be_unaccepted(const struct entry *e)
{
	return (e->state == TCP_LISTEN && e->rqueue) ||
	       (e->type != SOCK_DGRAM && e->state == TCP_ESTABLISHED && !e->peer_inode &&
		e->shutdown != SHUT_BOTH);
}

/* Accept queues and messages under way hold sockets that no process has. */
static int find_hidden(const struct gather *g, struct gathered *out)
{
	struct table *t = &out->table;
	bool *look = calloc(g->places->n, sizeof(*look));
	bool owned = out->source == SOURCE_BPF;
	int r = look ? 0 : -ENOMEM;

	for (size_t i = 0; look && i < t->n; i++) {
		const struct entry *e = &t->v[i];

		if ((owned && entry_ownerless(e)) ||
		    (!(e->has & GONE) && may_be_unaccepted(e)))
			look[e->place] = true;
	}
	for (size_t i = 0; !r && i < g->places->n; i++)
		if (look[i])
			r = owners_hidden(t, g->places, (uint16_t)i);
	free(look);
	return r == -ENOMEM ? r : 0; /* an older kernel shows owners only */
}

/* Whether it may have been closed since it was listed: nobody owns it, and it is in no
 * message. */
static bool may_be_closed(const struct table *t, const struct entry *e)
{
	const struct extra *x = entry_extra(t, e);

	return entry_ownerless(e) && !(x && x->inflight);
}

/* What another dump does not show has closed; what it alone shows came after the owners
 * were looked for. */
static int settle_many(const struct gather *g, struct gathered *out)
{
	struct table *t = &out->table;
	size_t n = t->n;
	int r = dump_all(g, out);

	for (size_t i = 0; i < t->n; i++)
		if (i >= n || (may_be_closed(t, &t->v[i]) && t->v[i].round != t->round))
			t->v[i].has |= GONE;
	return r;
}

static int settle_ownerless(const struct gather *g, struct gathered *out)
{
	struct table *t = &out->table;
	size_t count = 0;
	int r = 0;

	for (size_t i = 0; i < t->n; i++)
		count += may_be_closed(t, &t->v[i]);
	if (count > FEW)
		return settle_many(g, out);
	for (size_t i = 0; count && !r && i < t->n; i++)
		if (may_be_closed(t, &t->v[i]))
			r = renew(g, t, i);
	return r;
}

int gather(const struct gather *g, struct gathered *out)
{
	int r;

	*out = (struct gathered){ .table.preference = g->preference };
	r = dump_all(g, out);
	if (!r)
		r = table_sort(&out->table);
	if (!r)
		r = find_peers(g, out);
	if (!r)
		r = find_owners(g, out);
	if (r)
		return r;
	out->table.owners_known = out->source != SOURCE_NONE && !out->owners_refused &&
				  sees_all_processes();
	/* embryos are rows of their own, whatever the columns */
	if (g->may_bpf && !out->bpf_error)
		r = find_hidden(g, out);
	if (!r && out->table.owners_known)
		r = settle_ownerless(g, out);
	return r ? r : table_link(&out->table);
}
