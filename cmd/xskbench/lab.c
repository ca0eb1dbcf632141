/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lab.h"

#include "caps.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* At most, sockets, programs, maps and what libraries open for a moment together. */
enum { FILES = 64 };

static int refused(const struct diag *d, int err, const char *what)
{
	char caps[256];
	bool privilege = err == -EPERM || err == -EACCES;

	return diag_fail(d, err, privilege ? caps_hint(caps, sizeof(caps)) : NULL, "%s",
			 what);
}

/* Who has too few is told so by libraries in many ways (ENOENT, EBADF, EINVAL): all that
 * are needed have to be there in the beginning. The first of them is `from`. */
static int reserve_files(int from, const struct diag *d)
{
	struct rlimit r;
	char hint[160];

	if (getrlimit(RLIMIT_NOFILE, &r))
		return 0;
	if (r.rlim_cur < r.rlim_max) {
		r.rlim_cur = r.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &r);
		(void)getrlimit(RLIMIT_NOFILE, &r);
	}
	if (from >= 0 && r.rlim_cur >= (rlim_t)from + FILES)
		return 0;
	snprintf(hint, sizeof(hint),
		 "%d are needed, the limit is %llu with those that are open already: "
		 "raise it (ulimit -n)",
		 FILES, (unsigned long long)r.rlim_cur);
	return diag_fail(d, EMFILE, hint, "reserving file descriptors");
}

