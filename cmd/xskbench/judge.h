/* SPDX-License-Identifier: GPL-2.0-or-later */
/* judge.h - what makes a result doubtful. Pure. */
#ifndef XSKBENCH_JUDGE_H
#define XSKBENCH_JUDGE_H

#include "result.h"

/* Adds warnings to r->said. Returns STATUS_TRUE where packets are bad or unexplained,
 * STATUS_INCOMPLETE where not all came that were waited for, else 0. */
int judge(struct result *r) NONNULL(1);

#endif
