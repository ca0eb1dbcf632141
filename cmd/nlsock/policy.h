/* SPDX-License-Identifier: GPL-2.0-or-later */
/* policy.h - what a generic family takes, as the kernel's own policy tells. */
#ifndef NLSOCK_POLICY_H
#define NLSOCK_POLICY_H

#include "target.h"

/*
 * Makes a schema of what CTRL_CMD_GETPOLICY tells of a live family
 * (net/netlink/policy.c): all names in it are numbers, it is about requests. A family
 * that tells nothing has operations without attributes. s is to be freed in any case.
 * Returns 0 or -errno.
 */
MUST_CHECK int policy_load(const struct family *f, struct schema *s) NONNULL(1, 2);

#endif
