/* SPDX-License-Identifier: GPL-2.0-or-later */
/* policy.h - what a generic family takes, as the kernel's own policy tells. */
#ifndef NLSOCK_POLICY_H
#define NLSOCK_POLICY_H

#include "settings.h"

/*
 * Prints what CTRL_CMD_GETPOLICY tells of the live family t: a line for each policy index
 * that an operation has, one for each attribute of each policy (net/netlink/genetlink.c,
 * net/netlink/policy.c). With c->args[1] only of that operation, a number. Returns a
 * status.
 */
MUST_CHECK int policy_describe(struct ctx *c, const struct settings *s,
			       const struct target *t) NONNULL(1, 2, 3);

#endif
