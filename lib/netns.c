/* SPDX-License-Identifier: GPL-2.0-or-later */
/* netns.c - network namespaces by name, path or process. */
#include "netns.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

int netns_open(const char *which)
{
	bool pid = *which && !which[strspn(which, "0123456789")];
	char path[PATH_MAX];
	int n, fd;

	if (strchr(which, '/'))
		n = snprintf(path, sizeof(path), "%s", which);
	else if (pid)
		n = snprintf(path, sizeof(path), "/proc/%s/ns/net", which);
	else
		n = snprintf(path, sizeof(path), "/run/netns/%s", which);
	if (n < 0 || (size_t)n >= sizeof(path))
		return -ENAMETOOLONG;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* it may be any file */
	if (fd < 0)
		return -errno;
	if (ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWNET) {
		close(fd);
		return -EINVAL;
	}
	return fd;
}

int netns_enter(int fd)
{
	return setns(fd, CLONE_NEWNET) ? -errno : 0;
}
