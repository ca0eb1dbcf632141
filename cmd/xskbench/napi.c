/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "napi.h"

#include "genl.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <unistd.h>

/* Documentation/netlink/specs/netdev.yaml; Debian 12's headers are older than these. */
enum {
	NETDEV_NAPI_GET = 11,
	NETDEV_NAPI_IFINDEX = 1,
	NETDEV_NAPI_PID = 4,
};

/* A sysfs of this thread's network namespace, mounted nowhere: the descriptor is it. */
static int own_sysfs(void)
{
	int mount, err, fs = fsopen("sysfs", FSOPEN_CLOEXEC);

	if (fs < 0)
		return -errno;
	if (fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0)) {
		err = -errno;
		close(fs);
		return err;
	}
	mount = fsmount(fs, FSMOUNT_CLOEXEC, 0);
	err = mount < 0 ? -errno : mount;
	close(fs);
	return err;
}

int napi_threaded(const char *ifname)
{
	char path[64];
	int err = 0, fd, sysfs = own_sysfs();

	if (sysfs < 0)
		return sysfs;
	snprintf(path, sizeof(path), "class/net/%s/threaded", ifname);
	fd = openat(sysfs, path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "1", 1) != 1)
		err = -errno;
	if (fd >= 0)
		close(fd);
	close(sysfs);
	return err;
}

struct threads {
	cpu_set_t cpus;
	int found, err;
};

/* One NAPI: net/core/netdev-genl.c gives the pid of its thread where it has one. */
static int pin(const struct nlmsghdr *h, void *arg)
{
	struct nlattr *a[NETDEV_NAPI_PID + 1];
	struct threads *t = arg;
	uint32_t pid;

	if (genl_attrs(h, 0, a, NETDEV_NAPI_PID))
		return -EBADMSG;
	if (!nla_read_u32(a[NETDEV_NAPI_PID], &pid))
		return 0;
	t->found++;
	if (sched_setaffinity((pid_t)pid, sizeof(t->cpus), &t->cpus))
		t->err = -errno;
	return 0;
}

int napi_pin(int ifindex, int cpu)
{
	struct threads t = { 0 };
	struct genl_family f;
	struct nl_conn nl;
	struct nl_msg *m;
	int err = nl_open(&nl, NETLINK_GENERIC);

	if (err)
		return err;
	CPU_ZERO(&t.cpus);
	CPU_SET((unsigned int)cpu, &t.cpus);
	err = genl_resolve(&nl, "netdev", &f);
	if (!err) {
		m = genl_new(&f, NETDEV_NAPI_GET, 0);
		err = -ENOMEM;
		if (m && !nla_put_u32(m, NETDEV_NAPI_IFINDEX, (uint32_t)ifindex))
			err = nl_request_dump(&nl, nlmsg_hdr(m), pin, NULL, &t, 1, NULL);
		nlmsg_free(m);
	}
	nl_done(&nl);
	if (err || t.err)
		return err ? err : t.err;
	return t.found ? 0 : -ENOENT;
}
