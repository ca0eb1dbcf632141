/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "worker.h"

#include "clock.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

#define SLEEP_MS 10
#define LOOKS    32u /* between two looks at the clock */
#define SLEEPS   16u

static uint64_t thread_cpu_ns(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t))
		return 0;
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/*
 * A process whose threads share their descriptors counts a reference at each system call
 * (fs/file.c, __fget_light): some per cent of one that sends a packet. An application of
 * one thread doesn't pay that, so a thread here has the descriptors for itself.
 */
static void *work(void *arg)
{
	struct worker *w = arg;
	bool own = !unshare(CLONE_FILES);

	w->living_ns = clock_mono_ns();
	w->cpu_ns = thread_cpu_ns();
	w->run(w->arg);
	/* Others wait for the thread's end, and then for what they close to be closed. */
	if (own)
		close_range(0, ~0U, 0);
	return NULL;
}

int worker_start(struct worker *w, void *(*run)(void *), void *arg)
{
	pthread_attr_t attr;
	cpu_set_t set;
	int err = pthread_attr_init(&attr);

	if (err)
		return -err;
	w->run = run;
	w->arg = arg;
	if (w->cpu >= 0) {
		CPU_ZERO(&set);
		CPU_SET((unsigned int)w->cpu, &set);
		err = pthread_attr_setaffinity_np(&attr, sizeof(set), &set);
	}
	if (!err)
		err = pthread_create(&w->thread, &attr, work, w);
	w->running = !err;
	pthread_attr_destroy(&attr);
	return -err;
}

void worker_stop(struct worker *w)
{
	if (!w->running)
		return;
	atomic_store_explicit(&w->stop, true, memory_order_relaxed);
	pthread_join(w->thread, NULL);
	w->running = false;
}

bool worker_stopping(struct worker *w)
{
	return atomic_load_explicit(&w->stop, memory_order_relaxed);
}

static bool look(struct worker *w)
{
	uint64_t now = clock_mono_ns(), end = now + w->spin_ns;

	for (; now < end; now = clock_mono_ns())
		for (uint32_t i = 0; i < LOOKS; i++) {
			if (xsk_cons_nb_avail(&w->xsk->rx, 1))
				return true;
			xsk_relax();
		}
	return false;
}

/* A wakeup costs the one who brings packets more than they do. But where nothing comes
 * while we look, NAPI may be waiting for this very CPU. */
int worker_wait(struct worker *w)
{
	struct pollfd p = { .fd = w->xsk->fd, .events = POLLIN };

	if (w->sleeps) {
		w->sleeps--;
	} else if (w->spin_ns) {
		if (look(w)) {
			w->doze = 0;
			return 0;
		}
		w->doze = w->doze ? MIN(2 * w->doze, SLEEPS) : 1;
		w->sleeps = w->doze;
	}
	w->syscalls++;
	return poll(&p, 1, SLEEP_MS) < 0 && errno != EINTR ? -errno : 0;
}

void worker_account(struct worker *w)
{
	w->cpu_ns = thread_cpu_ns() - w->cpu_ns;
	w->living_ns = clock_mono_ns() - w->living_ns;
}
