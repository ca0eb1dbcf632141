/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spool.c - output that keeps nobody waiting: a thread of its own writes it. */
#include "spool.h"

#include "follow.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum { SPOOL_MAX = 16 << 20, CHUNK = 1 << 16, WAIT_NS = 100000000, PATIENCE = 10 };

static void signal_event(const struct spool *s)
{
	if (eventfd_write(s->event, 1))
		return; /* it is signalled already */
}

/* The one place where it may wait; a signal ends that. Bytes written or -errno. */
static ssize_t write_some(const struct spool *s, const char *p, size_t n)
{
	struct pollfd pfd = { .fd = s->out->fd, .events = POLLOUT };
	ssize_t w = write(s->out->fd, p, n);

	if (w >= 0 || errno != EAGAIN)
		return w < 0 ? -errno : w;
	poll(&pfd, 1, -1);
	return -EINTR;
}

static void wrote(struct spool *s, ssize_t n)
{
	pthread_mutex_lock(&s->lock);
	if (n < 0 && !s->err)
		s->err = (int)n;
	if (n > 0)
		s->pending -= (size_t)n;
	if (s->err || (s->full && s->pending < SPOOL_MAX / 2)) {
		s->full = false;
		signal_event(s);
	}
	pthread_cond_signal(&s->written);
	pthread_mutex_unlock(&s->lock);
}

/* What waits, taken in exchange for an empty buffer. False at the end. */
static bool take(struct spool *s)
{
	struct buf b = s->writing;

	b.n = 0;
	pthread_mutex_lock(&s->lock);
	while (!s->waiting.n && !s->ending)
		pthread_cond_wait(&s->more, &s->lock);
	s->writing = s->waiting;
	s->waiting = b;
	pthread_mutex_unlock(&s->lock);
	return s->writing.n;
}

/* False where it failed. */
static bool write_taken(struct spool *s)
{
	const struct buf *b = &s->writing;
	size_t done = 0;

	while (done < b->n) {
		ssize_t n = write_some(s, b->p + done, MIN(b->n - done, (size_t)CHUNK));

		if (n == -EINTR && !spool_failed(s))
			continue;
		wrote(s, n);
		if (n < 0)
			return false;
		done += (size_t)n;
	}
	return true;
}

static void *write_all(void *arg)
{
	struct spool *s = arg;

	while (take(s) && write_taken(s))
		;
	return NULL;
}

/* The form of struct out's write. */
static ssize_t add(void *arg, const void *p, size_t n)
{
	struct spool *s = arg;
	int err;

	pthread_mutex_lock(&s->lock);
	if (!s->err)
		buf_add(&s->waiting, p, n);
	err = s->err ? s->err : s->waiting.err;
	s->pending += err ? 0 : n;
	pthread_cond_signal(&s->more);
	pthread_mutex_unlock(&s->lock);
	errno = -err;
	return err ? -1 : (ssize_t)n;
}

int spool_open(struct spool *s, struct out *o, int event)
{
	pthread_condattr_t a;
	int err;

	*s = (struct spool){ .out = o, .event = event };
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->more, NULL);
	pthread_condattr_init(&a);
	pthread_condattr_setclock(&a, CLOCK_MONOTONIC);
	pthread_cond_init(&s->written, &a);
	pthread_condattr_destroy(&a);
	err = pthread_create(&s->thread, NULL, write_all, s);
	if (err)
		return -err;
	o->write = add;
	o->arg = s;
	return 0;
}

bool spool_full(struct spool *s)
{
	bool full;

	pthread_mutex_lock(&s->lock);
	s->full |= s->pending >= SPOOL_MAX;
	full = s->full && !s->err;
	pthread_mutex_unlock(&s->lock);
	return full;
}

int spool_failed(struct spool *s)
{
	int err;

	pthread_mutex_lock(&s->lock);
	err = s->err;
	pthread_mutex_unlock(&s->lock);
	return err;
}

static struct timespec in_a_while(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	t.tv_nsec += WAIT_NS;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

/* Waits a while for something to be written. Whether something was. */
static bool wait_written(struct spool *s)
{
	size_t before = s->pending;
	struct timespec t = in_a_while(CLOCK_MONOTONIC);

	pthread_cond_timedwait(&s->written, &s->lock, &t);
	return s->pending != before;
}

static void ignore(int sig)
{
	(void)sig; /* it only interrupts write(2) */
}

/* A signal may come just before it waits: then the next one ends it. */
static void interrupt(const struct spool *s)
{
	struct sigaction a = { .sa_handler = ignore };
	struct timespec t;

	sigaction(SIGUSR1, &a, NULL);
	do {
		pthread_kill(s->thread, SIGUSR1);
		t = in_a_while(CLOCK_REALTIME);
	} while (pthread_timedjoin_np(s->thread, NULL, &t));
}

int spool_close(struct spool *s, int follow_fd)
{
	bool gives_up;
	int idle = 0;

	if (!s->out || s->out->write != add)
		return 0;
	pthread_mutex_lock(&s->lock);
	s->ending = true;
	pthread_cond_signal(&s->more);
	while (s->pending && !s->err && idle < PATIENCE)
		idle = wait_written(s) || !follow_ended(follow_fd) ? 0 : idle + 1;
	gives_up = s->pending && !s->err;
	if (gives_up)
		s->err = -ETIMEDOUT;
	pthread_mutex_unlock(&s->lock);
	if (gives_up)
		interrupt(s);
	else
		pthread_join(s->thread, NULL);
	s->out->write = NULL;
	if (!s->out->err)
		s->out->err = s->err;
	pthread_cond_destroy(&s->written);
	pthread_cond_destroy(&s->more);
	pthread_mutex_destroy(&s->lock);
	buf_free(&s->waiting);
	buf_free(&s->writing);
	return s->err;
}
