/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stream.h"

#include "proc.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/*
 * Asked about and not yet taken, at most; so many wake up who takes; and with fewer than
 * so many who takes has time to read answers.
 */
enum { BATCHES = 16, WORTH_WAKING = 2, FEW = 3 };

/* Room for what the answers to all of them take, 2,304 bytes each in Linux 6.18. */
#define RCVBUF (2u << 20)

struct batch {
	uint32_t ids[QUERY_BATCH];
	size_t n;
	uint32_t seq; /* of the first of them */
	bool unread;  /* who takes it reads the answers too */
};

struct stream {
	struct query q[2];   /* [1]: its answers are read by the one who takes */
	const uint32_t *ids; /* of n tasks */
	size_t n, at;
	atomic_bool known; /* they are */
	uint32_t listed;   /* by /proc, up to this one */
	struct proc_list list;
	struct batch ring[BATCHES];
	struct answers *answers[BATCHES]; /* in rooms */
	void *rooms;
	const struct batch *now; /* taken last */
	uint32_t seq;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t moved;
	size_t sent, taken; /* batches so far; lock holds for these and below */
	bool hungry;        /* who takes waits */
	bool ended, stop;
	int read_err;  /* of the one who takes */
	int err;       /* once it has ended */
	bool proc_err; /* it is of the listing */
	atomic_bool mute;
};

/* Ids that come after those that were listed. */
static void fill_known(struct stream *s, struct batch *b)
{
	while (s->at < s->n && s->ids[s->at] <= s->listed)
		s->at++;
	b->n = MIN(s->n - s->at, (size_t)QUERY_BATCH);
	memcpy(b->ids, s->ids + s->at, b->n * sizeof(*b->ids));
	s->at += b->n;
	s->listed = 0;
}

/* The next ids. Returns 0 or -errno; none at the end. */
static int fill(struct stream *s, struct batch *b)
{
	int r = 1;

	b->n = 0;
	if (s->known) {
		fill_known(s, b);
		return 0;
	}
	while (r > 0 && b->n < QUERY_BATCH) {
		r = proc_list_next(&s->list, &b->ids[b->n]);
		b->n += r > 0;
	}
	if (b->n)
		s->listed = b->ids[b->n - 1];
	return r < 0 ? r : 0;
}

/* Waits for room. Returns false where no more is wanted. */
static bool wait_free(struct stream *s)
{
	bool stop;

	pthread_mutex_lock(&s->lock);
	while (s->sent - s->taken == BATCHES && !s->stop)
		pthread_cond_wait(&s->moved, &s->lock);
	stop = s->stop;
	pthread_mutex_unlock(&s->lock);
	return !stop;
}

static void advance(struct stream *s)
{
	pthread_mutex_lock(&s->lock);
	if (++s->sent - s->taken == WORTH_WAKING)
		pthread_cond_signal(&s->moved);
	pthread_mutex_unlock(&s->lock);
}

static void end(struct stream *s, int err)
{
	pthread_mutex_lock(&s->lock);
	s->ended = true;
	s->err = err;
	pthread_cond_signal(&s->moved);
	pthread_mutex_unlock(&s->lock);
}

/* Answers are read by the thread that has time for it. */
static bool leave_unread(struct stream *s)
{
	bool leave;

	pthread_mutex_lock(&s->lock);
	leave = s->sent - s->taken < FEW;
	pthread_mutex_unlock(&s->lock);
	return leave;
}

static int ask_now(struct stream *s, struct batch *b)
{
	struct query *q;
	int err;

	b->unread = leave_unread(s);
	q = &s->q[b->unread];
	err = query_send(q, b->ids, b->n, b->seq);
	return err || b->unread ? err : query_receive(q, s->answers[b - s->ring], b->n);
}

/* Fills, asks, hands over. Returns how many ids, 0 at the end, or -errno. */
static int step(struct stream *s)
{
	struct batch *b = &s->ring[s->sent % BATCHES];
	int err = fill(s, b);

	s->proc_err = err != 0;
	b->unread = false;
	b->seq = s->seq;
	s->seq += (uint32_t)b->n;
	if (!err && b->n && !s->mute)
		err = ask_now(s, b);
	if (!err && b->n)
		advance(s);
	return err ? err : (int)b->n;
}

