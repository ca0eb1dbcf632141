/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gather.h - from tasks to their records: asks the kernel, composes, hands over. */
#ifndef TASKSTAT_GATHER_H
#define TASKSTAT_GATHER_H

#include "diag.h"
#include "query.h"
#include "subjects.h"
#include "task.h"

struct gather {
	const struct diag *diag;
	struct query q;
	struct ask *asks;    /* two for each subject of a batch, owned */
	struct ask *threads; /* QUERY_BATCH, for the threads of one process */
	bool proc;           /* /proc may be asked */
	bool delays;         /* the kernel measures delays other than for a CPU ... */
	uint64_t since_ns;   /* ... of tasks started since (CLOCK_MONOTONIC), 0 all */
};

/* What became of one subject. */
struct found {
	uint32_t id;
	int err;       /* 0, -ESRCH: gone, -EXDEV: a thread of process tgid, -errno */
	bool proc_err; /* err is of /proc, not of the kernel's answer */
	uint32_t tgid;
	struct task t; /* where err is 0 */
};

/*
 * Opens the conversation and looks around: warns where /proc is another namespace's or
 * the sysctl is off. Returns a status. gather_close also after a failure.
 */
MUST_CHECK int gather_open(struct gather *g, const struct diag *d) NONNULL(1, 2);
void gather_close(struct gather *g) NONNULL(1);

/* Takes what became of a subject, in order. Returns a status: not 0 ends it. */
typedef int gather_take(const struct found *f, void *arg);

/* Single tasks, or with processes whole ones. Returns a status. */
MUST_CHECK int gather_run(struct gather *g, struct subjects *s, bool processes,
			  gather_take *take, void *arg) NONNULL(1, 2, 4);

/* All processes, or all threads, as fast as can be. Returns a status. */
MUST_CHECK int gather_all(struct gather *g, bool threads, gather_take *take, void *arg)
	NONNULL(1, 3);

/* Whether delays other than for a CPU are measured; warns where not. */
bool delays_measured(const struct diag *d) NONNULL(1);

/* Says why the kernel does not answer. Returns STATUS_FAILED. */
int gather_refused(const struct diag *d, int err) NONNULL(1);

/* Opens the TASKSTATS family, and says why it can't. Returns a status. */
MUST_CHECK int gather_query(struct query *q, const struct diag *d) NONNULL(1, 2);

#endif
