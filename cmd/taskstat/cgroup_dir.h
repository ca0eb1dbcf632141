/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cgroup_dir.h - cgroups as directories: cgroups(7). */
#ifndef TASKSTAT_CGROUP_DIR_H
#define TASKSTAT_CGROUP_DIR_H

#include "proc.h"

/*
 * Opens a cgroup: a directory, or a path as /proc/PID/cgroup has it, which is looked for
 * in the hierarchies below /sys/fs/cgroup, that of version 2 first. Returns a file
 * descriptor (close-on-exec), -ENOENT, -EINVAL for a directory that is no cgroup, or
 * -errno.
 */
MUST_CHECK int cgroup_open(const char *path) NONNULL(1);

/* Whether it is of version 2. */
bool cgroup_is_v2(int fd);

/* Adds the processes of a cgroup and of all below it. Returns 0 or -errno. */
MUST_CHECK int cgroup_pids(int fd, struct ids *ids) NONNULL(2);

/* Adds the tasks of this one cgroup of version 1. Returns 0 or -errno. */
MUST_CHECK int cgroup_tasks(int fd, struct ids *ids) NONNULL(2);

#endif
