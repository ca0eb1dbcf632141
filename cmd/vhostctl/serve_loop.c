/* SPDX-License-Identifier: GPL-2.0-or-later */
/* serve_loop.c - all front-ends of one back-end, in one thread. */
#include "serve_loop.h"

#include "clock.h"
#include "follow.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

enum { ROUNDS = 64 }; /* of the rings between two looks at sockets, while spinning */

static const uint64_t SIZE_NS = 1000000000; /* between two looks at the disk's size */

static void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

static size_t free_place(const struct server *srv)
{
	size_t i = 0;

	while (i < SESSIONS && srv->sessions[i])
		i++;
	return i;
}

void server_join(struct server *srv, int fd)
{
	size_t i = free_place(srv);

	if (i == SESSIONS ||
	    !(srv->sessions[i] = session_new(srv->backend, fd, srv->count + 1))) {
		diag_warn(srv->backend->diag, "no room for one more front-end");
		return;
	}
	srv->count++;
	if (srv->extend_ns)
		srv->until_ns = clock_mono_ns() + srv->extend_ns;
}

/* Those that are over leave. */
static int sweep(struct server *srv)
{
	int status = 0;

	for (size_t i = 0; i < SESSIONS; i++) {
		struct session *s = srv->sessions[i];

		if (!s || !s->over)
			continue;
		if (!status)
			status = srv->left(srv, s);
		session_free(s);
		srv->sessions[i] = NULL;
		srv->done |= srv->once;
	}
	return status;
}

static size_t work(struct server *srv)
{
	size_t done = 0;

	for (size_t i = 0; i < SESSIONS; i++)
		if (srv->sessions[i])
			done += session_work(srv->sessions[i]);
	return done;
}

static bool any_over(const struct server *srv)
{
	for (size_t i = 0; i < SESSIONS; i++)
		if (srv->sessions[i] && srv->sessions[i]->over)
			return true;
	return false;
}

/* Works as long as there is work, and looks for more for spin_ns after the last. */
static void spin(struct server *srv)
{
	uint64_t idle_ns = 0;

	for (int i = 0; i < ROUNDS; i++) {
		if (work(srv)) {
			idle_ns = 0;
			continue;
		}
		if (any_over(srv))
			return;
		if (!idle_ns)
			idle_ns = clock_mono_ns();
		else if (clock_mono_ns() - idle_ns > srv->spin_ns)
			return;
		if (srv->spin_ns)
			i = MIN(i, ROUNDS - 2) - 1 + (i % 8 == 7);
		relax();
	}
}

/* Before sleeping: drivers are to kick, and what came just before is not missed. */
static bool may_sleep(struct server *srv)
{
	for (size_t i = 0; i < SESSIONS; i++)
		if (srv->sessions[i])
			session_want_kicks(srv->sessions[i]);
	return !work(srv) && !any_over(srv);
}

/* All that is waited for; *n entries. NULL where memory is out. */
static struct pollfd *gather(struct server *srv, size_t *n, size_t *begin,
			     uint64_t *wait_ns)
{
	size_t rings = srv->backend->dev.rings;
	struct pollfd *p = calloc(2 + SESSIONS * (SESSION_FDS + rings), sizeof(*p));
	uint64_t now = clock_mono_ns();

	if (!p)
		return NULL;
	p[0] = (struct pollfd){ .fd = srv->follow, .events = POLLIN };
	p[1] = (struct pollfd){ .fd = free_place(srv) < SESSIONS ? srv->listener.fd : -1,
				.events = POLLIN };
	*n = 2;
	for (size_t i = 0; i < SESSIONS; i++) {
		begin[i] = *n;
		if (srv->sessions[i])
			*n += session_poll(srv->sessions[i], p + *n, now, wait_ns);
	}
	return p;
}

static void move_all(struct server *srv, const struct pollfd *p, const size_t *begin,
		     size_t n)
{
	for (size_t i = 0; i < SESSIONS; i++) {
		size_t end = i + 1 < SESSIONS ? begin[i + 1] : n;

		if (srv->sessions[i])
			session_move(srv->sessions[i], p + begin[i], end - begin[i]);
	}
	if (p[1].revents) {
		int fd = listener_accept(&srv->listener);

		if (fd >= 0)
			server_join(srv, fd);
	}
	srv->done |= p[0].revents != 0;
}

/* A disk that grows under its front-ends: they are told. */
static void look_at_size(struct server *srv)
{
	uint64_t now = clock_mono_ns();

	if (now - srv->looked_ns < SIZE_NS)
		return;
	srv->looked_ns = now;
	if (!vdev_resized(&srv->backend->dev))
		return;
	for (size_t i = 0; i < SESSIONS; i++)
		if (srv->sessions[i])
			session_config_changed(srv->sessions[i]);
}

static int look_around(struct server *srv, bool sleep)
{
	uint64_t now = clock_mono_ns(), wait_ns = sleep ? SIZE_NS : 0;
	size_t n, begin[SESSIONS];
	struct pollfd *p = gather(srv, &n, begin, &wait_ns);
	struct timespec t;
	int r, err = 0;

	if (srv->until_ns)
		wait_ns = MIN(wait_ns, srv->until_ns - MIN(now, srv->until_ns));
	srv->done |= srv->until_ns && now >= srv->until_ns;
	t = (struct timespec){ .tv_sec = (time_t)(wait_ns / 1000000000),
			       .tv_nsec = (long)(wait_ns % 1000000000) };
	r = p ? ppoll(p, n, &t, NULL) : -1;

	if (r < 0 && errno != EINTR)
		err = -errno;
	else if (r >= 0)
		move_all(srv, p, begin, n);
	free(p);
	look_at_size(srv);
	return err;
}

int server_run(struct server *srv)
{
	int status = 0;

	while (!status && !srv->done) {
		spin(srv);
		status = look_around(srv, may_sleep(srv));
		if (!status)
			status = sweep(srv);
	}
	for (size_t i = 0; i < SESSIONS; i++) {
		if (srv->sessions[i])
			session_end(srv->sessions[i], "we have ended");
	}
	if (!status)
		status = sweep(srv);
	return status;
}
