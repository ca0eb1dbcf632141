/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "worker.h"

#include <sched.h>
#include <time.h>

int worker_start(struct worker *w, void *(*run)(void *), void *arg)
{
	pthread_attr_t attr;
	cpu_set_t set;
	int err = pthread_attr_init(&attr);

	if (err)
		return -err;
	if (w->cpu >= 0) {
		CPU_ZERO(&set);
		CPU_SET((unsigned int)w->cpu, &set);
		err = pthread_attr_setaffinity_np(&attr, sizeof(set), &set);
	}
	if (!err)
		err = pthread_create(&w->thread, &attr, run, arg);
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

void worker_account(struct worker *w)
{
	struct timespec t;

	if (!clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t))
		w->cpu_ns = (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}
