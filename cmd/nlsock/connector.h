/* SPDX-License-Identifier: GPL-2.0-or-later */
/* connector.h - what listening to processes takes besides joining a group. */
#ifndef NLSOCK_CONNECTOR_H
#define NLSOCK_CONNECTOR_H

#include "nl.h"

/*
 * Asks the kernel to tell of processes on a NETLINK_CONNECTOR socket (on), or no longer
 * to: it tells nobody until somebody asks, and older kernels go on until each has taken
 * it back (drivers/connector/cn_proc.c). Returns 0 or -errno.
 */
int connector_ask(struct nl_conn *c, bool on) NONNULL(1);

#endif
