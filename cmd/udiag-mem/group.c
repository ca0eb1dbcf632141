/* SPDX-License-Identifier: GPL-2.0-or-later */
/* group.c - sums by process, name and so on; a shared socket counts once. */
#include "group.h"

#include "grow.h"
#include "text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { BUCKETS = 1 << 14 };

const char *const group_words[] = { "process", "comm",  "name", "uid",
				    "peer",    "netns", NULL };
enum group_by { BY_PROCESS, BY_COMM, BY_NAME, BY_UID, BY_PEER, BY_NETNS };

static const struct field group_fields[] = {
	FIELD(group, alloc_bytes, SHOW | SIZE,
	      "memory of what the group's sockets sent and nobody has read",
	      .head = "MEM"),
	FIELD(group, held_bytes, SHOW | SIZE,
	      "memory that others hold because the group does not read", .head = "HELD"),
	FIELD(group, unread_bytes, SHOW | SIZE, "bytes that the group has not read",
	      .head = "UNREAD"),
	FIELD(group, sockets, SHOW,
	      "sockets of the group, shared ones in one group only"),
	FIELD(group, stalled, SHOW, "sockets with the flag stalled"),
	FIELD(group, full, SHOW, "sockets with the flag full"),
	FIELD(group, waiting, SHOW, "sockets with the flag waiting"),
	FIELD(group, group, SHOW | KEY, "what the sockets have in common"),
	FIELD(group, change_bytes, SIZE,
	      "with --watch: alloc_bytes since the last sample", .head = "CHANGE"),
	FIELD(group, time, TIME, "with --watch: when the sample was taken"),
	FIELD(group, sample, 0, "with --watch: number of the sample"),
};
const struct record group_record = RECORD("udiag_mem_group", group_fields);

void group_add(struct group *g, const struct sock *s)
{
	g->sockets++;
	g->alloc_bytes += s->alloc_bytes.v;
	g->held_bytes += s->held_bytes.v;
	g->unread_bytes += s->unread_bytes.v;
	g->stalled += sock_is(s, FLAG_STALLED);
	g->full += sock_is(s, FLAG_FULL);
	g->waiting += sock_is(s, FLAG_WAITING);
	g->queue_depth += s->queue_depth.v;
	g->queue_limit += s->queue_limit.v;
}

static uint64_t hash(struct bytes key)
{
	uint64_t h = 14695981039346656037ULL; /* FNV-1a */

	for (size_t i = 0; i < key.n; i++)
		h = (h ^ (unsigned char)key.p[i]) * 1099511628211ULL;
	return h ^ h >> 29;
}

static struct bytes key_of(const struct groups *g, const struct group *v)
{
	uint32_t n;

	memcpy(&n, g->keys.p + v->key_at, sizeof(n));
	return (struct bytes){ g->keys.p + v->key_at + sizeof(n), n };
}

static struct group *new_group(struct groups *g, struct bytes key, uint32_t *bucket)
{
	uint32_t n = (uint32_t)key.n;
	struct group *v = grow(g->v, &g->cap, g->n, sizeof(*v));

	if (!v)
		return NULL;
	g->v = v;
	v += g->n++;
	*v = (struct group){ .key_at = (uint32_t)g->keys.n, .next = *bucket };
	*bucket = (uint32_t)g->n;
	buf_add(&g->keys, &n, sizeof(n));
	buf_add(&g->keys, key.p, n);
	return g->keys.err ? NULL : v;
}

struct group *groups_at(struct groups *g, struct bytes key, bool make, int *err)
{
	struct group *v = NULL;
	uint32_t *bucket;

	if (!g->bucket)
		g->bucket = calloc(BUCKETS, sizeof(*g->bucket));
	if (g->bucket) {
		bucket = &g->bucket[hash(key) % BUCKETS];
		for (uint32_t i = *bucket; i; i = g->v[i - 1].next) {
			struct bytes k = key_of(g, &g->v[i - 1]);

			if (k.n == key.n && !memcmp(k.p, key.p, k.n))
				return &g->v[i - 1];
		}
		if (!make)
			return NULL;
		v = new_group(g, key, bucket);
	}
	if (!v)
		*err = -ENOMEM;
	return v;
}

void groups_finish(struct groups *g)
{
	for (size_t i = 0; i < g->n; i++)
		g->v[i].group = g->v[i].comm = g->v[i].name = key_of(g, &g->v[i]);
}

void groups_free(struct groups *g)
{
	free(g->v);
	free(g->bucket);
	buf_free(&g->keys);
}

static struct phrase words(const char *fmt, ...) PRINTF(1, 2);
static struct phrase words(const char *fmt, ...)
{
	struct phrase p;
	va_list ap;

	va_start(ap, fmt);
	p.n = (size_t)vsnprintf(p.text, sizeof(p.text), fmt, ap);
	va_end(ap);
	return p;
}

/* The key of a socket: bytes of the socket, or in *p. */
static struct bytes key_for(enum group_by by, const struct sock *s, struct phrase *p)
{
	switch (by) {
	case BY_COMM:
		if (s->comm.p)
			return s->comm;
		/* fall through */
	case BY_PROCESS:
		*p = phrase_owner(s);
		break;
	case BY_NAME:
		if (s->name.p)
			return s->name;
		*p = words("(no name)");
		break;
	case BY_UID:
		*p = s->uid.has                ? words("%" PRIu64, s->uid.v)
		     : sock_is(s, FLAG_EMBRYO) ? words("(not accepted)")
					       : words("?");
		break;
	case BY_PEER:
		*p = phrase_peer(s);
		if (!p->n)
			*p = words("(no peer)");
		break;
	case BY_NETNS:
		if (s->netns_name.p)
			return s->netns_name;
		*p = words("%" PRIu32, s->netns);
		break;
	}
	return (struct bytes){ p->text, p->n };
}

static enum group_by chosen(const struct rows *r)
{
	int i = 0;

	while (strcmp(group_words[i], options_of(r->c)->group) != 0)
		i++;
	return (enum group_by)i;
}

static int add_up(struct rows *r, struct groups *groups)
{
	enum group_by by = chosen(r);
	struct phrase p;
	struct sock s;
	int err = 0;

	for (size_t i = 0; !err && i < r->got->table.n; i++) {
		struct group *g;

		if (!rows_wanted(r, i, &s))
			continue;
		g = groups_at(groups, key_for(by, &s, &p), true, &err);
		if (g)
			group_add(g, &s);
	}
	return err;
}

int groups_print(struct rows *r)
{
	struct groups groups = { 0 };
	int err = add_up(r, &groups);

	groups_finish(&groups);
	summary_end(&r->sum, r->got);
	for (size_t i = 0; !err && i < groups.n; i++) {
		struct group *g = &groups.v[i];
		uint64_t key = hash(g->group);

		g->time = r->time;
		g->sample = r->sample;
		if (r->past) {
			g->change_bytes = past_change(r->past, key, g->alloc_bytes);
			err = past_note(r->past, key, g->alloc_bytes);
		}
		if (!err)
			err = sink_row(r->c->sink, g);
	}
	groups_free(&groups);
	return err;
}
