/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pcap.h"

#include "clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/genetlink.h>
#include <linux/if_arp.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* https://www.tcpdump.org/manpages/pcap-savefile.5.html, LINKTYPE_NETLINK.html */
enum { MAGIC = 0xa1b2c3d4, LINKTYPE_NETLINK = 253, OUTGOING = 4, SNAP = 8 << 20 };

struct file_header {
	uint32_t magic;
	uint16_t major, minor;
	uint32_t zone, accuracy, snap, linktype;
};

struct record_header {
	uint32_t seconds, microseconds, kept, length;
	/* the cooked header, big-endian */
	uint16_t direction, hardware;
	char unused[10];
	uint16_t protocol;
};

enum { COOKED = 16 };

/* Writes all of it. Returns 0 or -errno. */
static int write_all(int fd, struct iovec *v, int n)
{
	while (n) {
		ssize_t done = writev(fd, v, n);

		if (done < 0 && errno != EINTR)
			return -errno;
		for (; n && done >= (ssize_t)v->iov_len; v++, n--)
			done -= (ssize_t)v->iov_len;
		if (n && done > 0) {
			v->iov_base = (char *)v->iov_base + done;
			v->iov_len -= (size_t)done;
		}
	}
	return 0;
}

/*
 * One record, whole or not at all: a signal waits until it is written, and what a full
 * disk took of it is taken back. (Nothing helps against SIGKILL, which ends a write
 * between two pages.)
 */
static void put(struct pcap *p, const void *head, size_t n, struct bytes data)
{
	struct iovec v[] = {
		{ .iov_base = (void *)(uintptr_t)head, .iov_len = n },
		{ .iov_base = (void *)(uintptr_t)data.p, .iov_len = data.n },
	};
	sigset_t blocked, before;
	int ignored __attribute__((unused));

	if (p->err)
		return;
	sigemptyset(&blocked);
	if (p->file) /* a pipe may never take it */
		sigfillset(&blocked);
	sigprocmask(SIG_BLOCK, &blocked, &before);
	p->err = write_all(p->fd, v, data.n ? 2 : 1);
	if (!p->err)
		p->size += n + data.n;
	else if (p->file)
		ignored = ftruncate(p->fd, (off_t)p->size);
	sigprocmask(SIG_SETMASK, &before, NULL);
}

int pcap_open(struct pcap *p, const char *path)
{
	const struct file_header h = { .magic = MAGIC,
				       .major = 2,
				       .minor = 4,
				       .snap = SNAP,
				       .linktype = LINKTYPE_NETLINK };

	struct stat st;

	*p = (struct pcap){ .fd = -1 };
	if (!path)
		return 0;
	p->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (p->fd < 0)
		return -errno;
	p->file = !fstat(p->fd, &st) && S_ISREG(st.st_mode);
	put(p, &h, sizeof(h), (struct bytes){ 0 });
	return p->err ? pcap_close(p) : 0;
}

static void add(struct pcap *p, int protocol, bool out, struct bytes d)
{
	const uint64_t now = clock_wall_ns();
	const uint32_t n = (uint32_t)d.n + COOKED;
	const struct record_header h = { .seconds = (uint32_t)(now / 1000000000),
					 .microseconds =
						 (uint32_t)(now % 1000000000 / 1000),
					 .kept = n,
					 .length = n,
					 .direction = htons(out ? OUTGOING : 0),
					 .hardware = htons(ARPHRD_NETLINK),
					 .protocol = htons((uint16_t)protocol) };

	put(p, &h, sizeof(h), d);
}

/* Whether the answer goes on after this datagram. */
static bool goes_on(struct bytes d)
{
	const struct nlmsghdr *h = nl_msg_at(d.p, d.n);
	size_t left = d.n;

	for (; h; h = nl_msg_next(h, &left))
		if (h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR)
			return false;
	return true;
}

/* What is recorded of it is for the reader of the file: where it fails names are missing.
 */
static void add_families(struct pcap *p)
{
	const struct {
		struct nlmsghdr h;
		struct genlmsghdr g;
	} ask = {
		.h = { .nlmsg_len = sizeof(ask),
		       .nlmsg_type = GENL_ID_CTRL,
		       .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		       .nlmsg_seq = 1 },
		.g = { .cmd = CTRL_CMD_GETFAMILY, .version = 1 },
	};
	struct nl_conn conn;
	struct bytes d = { 0 };

	if (nl_open(&conn, NETLINK_GENERIC))
		return;
	if (!nl_send_bytes(&conn, &ask, sizeof(ask))) {
		add(p, NETLINK_GENERIC, true,
		    (struct bytes){ .p = (const char *)&ask, .n = sizeof(ask) });
		while (!p->err && nl_datagram(&conn, 0, &d) > 0) {
			add(p, NETLINK_GENERIC, false, d);
			if (!goes_on(d))
				break;
		}
	}
	nl_done(&conn);
}

void pcap_add(struct pcap *p, int protocol, bool out, struct bytes datagram)
{
	if (p->fd < 0 || p->err)
		return;
	if (protocol == NETLINK_GENERIC && !p->families) {
		p->families = true;
		add_families(p);
	}
	add(p, protocol, out, datagram);
}

int pcap_close(struct pcap *p)
{
	if (p->fd >= 0 && close(p->fd) && !p->err)
		p->err = -errno;
	p->fd = -1;
	return p->err;
}
