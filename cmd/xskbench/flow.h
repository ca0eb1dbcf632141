/* SPDX-License-Identifier: GPL-2.0-or-later */
/* flow.h - packets in one direction: from a source to an end, and perhaps back. */
#ifndef XSKBENCH_FLOW_H
#define XSKBENCH_FLOW_H

#include "shot.h"

enum flow_end {
	FLOW_RECEIVE, /* an AF_XDP socket */
	FLOW_COUNT,   /* a program that counts and drops, or an ifb */
	FLOW_FORWARD, /* an AF_XDP socket that sends them back, to be counted */
	FLOW_ECHO,    /* the same, to be received by the sender: round trips */
};

/* Measures once, from the plan's source to the end. As struct test's shoot. */
MUST_CHECK int flow_shoot(const struct shooting *s, enum flow_end end, struct shot *shot)
	NONNULL(1, 3);

#endif
