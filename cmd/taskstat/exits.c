/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "exits.h"

#include "follow.h"
#include "gather.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sock_diag.h>
#include <linux/taskstats.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* The kernel doubles it. A message takes 2,304 bytes of it in Linux 6.18. */
#define DEFAULT_RCVBUF (32u << 20)
#define RX_SIZE        4096 /* the longest one has 1,172, that of a process's last thread */
#define BATCH          128

struct exits_rx {
	struct mmsghdr m[BATCH];
	struct iovec iov[BATCH];
	struct sockaddr_nl from[BATCH];
	char data[BATCH][RX_SIZE] __attribute__((aligned(8)));
};

static struct exits_rx *new_rx(void)
{
	struct exits_rx *rx = calloc(1, sizeof(*rx));

	for (size_t i = 0; rx && i < BATCH; i++) {
		rx->iov[i] =
			(struct iovec){ .iov_base = rx->data[i], .iov_len = RX_SIZE };
		rx->m[i].msg_hdr = (struct msghdr){ .msg_name = &rx->from[i],
						    .msg_namelen = sizeof(rx->from[i]),
						    .msg_iov = &rx->iov[i],
						    .msg_iovlen = 1 };
	}
	return rx;
}

/* The messages of one datagram; what answers a request of ours is none. */
static int take(struct exits *x, const char *p, size_t n, nl_handler *handler, void *arg)
{
	const struct nlmsghdr *h;
	int err = 0;

	for (h = nl_msg_at(p, n); h && !err; h = nl_msg_next(h, &n)) {
		if (h->nlmsg_type != x->family.id)
			continue;
		x->received++;
		err = handler(h, arg);
	}
	return err;
}

/* What one recvmmsg(2) has brought. */
static int take_all(struct exits *x, int n, nl_handler *handler, void *arg)
{
	int err = 0;

	for (int i = 0; !err && i < n; i++) {
		const struct mmsghdr *m = &x->rx->m[i];

		if (x->rx->from[i].nl_pid)
			continue;
		if (m->msg_hdr.msg_flags & MSG_TRUNC)
			x->cut++;
		else
			err = take(x, x->rx->data[i], m->msg_len, handler, arg);
	}
	return err;
}

int exits_drain(struct exits *x, nl_handler *handler, void *arg)
{
	struct exits_rx *rx = x->rx ? x->rx : new_rx();
	int count = 0, got, err = 0;

	x->rx = rx;
	if (!rx)
		return -ENOMEM;
	do {
		/* What the kernel has written into: the addresses' lengths. */
		for (size_t i = 0; i < BATCH; i++)
			rx->m[i].msg_hdr.msg_namelen = sizeof(rx->from[i]);
		got = recvmmsg(x->nl.fd, rx->m, BATCH, MSG_DONTWAIT, NULL);
		if (got < 0 && (errno == EINTR || errno == ENOBUFS))
			continue;
		if (got < 0)
			return errno == EAGAIN ? count : -errno;
		err = take_all(x, got, handler, arg);
		count += got > 0 ? got : 0;
		/* An endless stream: others want their turn too. */
	} while (!err && (got == BATCH || got < 0) && count < EXITS_MOST);
	return err ? err : count;
}

uint32_t exits_lost(struct exits *x)
{
	uint32_t info[SK_MEMINFO_VARS] = { 0 }, cut = x->cut, lost = 0;
	socklen_t size = sizeof(info);

	if (!getsockopt(x->nl.fd, SOL_SOCKET, SO_MEMINFO, info, &size)) {
		lost = info[SK_MEMINFO_DROPS] - x->drops;
		x->drops = info[SK_MEMINFO_DROPS];
	}
	x->cut = 0;
	x->why_lost = cut ? "the kernel's messages are longer than is known here"
			  : "the receive buffer is full";
	x->lost += lost + cut;
	return lost + cut;
}

static int refused(const struct exits *x, const struct exits_options *o, int err)
{
	const struct diag *d = x->diag;

	switch (err) {
	case -ENOENT:
		return diag_fail(d, err, "the kernel needs CONFIG_TASKSTATS=y",
				 "generic netlink family TASKSTATS");
	case -EINVAL:
		return diag_fail(d, err,
				 "the list is like 0-3,5, and the kernel takes it from "
				 "the initial pid namespace only",
				 "listening on CPUs '%s'", o->cpus ? o->cpus : x->cpus);
	case -ERANGE:
	case -E2BIG:
		return diag_fail(d, err, "see /sys/devices/system/cpu/possible",
				 "listening on CPUs '%s'", o->cpus ? o->cpus : x->cpus);
	case -ENETUNREACH:
		return diag_fail(
			d, 0,
			"the kernel sends them to the initial network namespace only: "
			"run it there, as by nsenter -t 1 -n",
			"no exits arrive in this network namespace");
	default:
		return gather_refused(d, err);
	}
}

