/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "harvest.h"

#include "clock.h"
#include "proc.h"

#include <errno.h>
#include <signal.h>

struct harvester {
	struct harvest *h;
	harvest_take *take;
	void *arg;
};

static int take_message(const struct nlmsghdr *m, void *arg)
{
	struct harvester *v = arg;
	struct task t;
	int r = ended_take(&v->h->ended, m, &t);

	return r > 0 ? v->take(&t, v->h->ended.drained_ns, v->arg) : r;
}

/*
 * Whether each thread of the process has told of its end: it does so before it can be
 * waited for, and the main thread is waited for last.
 */
static bool has_told(uint32_t pid)
{
	struct proc_stat s;

	if (kill((pid_t)pid, 0) && errno == ESRCH)
		return true;
	return proc_stat_read(pid, &s) || (s.state == 'Z' && s.threads == 1);
}

static int hand_over(struct harvester *v)
{
	uint64_t drained_ns;
	struct task t;
	int err = 0;

	while (!err && ended_next(&v->h->ended, &t, &drained_ns))
		err = v->take(&t, drained_ns, v->arg);
	return err;
}

/* All that waits. Returns how many messages, or -errno. */
static int drain(struct harvester *v)
{
	struct ended *e = &v->h->ended;
	uint64_t now = clock_mono_ns();
	int n;

	e->now_ns = now;
	n = exits_drain(&v->h->x, take_message, v);
	if (n >= 0 && n < EXITS_MOST)
		e->drained_ns = now;
	return n;
}

int harvest(struct harvest *h, harvest_take *take, void *arg)
{
	struct harvester v = { h, take, arg };
	int n = drain(&v), more, err = 0;

	/* What those have told that are gone now is in the socket. */
	if (n < 0 || n >= EXITS_MOST || !h->ended.held ||
	    !ended_look(&h->ended, has_told))
		return n;
	more = drain(&v);
	if (more >= 0 && more < EXITS_MOST)
		err = hand_over(&v);
	return err ? err : more < 0 ? more : n + more;
}

int harvest_end(struct harvest *h, harvest_take *take, void *arg)
{
	struct harvester v = { h, take, arg };
	int n = 1;

	while (n > 0)
		n = drain(&v);
	ended_look(&h->ended, NULL);
	return n ? n : hand_over(&v);
}

void harvest_close(struct harvest *h)
{
	exits_close(&h->x);
	ended_free(&h->ended);
}
