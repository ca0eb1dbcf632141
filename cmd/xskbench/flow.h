/* SPDX-License-Identifier: GPL-2.0-or-later */
/* flow.h - packets in one direction: from a source to an end, and perhaps back. */
#ifndef XSKBENCH_FLOW_H
#define XSKBENCH_FLOW_H

#include "shot.h"

/* Measures once, from the plan's source to the end. Returns a status; 0: the shot is
 * filled in. */
MUST_CHECK int flow_shoot(const struct shooting *s, enum flow_end end, struct shot *shot)
	NONNULL(1, 3);

#endif