static int send_cpus(struct exits *x, int attribute)
{
	struct nl_msg *m = genl_new(&x->family, TASKSTATS_CMD_GET, 0);
	int err = -ENOMEM;

	if (m && !nla_put_string(m, attribute, x->cpus))
		err = nl_request(&x->nl, nlmsg_hdr(m), NULL, NULL, NULL);
	nlmsg_free(m);
	return err;
}

void exits_stop(struct exits *x)
{
	struct nl_msg *m;

	if (!x->registered)
		return;
	x->registered = false;
	/* No answer is waited for: that would throw away what is before it in the queue.
	 */
	m = genl_new(&x->family, TASKSTATS_CMD_GET, NLM_F_REQUEST);
	if (m && !nla_put_string(m, TASKSTATS_CMD_ATTR_DEREGISTER_CPUMASK, x->cpus))
		(void)!nl_send_bytes(&x->nl, nlmsg_hdr(m), nlmsg_hdr(m)->nlmsg_len);
	nlmsg_free(m);
}

void exits_close(struct exits *x)
{
	exits_stop(x);
	nl_done(&x->nl);
	free(x->rx);
	x->rx = NULL;
}

static int choose_cpus(struct exits *x, const char *cpus)
{
	FILE *f;
	bool all;

	if (cpus) {
		if (!*cpus)
			return -EINVAL;
		if (strlen(cpus) >= sizeof(x->cpus))
			return -E2BIG;
		strcpy(x->cpus, cpus);
		return 0;
	}
	f = fopen("/sys/devices/system/cpu/possible", "re");
	all = f && fscanf(f, "%1639s", x->cpus) == 1;
	if (f)
		fclose(f);
	if (!all)
		snprintf(x->cpus, sizeof(x->cpus), "0-%ld",
			 sysconf(_SC_NPROCESSORS_CONF) - 1);
	return 0;
}

struct probe {
	uint32_t pid;
	bool seen;
};

static int look(const struct nlmsghdr *h, void *arg)
{
	struct probe *p = arg;
	struct reply r;

	if (!reply_decode(h, &r) && r.pid == p->pid)
		p->seen = true;
	return 0;
}

/* Ends on a CPU that is listened to. */
static void end_child(const char *cpus)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(strtoul(cpus, NULL, 10) % CPU_SETSIZE, &set);
	(void)sched_setaffinity(0, sizeof(set), &set);
	_exit(0);
}

/* Whether exits arrive at all. What else arrives meanwhile is from before the start. */
static int try(struct exits *x)
{
	struct probe p = { 0 };
	pid_t pid = fork();

	if (!pid)
		end_child(x->cpus);
	if (pid < 0)
		return -errno;
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	/* Its message was sent before it could be waited for. */
	p.pid = (uint32_t)pid;
	return exits_drain(x, look, &p) >= 0 && (p.seen || exits_lost(x)) ? 0
									  : -ENETUNREACH;
}

/* The first CPU of the list may be offline, where no child can end. */
static bool can_try(const struct exits *x)
{
	char path[64], online = '1';
	unsigned long cpu = strtoul(x->cpus, NULL, 10);
	FILE *f;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%lu/online", cpu);
	f = fopen(path, "re");
	if (f && fscanf(f, "%c", &online) != 1)
		online = '0';
	if (f)
		fclose(f);
	return online == '1';
}

static int ignore(const struct nlmsghdr *h, void *arg)
{
	(void)h;
	(void)arg;
	return 0;
}

/* Now that the child has been heard. What came before, unfiltered, is from before. */
static int start_filter(struct exits *x, const struct exits_filter *f)
{
	int n = filter_attach(x->nl.fd, f);

	if (n)
		return n;
	do
		n = exits_drain(x, ignore, NULL);
	while (n >= EXITS_MOST);
	return MIN(n, 0);
}

static int listen_now(struct exits *x, const struct exits_options *o)
{
	int err = choose_cpus(x, o->cpus);

	if (err)
		return err;
	(void)nl_option(&x->nl, NETLINK_NO_ENOBUFS, 1);
	x->rcvbuf = nl_set_rcvbuf(&x->nl, o->rcvbuf ? o->rcvbuf : DEFAULT_RCVBUF);
	err = send_cpus(x, TASKSTATS_CMD_ATTR_REGISTER_CPUMASK);
	if (err)
		return err;
	x->registered = true;
	err = can_try(x) ? try(x) : 0;
	return err ? err : start_filter(x, &o->filter);
}

int exits_try(struct exits *x, const struct exits_options *o)
{
	struct query q;
	int err;

	*x = (struct exits){ .nl.fd = -1 };
	err = query_open(&q);
	x->nl = q.nl;
	x->family = q.family;
	q.nl = (struct nl_conn){ .fd = -1 };
	query_close(&q);
	if (err)
		return err;
	err = listen_now(x, o);
	exits_lost(x);
	x->received = x->lost = 0;
	return err;
}

int exits_open(struct exits *x, const struct exits_options *o, const struct diag *d)
{
	int err = exits_try(x, o);

	x->diag = d;
	if (err)
		return refused(x, o, err);
	diag_info(d, "receive buffer: %zu bytes", x->rcvbuf);
	return STATUS_DONE;
}
