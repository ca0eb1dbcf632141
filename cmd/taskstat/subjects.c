/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "subjects.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

int subjects_add(struct subjects *s, const struct subject *one)
{
	if (s->n == s->cap) {
		size_t cap = s->cap ? 2 * s->cap : 64;
		struct subject *v = reallocarray(s->v, cap, sizeof(*v));

		if (!v)
			return -ENOMEM;
		s->v = v;
		s->cap = cap;
	}
	s->v[s->n++] = *one;
	return 0;
}

int subjects_add_id(struct subjects *s, uint32_t id)
{
	return subjects_add(s, &(struct subject){ .id = id });
}

void subjects_free(struct subjects *s)
{
	free(s->v);
	free(s->tids);
	*s = (struct subjects){ 0 };
}

int subjects_threads(struct subjects *s, uint32_t pid)
{
	struct ids ids = { 0 };
	int err = proc_tids(pid, &ids);

	for (size_t i = 0; !err && i < ids.n; i++)
		err = subjects_add(s, &(struct subject){ .id = ids.v[i], .tgid = pid });
	ids_free(&ids);
	return err;
}

static int add_process(struct subjects *s, uint32_t pid, bool threads)
{
	int err = threads ? subjects_threads(s, pid) : subjects_add_id(s, pid);

	/* It may have gone meanwhile. */
	return threads && (err == -ENOENT || err == -ESRCH) ? 0 : err;
}

static int list_proc(struct subjects *s, bool threads)
{
	struct ids ids = { 0 };
	int err = proc_pids(&ids);

	for (size_t i = 0; !err && i < ids.n; i++)
		err = add_process(s, ids.v[i], threads);
	ids_free(&ids);
	return err;
}

static int by_id(const void *a, const void *b)
{
	const struct subject *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

void subjects_learn(struct subjects *s)
{
	struct subjects all = { 0 };

	if (!subjects_bpf(&all, true) && all.n) {
		for (size_t i = 0; i < s->n; i++) {
			const struct subject *one =
				bsearch(&s->v[i], all.v, all.n, sizeof(*all.v), by_id);

			if (one)
				s->v[i] = *one;
		}
	}
	subjects_free(&all);
}

int subjects_all(struct subjects *s, bool threads, int *bpf)
{
	*bpf = subjects_bpf(s, threads);
	return *bpf ? list_proc(s, threads) : 0;
}

/* Bits of task_struct's state, include/linux/sched.h of Linux 5.17 to 6.18. */
enum {
	STATE_UNINTERRUPTIBLE = 0x2,
	STATE_REPORTED = 0x7f,
	STATE_NOLOAD = 0x400,
	STATE_RTLOCK_WAIT = 0x1000,
	STATE_FROZEN = 0x8000,
};

char state_letter(uint32_t state, uint32_t exit_state)
{
	static const char letters[] = "RSDTtXZPI";
	uint32_t seen = (state | exit_state) & STATE_REPORTED;
	const uint32_t idle = STATE_UNINTERRUPTIBLE | STATE_NOLOAD;

	if ((state & idle) == idle)
		return 'I';
	if (state & (STATE_RTLOCK_WAIT | STATE_FROZEN))
		seen = STATE_UNINTERRUPTIBLE;
	return letters[seen ? 32 - __builtin_clz(seen) : 0];
}