static void *ask(void *arg)
{
	struct stream *s = arg;
	int r = s->known ? 0 : proc_list_open(&s->list, "/proc");

	s->proc_err = r != 0;
	if (!r)
		do
			r = wait_free(s) ? step(s) : 0;
		while (r > 0);
	end(s, r);
	return NULL;
}

/*
 * Beside the one who takes: a scheduler that starts it on the same CPU may leave it there
 * for longer than all of this takes. From then on it may run wherever there is time.
 */
static void place(pthread_t thread)
{
	int cpu = sched_getcpu();
	cpu_set_t all, others;

	if (cpu < 0 || sched_getaffinity(0, sizeof(all), &all))
		return;
	others = all;
	CPU_CLR((unsigned int)cpu, &others);
	if (CPU_COUNT(&others) &&
	    !pthread_setaffinity_np(thread, sizeof(others), &others))
		pthread_setaffinity_np(thread, sizeof(all), &all);
}

/* Signals go to the thread that knows what to do with them. */
static int start(struct stream *s)
{
	sigset_t all, old;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(&s->thread, NULL, ask, s);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (!err)
		place(s->thread);
	return -err;
}

static void stream_free(struct stream *s)
{
	free(s->rooms);
	proc_list_close(&s->list);
	query_close(&s->q[0]);
	query_close(&s->q[1]);
	free(s);
}

static int prepare(struct stream *s)
{
	s->rooms = query_rooms(s->answers, BATCHES);
	if (!s->rooms)
		return -ENOMEM;
	nl_set_rcvbuf(&s->q[0].nl, RCVBUF);
	nl_set_rcvbuf(&s->q[1].nl, RCVBUF);
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->moved, NULL);
	return start(s);
}

int stream_open(struct stream **sp, const struct query *q, const uint32_t *ids, size_t n)
{
	struct stream *s = calloc(1, sizeof(*s));
	int err;

	*sp = NULL;
	if (!s)
		return -ENOMEM;
	s->ids = ids;
	s->n = n;
	s->known = ids;
	s->list.fd = -1;
	err = query_open_like(&s->q[0], q);
	if (!err)
		err = query_open_like(&s->q[1], q);
	if (!err)
		err = prepare(s);
	if (err)
		stream_free(s);
	else
		*sp = s;
	return err;
}

void stream_close(struct stream *s)
{
	if (!s)
		return;
	pthread_mutex_lock(&s->lock);
	s->stop = true;
	pthread_cond_signal(&s->moved);
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->thread, NULL);
	stream_free(s);
}

void stream_mute(struct stream *s)
{
	s->mute = true;
}

void stream_known(struct stream *s, const uint32_t *ids, size_t n)
{
	s->ids = ids;
	s->n = n;
	s->known = true;
}

/* Waits for a batch, and lets go of the one before. NULL at the end. */
static const struct batch *next_batch(struct stream *s)
{
	const struct batch *b = NULL;

	pthread_mutex_lock(&s->lock);
	if (s->now && s->sent - ++s->taken == BATCHES / 2)
		pthread_cond_signal(&s->moved);
	s->hungry = s->sent == s->taken;
	while (s->hungry && s->sent - s->taken < WORTH_WAKING && !s->ended)
		pthread_cond_wait(&s->moved, &s->lock);
	s->hungry = false;
	if (s->sent != s->taken)
		b = &s->ring[s->taken % BATCHES];
	pthread_mutex_unlock(&s->lock);
	return b;
}

size_t stream_next(struct stream *s, const uint32_t **ids)
{
	s->now = next_batch(s);
	if (s->now && s->now->unread)
		s->read_err =
			query_receive(&s->q[1], s->answers[s->now - s->ring], s->now->n);
	if (!s->now || s->read_err)
		return 0;
	*ids = s->now->ids;
	return s->now->n;
}

int stream_error(const struct stream *s, bool *proc)
{
	*proc = !s->read_err && s->proc_err;
	return s->read_err ? s->read_err : s->err;
}

bool stream_answer(struct stream *s, size_t i, struct ask *a)
{
	*a = (struct ask){ .id = s->now->ids[i] };
	return query_next(s->answers[s->now - s->ring], s->now->seq + (uint32_t)i, a);
}
