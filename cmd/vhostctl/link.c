/* SPDX-License-Identifier: GPL-2.0-or-later */
/* link.c - a front-end and a back-end with us between them. */
#include "link.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void told(struct relay *r, const struct sighting *s)
{
	struct link *l = r->arg;
	struct sighting seen = *s;

	if (s->channel == CHANNEL_MAIN)
		l->first = s->from_backend ? TO_BACKEND : TO_FRONTEND;
	seen.untraced = l->untraced && s->channel == CHANNEL_MAIN && !s->from_backend;
	if (seen.untraced)
		l->untraced = false;
	l->tell(l, &seen);
}

static bool add_relay(struct link *l, int which, int from, int to)
{
	struct relay *r = calloc(1, sizeof(*r));

	if (!r)
		return false;
	r->from = from;
	r->to = to;
	r->channel = which >= CHANNEL_TO_FRONTEND ? CHANNEL_BACKEND : CHANNEL_MAIN;
	r->from_backend =
		which == TO_FRONTEND || (r->channel == CHANNEL_BACKEND && !(which & 1));
	r->message = told;
	r->arg = l;
	l->relays[which] = r;
	l->wants[which] = RELAY_READ;
	return true;
}

static void end_relay(struct link *l, int which)
{
	if (l->relays[which])
		relay_drop(l->relays[which]);
	free(l->relays[which]);
	l->relays[which] = NULL;
}

static void end_channel(struct link *l, size_t i)
{
	end_relay(l, CHANNEL_TO_FRONTEND + 2 * (int)i);
	end_relay(l, CHANNEL_TO_BACKEND + 2 * (int)i);
	fd_close(&l->channels[i].front);
	fd_close(&l->channels[i].back);
}

/* Whoever waits in it, or does not, finds what it expects. */
static bool same_mode(int fd, int as)
{
	int flags = fcntl(as, F_GETFL);

	return flags >= 0 && (!(flags & O_NONBLOCK) || !fd_nonblock(fd));
}

static size_t free_channel(const struct link *l)
{
	size_t i = 0;

	while (i < LINK_CHANNELS && l->channels[i].front >= 0)
		i++;
	return i;
}

/* The back-end shall ask us, and we the front-end. What fails leaves the fd as it is. */
static void put_between(struct relay *r, uint32_t request, int *fd)
{
	struct link *l = r->arg;
	size_t i = free_channel(l);
	int pair[2], which = CHANNEL_TO_FRONTEND + 2 * (int)i;

	if (request != VU_SET_BACKEND_REQ_FD)
		return;
	l->untraced = true;
	if (i == LINK_CHANNELS ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return;
	l->channels[i] = (struct link_channel){ *fd, pair[0] };
	if (same_mode(pair[1], *fd) && add_relay(l, which, pair[0], *fd) &&
	    add_relay(l, which + 1, *fd, pair[0])) {
		l->untraced = false;
		*fd = pair[1];
		return;
	}
	l->channels[i].front = -1;
	end_channel(l, i);
	close(pair[1]);
}

struct link *link_new(int front, int back, link_teller *tell, void *arg)
{
	struct link *l = calloc(1, sizeof(*l));

	if (l) {
		l->front = front;
		l->back = back;
		for (size_t i = 0; i < LINK_CHANNELS; i++)
			l->channels[i] = (struct link_channel){ -1, -1 };
		l->tell = tell;
		l->arg = arg;
		if (add_relay(l, TO_BACKEND, front, back) &&
		    add_relay(l, TO_FRONTEND, back, front)) {
			l->relays[TO_BACKEND]->replace = put_between;
			return l;
		}
		link_free(l);
		return NULL;
	}
	close(front);
	close(back);
	return NULL;
}

void link_free(struct link *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < LINK_CHANNELS; i++)
		end_channel(l, i);
	end_relay(l, TO_BACKEND);
	end_relay(l, TO_FRONTEND);
	tap_free(l->tap);
	fd_close(&l->front);
	fd_close(&l->back);
	free(l);
}

bool link_tap(struct link *l)
{
	l->tap = tap_new();
	l->relays[TO_BACKEND]->keeps = l->tap;
	return l->tap;
}

size_t link_poll(const struct link *l, struct pollfd *p)
{
	size_t n = 0;

	for (int i = 0; i < LINK_RELAYS; i++) {
		const struct relay *r = l->relays[i];

		if (!r || r->ended)
			continue;
		p[n++] = l->wants[i] == RELAY_WRITE
				 ? (struct pollfd){ .fd = r->to, .events = POLLOUT }
				 : (struct pollfd){ .fd = r->from, .events = POLLIN };
	}
	return n;
}

/* Whether the other side is gone, and not only silent. */
static bool hung_up(int fd)
{
	struct pollfd p = { .fd = fd };

	return poll(&p, 1, 0) > 0 && p.revents & (POLLHUP | POLLERR | POLLNVAL);
}

static bool is_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) > 0 && p.revents & POLLIN;
}

/* One direction has ended: the end goes on, and ends the link when nobody is left. */
static void pass_end(struct link *l, int which)
{
	struct relay *r = l->relays[which], *other = l->relays[which ^ 1];

	if (which >= CHANNEL_TO_FRONTEND) {
		shutdown(r->to, SHUT_WR);
		if (!other || other->ended || hung_up(r->from) || r->err)
			end_channel(l, (size_t)(which - CHANNEL_TO_FRONTEND) / 2);
		return;
	}
	if (!other->ended)
		l->by_backend = which == TO_FRONTEND;
	if (r->err && !l->err)
		l->err = r->err;
	shutdown(r->to, SHUT_WR);
	if (!other->ended && hung_up(r->from)) {
		/* What the other side had said already is not lost on the record. */
		while (relay_move(other) == RELAY_READ && is_readable(other->from))
			;
		l->over = true;
	}
	l->over |= other->ended || r->err;
}

/* What the two had said to each other in channels before the link's end. */
static void empty_channels(struct link *l)
{
	for (int i = CHANNEL_TO_FRONTEND; i < LINK_RELAYS; i++) {
		struct relay *r = l->relays[i];

		while (r && !r->ended && relay_move(r) == RELAY_READ &&
		       is_readable(r->from))
			;
	}
}

void link_end(struct link *l)
{
	empty_channels(l);
	for (int i = 0; i < LINK_RELAYS; i++)
		if (l->relays[i])
			relay_end(l->relays[i]);
}

void link_move(struct link *l)
{
	int first = l->first;

	for (int i = 0; i < LINK_RELAYS && !l->over; i++) {
		int which = i < CHANNEL_TO_FRONTEND ? i ^ first : i;
		struct relay *r = l->relays[which];

		if (!r || r->ended)
			continue;
		l->wants[which] = relay_move(r);
		if (l->wants[which] == RELAY_END)
			pass_end(l, which);
	}
}
