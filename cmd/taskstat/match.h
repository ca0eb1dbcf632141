/* SPDX-License-Identifier: GPL-2.0-or-later */
/* match.h - which records are wanted, by name, user and conditions. */
#ifndef TASKSTAT_MATCH_H
#define TASKSTAT_MATCH_H

#include "cli.h"
#include "filter.h"
#include "task.h"

struct match_options {
	struct list_arg comms, users, where;
};

/* Members of a struct T that has match_options as its member m. */
#define MATCH_OPTS(T, m)                                                      \
	OPT(T, m.comms, 'c', "comm", "COMM",                                  \
	    "only of this command name, may be repeated"),                    \
		OPT(T, m.users, 'u', "user", "USER",                          \
		    "only of this user, by name or number, may be repeated"), \
		OPT(T, m.where, 'w', "where", "EXPR",                         \
		    "only those that are so: COLUMN=WORD, COLUMN>N; may be repeated")

struct match {
	const struct match_options *o;
	uint64_t *uids; /* as many as o->users, owned */
	struct filter filter;
};

/* Returns a status, after saying which word is wrong. match_end also after a failure. */
MUST_CHECK int match_begin(struct match *m, const struct match_options *o,
			   const struct record *rec, const struct diag *d)
	NONNULL(1, 2, 3, 4);
void match_end(struct match *m) NONNULL(1);

/* record is of match_begin's type; comm is KSTAT_COMM bytes at most. */
bool match_record(const struct match *m, const char *comm, struct opt_u64 uid,
		  const void *record) NONNULL(1, 2, 4);
bool match_task(const struct match *m, const struct task *t) NONNULL(1, 2);

#endif
