/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pipeline.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

enum { SLOTS = 4 };

struct slot_of {
	struct found *f;
	size_t n;
};

struct pipeline {
	struct gather *g;
	const struct subjects *s;
	bool processes;
	struct slot_of slot[SLOTS];
	pthread_mutex_t lock;
	pthread_cond_t moved;
	size_t filled, emptied; /* slots so far; lock holds for these and below */
	bool ended, stop;
	int err;
};

static size_t fill(struct pipeline *p, size_t from, struct slot_of *slot)
{
	slot->n = MIN(p->s->n - from, (size_t)QUERY_BATCH);
	p->err = gather_batch(p->g, p->s->v + from, slot->n, p->processes, slot->f);
	return p->err ? p->s->n : from + slot->n;
}

/* Waits for a free slot. Returns false where the reader wants no more. */
static bool wait_free(struct pipeline *p)
{
	bool stop;

	pthread_mutex_lock(&p->lock);
	while (p->filled - p->emptied == SLOTS && !p->stop)
		pthread_cond_wait(&p->moved, &p->lock);
	stop = p->stop;
	pthread_mutex_unlock(&p->lock);
	return !stop;
}

static void *produce(void *arg)
{
	struct pipeline *p = arg;
	size_t at = 0;

	while (at < p->s->n && wait_free(p)) {
		at = fill(p, at, &p->slot[p->filled % SLOTS]);
		pthread_mutex_lock(&p->lock);
		p->filled += !p->err;
		pthread_cond_signal(&p->moved);
		pthread_mutex_unlock(&p->lock);
	}
	pthread_mutex_lock(&p->lock);
	p->ended = true;
	pthread_cond_signal(&p->moved);
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

static struct slot_of *next_slot(struct pipeline *p)
{
	struct slot_of *slot = NULL;

	pthread_mutex_lock(&p->lock);
	while (p->filled == p->emptied && !p->ended)
		pthread_cond_wait(&p->moved, &p->lock);
	if (p->filled != p->emptied)
		slot = &p->slot[p->emptied % SLOTS];
	pthread_mutex_unlock(&p->lock);
	return slot;
}

static void advance(struct pipeline *p, bool stop)
{
	pthread_mutex_lock(&p->lock);
	p->emptied++;
	p->stop = stop;
	pthread_cond_signal(&p->moved);
	pthread_mutex_unlock(&p->lock);
}

static int hand_over(const struct slot_of *slot, gather_take *take, void *arg)
{
	int status = STATUS_DONE;

	for (size_t i = 0; !status && i < slot->n; i++)
		status = take(&slot->f[i], arg);
	return status;
}

/* Signals go to the thread that knows what to do with them. */
static int start(pthread_t *thread, struct pipeline *p)
{
	sigset_t all, old;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(thread, NULL, produce, p);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return err;
}

static int run_threads(struct pipeline *p, gather_take *take, void *arg)
{
	int status = STATUS_DONE;
	struct slot_of *slot;
	pthread_t thread;
	int err = start(&thread, p);

	if (err)
		return diag_fail(p->g->diag, err, NULL, "starting a thread");
	while (!status && (slot = next_slot(p))) {
		status = hand_over(slot, take, arg);
		advance(p, status != 0);
	}
	pthread_join(thread, NULL);
	return !status && p->err ? gather_refused(p->g->diag, p->err) : status;
}

/* So few that a thread is not worth its start. */
static int run_plain(struct pipeline *p, gather_take *take, void *arg)
{
	int status = STATUS_DONE;
	size_t at = 0;

	while (!status && at < p->s->n) {
		at = fill(p, at, &p->slot[0]);
		status = p->err ? gather_refused(p->g->diag, p->err)
				: hand_over(&p->slot[0], take, arg);
	}
	return status;
}

int gather_run(struct gather *g, const struct subjects *s, bool processes,
	       gather_take *take, void *arg)
{
	struct pipeline p = { .g = g,
			      .s = s,
			      .processes = processes,
			      .lock = PTHREAD_MUTEX_INITIALIZER,
			      .moved = PTHREAD_COND_INITIALIZER };
	bool many = s->n > 2 * (size_t)QUERY_BATCH;
	/* Few get no more room than they fill: to clear it takes longer than to ask. */
	struct found *f = calloc(many ? SLOTS * (size_t)QUERY_BATCH
				      : MIN(s->n, (size_t)QUERY_BATCH) + 1,
				 sizeof(*f));
	int status;

	if (!f)
		return diag_fail(g->diag, ENOMEM, NULL, "answers");
	for (size_t i = 0; i < (many ? SLOTS : 1); i++)
		p.slot[i].f = f + i * QUERY_BATCH;
	status = many ? run_threads(&p, take, arg) : run_plain(&p, take, arg);
	free(f);
	return status;
}
