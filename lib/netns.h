/* SPDX-License-Identifier: GPL-2.0-or-later */
/* netns.h - network namespaces by name, path or process. */
#ifndef LIB_NETNS_H
#define LIB_NETNS_H

#include "util.h"

/*
 * Opens a network namespace: a name of ip-netns(8), a path (with a slash), or a pid.
 * Returns a file descriptor (close-on-exec) that keeps it alive, or -errno; -EINVAL: that
 * file is no network namespace.
 */
MUST_CHECK int netns_open(const char *which) NONNULL(1);

/* Moves the calling thread into it (setns(2): CAP_SYS_ADMIN). Returns 0 or -errno. */
MUST_CHECK int netns_enter(int fd);

#endif
