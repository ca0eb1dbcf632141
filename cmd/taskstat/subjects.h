/* SPDX-License-Identifier: GPL-2.0-or-later */
/* subjects.h - which tasks are to be asked about, and what is known of them before. */
#ifndef TASKSTAT_SUBJECTS_H
#define TASKSTAT_SUBJECTS_H

#include "proc.h"

struct subject {
	uint32_t id, tgid; /* tgid 0: not known */
	uint32_t threads;  /* alive in its process, 0: not known */
	bool known;        /* state and alone hold; io does where it is alone */
	bool alone;        /* its process never had a second thread */
	char state;        /* proc(5)'s letter */
	struct proc_io io;
	/* Of a process that has more, and has lost none: their ids. io is their sum. */
	const uint32_t *tids;
	uint32_t ntids;
};

struct subjects {
	struct subject *v; /* owned */
	size_t n, cap;
	uint32_t *tids; /* owned: what they point into */
};

MUST_CHECK int subjects_add(struct subjects *s, const struct subject *one) NONNULL(1, 2);
MUST_CHECK int subjects_add_id(struct subjects *s, uint32_t id) NONNULL(1);
void subjects_free(struct subjects *s) NONNULL(1);

/*
 * Adds every process, or with threads every task, in ascending order. BPF tells their
 * states too, which takes proc(5) ten times as long. *bpf is 0, or the -errno for which
 * /proc was listed (CAP_BPF, CAP_PERFMON, Linux 5.17). Returns 0 or -errno.
 */
MUST_CHECK int subjects_all(struct subjects *s, bool threads, int *bpf) NONNULL(1, 3);

/*
 * The same by BPF alone, of processes with their threads' ids, for an s that is empty.
 * Returns 0, or -errno: then nothing was added.
 */
MUST_CHECK int subjects_bpf(struct subjects *s, bool threads) NONNULL(1);

/*
 * Learns by BPF what it tells of those that are in s already, which pays where they are
 * many. What can't be learned stays unknown.
 */
void subjects_learn(struct subjects *s) NONNULL(1);

/* Adds the threads of a process. Returns 0 or -errno. */
MUST_CHECK int subjects_threads(struct subjects *s, uint32_t pid) NONNULL(1);

/* proc(5)'s letter of the kernel's state and exit_state. Pure. */
char state_letter(uint32_t state, uint32_t exit_state);

#endif
