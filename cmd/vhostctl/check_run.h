/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check_run.h - one case against a back-end: what it did. */
#ifndef VHOSTCTL_CHECK_RUN_H
#define VHOSTCTL_CHECK_RUN_H

#include "check_cases.h"
#include "target.h"

enum check_result { CHECK_PASS, CHECK_FAIL, CHECK_SKIP };

struct check_outcome {
	enum check_result result;
	bool single; /* the back-end serves one front-end only */
	char detail[256];
};

/* Runs a case on a connection of its own. ns: how long an answer may take. */
void check_run(const struct check_case *k, struct target *t, uint64_t ns,
	       struct check_outcome *out) NONNULL(1, 2, 4);

/* Whether a new front-end is answered in time. */
bool check_answers(const struct dial *dial, uint64_t ns) NONNULL(1);

#endif
