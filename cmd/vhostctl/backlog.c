/* SPDX-License-Identifier: GPL-2.0-or-later */
/* backlog.c - messages that were sent on, kept until there is time to tell of them. */
#include "backlog.h"

#include <stdlib.h>

static size_t size_of(const struct sighting *s)
{
	return sizeof(struct kept_message) + s->fds.n * sizeof(*s->fds.v) + s->bytes.n;
}

bool backlog_add(struct backlog *b, struct link *l, const struct sighting *s)
{
	struct kept_message *m = malloc(size_of(s));
	char *bytes;

	if (!m)
		return false;
	m->next = NULL;
	m->link = l;
	m->s = *s;
	m->s.kept = NULL;
	m->s.fds.v = m->fds;
	memcpy(m->fds, s->fds.v, s->fds.n * sizeof(*m->fds));
	bytes = (char *)(m->fds + s->fds.n);
	m->s.bytes.p = bytes;
	memcpy(bytes, s->bytes.p, s->bytes.n);
	if (b->last)
		b->last->next = m;
	else
		b->first = m;
	b->last = m;
	b->bytes += size_of(s);
	return true;
}

bool backlog_full(const struct backlog *b)
{
	return b->bytes > BACKLOG_MAX;
}

struct kept_message *backlog_take(struct backlog *b)
{
	struct kept_message *m = b->first;

	if (!m)
		return NULL;
	b->first = m->next;
	if (!b->first)
		b->last = NULL;
	b->bytes -= size_of(&m->s);
	return m;
}