static int own_netns(void)
{
	int fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* An end in the namespace that this thread is in. */
static int end_here(struct lab_end *end, const char *name, const struct diag *d)
{
	int err;

	snprintf(end->name, sizeof(end->name), "%s", name);
	end->ns = own_netns();
	if (end->ns < 0)
		return refused(d, end->ns, "opening /proc/thread-self/ns/net");
	err = nl_open(&end->nl, NETLINK_ROUTE);
	if (err) {
		close(end->ns);
		end->ns = -1;
		return refused(d, err, "opening a route netlink socket");
	}
	return 0;
}

static int end_open(struct lab_end *end, const char *name, const struct diag *d)
{
	if (unshare(CLONE_NEWNET))
		return refused(d, -errno, "making a network namespace");
	return end_here(end, name, d);
}

static void end_close(struct lab_end *end)
{
	if (end->ns < 0)
		return;
	nl_done(&end->nl);
	close(end->ns);
	end->ns = -1;
}

static int end_ready(struct lab_end *end, const struct diag *d)
{
	struct nl_ack ack = { 0 };
	int err = link_get(&end->nl, end->name, &end->link);

	if (!err)
		err = link_up(&end->nl, end->link.ifindex, &ack);
	if (!err)
		err = link_get(&end->nl, end->name, &end->link);
	return err ? refused(d, err, ack.message[0] ? ack.message : "bringing a link up")
		   : 0;
}

static int add_links(struct lab *lab, const struct lab_config *c, const struct diag *d)
{
	const char *kind = c->ifb ? "an ifb" : "a veth pair";
	struct nl_ack ack = { 0 };
	char what[300];
	int err;

	if (c->ifb)
		err = link_add_ifb(&lab->tx.nl, lab->tx.name, c->mtu, c->queues, &ack);
	else
		err = link_add_veth(&lab->tx.nl, lab->tx.name, lab->rx.name, lab->rx.ns,
				    c->mtu, c->queues, &ack);
	if (!err)
		return 0;
	snprintf(what, sizeof(what), "adding %s%s%s", kind, ack.message[0] ? ": " : "",
		 ack.message);
	if (err == -EOPNOTSUPP)
		return diag_fail(d, err,
				 c->ifb ? "the kernel needs CONFIG_IFB (modprobe ifb)"
					: "the kernel needs CONFIG_VETH (modprobe veth)",
				 "%s", what);
	return refused(d, err, what);
}

static int lab_build(struct lab *lab, const struct lab_config *c, const struct diag *d)
{
	if (end_open(&lab->tx, "xsktx", d) || (!c->ifb && end_open(&lab->rx, "xskrx", d)))
		return STATUS_FAILED;
	if (add_links(lab, c, d))
		return STATUS_FAILED;
	/* A veth has a carrier once both its ends are up. */
	if (end_ready(&lab->tx, d) || (!c->ifb && end_ready(&lab->rx, d)))
		return STATUS_FAILED;
	snprintf(lab->driver, sizeof(lab->driver), "%s", lab->tx.link.kind);
	return 0;
}

static int adopt_end(struct lab_end *end, const char *name, const struct diag *d)
{
	int err = end_here(end, name, d);

	if (err)
		return err;
	end->here = true;
	err = strlen(name) < sizeof(end->name) ? link_get(&end->nl, name, &end->link)
					       : -ENODEV;
	if (err)
		return diag_fail(d, err,
				 err != -ENODEV ? NULL
				 : *name && strspn(name, "0123456789,") == strlen(name)
					 ? "queues are given by --queue"
					 : "ip link shows what there is",
				 "reading about the interface %s", name);
	return 0;
}

/* Whoever tests the way to the default route may lose the way to this machine. */
static int lab_adopt(struct lab *lab, const struct lab_config *c, const struct diag *d)
{
	bool is_default = false;
	int err;

	if (adopt_end(&lab->tx, c->ifname, d) || adopt_end(&lab->rx, c->ifname, d))
		return STATUS_FAILED;
	err = link_has_default_route(&lab->tx.nl, lab->tx.link.ifindex, &is_default);
	if (err)
		return refused(d, err, "reading the routes");
	if (link_driver(c->ifname, lab->driver))
		lab->driver[0] = 0;
	if (is_default && !c->force)
		return diag_fail(d, 0, "use another interface, or --force",
				 "%s has the default route: a test would cut it off",
				 c->ifname);
	if (c->mtu > lab->tx.link.mtu)
		return diag_fail(
			d, EMSGSIZE, "use a smaller --size, or ip link set it mtu",
			"using %s, whose MTU is %u", c->ifname, lab->tx.link.mtu);
	if (!lab->tx.link.up)
		return diag_fail(d, ENETDOWN, "ip link set it up", "using %s", c->ifname);
	lab->sends = c->sends;
	if (c->sends && !lab->tx.link.carrier)
		return diag_fail(d, ENOLINK,
				 "it has no carrier: its peer is down, or nothing is "
				 "connected",
				 "sending by %s", c->ifname);
	return 0;
}

int lab_open(struct lab *lab, const struct lab_config *c, const struct diag *d)
{
	int status;

	*lab = (struct lab){ .tx.ns = -1, .rx.ns = -1 };
	lab->home = own_netns();
	if ((lab->home >= 0 || lab->home == -EMFILE) && reserve_files(lab->home, d)) {
		lab_close(lab);
		return STATUS_FAILED;
	}
	if (lab->home < 0)
		return refused(d, lab->home, "opening /proc/thread-self/ns/net");
	status = c->ifname ? lab_adopt(lab, c, d) : lab_build(lab, c, d);
	if (!status)
		status = lab_leave(lab, d);
	else if (!c->ifname && setns(lab->home, CLONE_NEWNET))
		diag_info(d, "the thread is left in a namespace of its own");
	if (status)
		lab_close(lab);
	return status;
}

void lab_close(struct lab *lab)
{
	end_close(&lab->tx);
	end_close(&lab->rx);
	if (lab->home >= 0)
		close(lab->home);
	lab->home = -1;
}

int lab_enter(const struct lab_end *end, const struct diag *d)
{
	return !end->here && setns(end->ns, CLONE_NEWNET)
		       ? refused(d, -errno, "entering the namespace")
		       : 0;
}

int lab_leave(const struct lab *lab, const struct diag *d)
{
	return !lab->tx.here && setns(lab->home, CLONE_NEWNET)
		       ? refused(d, -errno, "leaving the namespace")
		       : 0;
}

int lab_check(struct lab *lab)
{
	struct link now;
	int err = lab->tx.here ? link_get_index(&lab->tx.nl, lab->tx.link.ifindex, &now)
			       : 0;

	if (err || !lab->tx.here)
		return err;
	return !now.up ? -ENETDOWN : lab->sends && !now.carrier ? -ENOLINK : 0;
}

int lab_stats(struct lab_end *end, struct rtnl_link_stats64 *s)
{
	const struct rtnl_link_stats64 *then = &end->link.stats;
	struct link now;
	int err;

	*s = (struct rtnl_link_stats64){ 0 };
	if (end->ns < 0)
		return 0;
	err = link_get_index(&end->nl, end->link.ifindex, &now);
	if (err)
		return err;
	*s = (struct rtnl_link_stats64){
		.rx_packets = now.stats.rx_packets - then->rx_packets,
		.tx_packets = now.stats.tx_packets - then->tx_packets,
		.rx_dropped = now.stats.rx_dropped - then->rx_dropped,
		.tx_dropped = now.stats.tx_dropped - then->tx_dropped,
		.rx_errors = now.stats.rx_errors - then->rx_errors,
	};
	return 0;
}
