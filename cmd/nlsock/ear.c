/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ear.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LARGEST = 4 << 20, NETLINK_NSID_CMSG = NETLINK_LISTEN_ALL_NSID };

static void read_control(struct msghdr *m, struct heard *h)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		int value;

		if (c->cmsg_level != SOL_NETLINK || c->cmsg_len < CMSG_LEN(sizeof(value)))
			continue;
		memcpy(&value, CMSG_DATA(c), sizeof(value));
		if (c->cmsg_type == NETLINK_PKTINFO)
			h->group = some_u64((uint32_t)value);
		else if (c->cmsg_type == NETLINK_NSID_CMSG)
			h->nsid = some_i64(value);
	}
}

static ssize_t size_of_next(int fd)
{
	struct msghdr m = { 0 };
	ssize_t n;

	do
		n = recvmsg(fd, &m, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

static int make_room(struct nl_conn *c, size_t n)
{
	char *p;

	if (n <= c->rx_size)
		return 0;
	p = n <= LARGEST ? realloc(c->rx, n) : NULL;
	if (!p)
		return n <= LARGEST ? -ENOMEM : 0;
	c->rx = p;
	c->rx_size = n;
	return 0;
}

int ear_hear(struct ear *e, struct heard *h)
{
	char control[256] __attribute__((aligned(8)));
	ssize_t n = size_of_next(e->conn.fd);
	struct sockaddr_nl from = { 0 };
	struct iovec iov;
	struct msghdr m = { .msg_name = &from,
			    .msg_namelen = sizeof(from),
			    .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };
	int err;

	*h = (struct heard){ 0 };
	if (n < 0)
		return n == -EAGAIN ? 0 : (int)n;
	err = make_room(&e->conn, (size_t)n);
	if (err)
		return err;
	iov = (struct iovec){ .iov_base = e->conn.rx, .iov_len = e->conn.rx_size };
	n = recvmsg(e->conn.fd, &m, MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (m.msg_flags & MSG_TRUNC)
		return -EMSGSIZE;
	read_control(&m, h);
	h->from = from.nl_pid;
	h->data = (struct bytes){ .p = e->conn.rx, .n = (size_t)n };
	return 1;
}

void ear_groups(const struct ear *e, struct buf *b)
{
	uint32_t words[64] = { 0 };
	socklen_t n = sizeof(words);

	if (getsockopt(e->conn.fd, SOL_NETLINK, NETLINK_LIST_MEMBERSHIPS, words, &n))
		return;
	for (size_t i = 0; i < MIN((size_t)n, sizeof(words)) * 8; i++)
		if (words[i / 32] >> i % 32 & 1)
			buf_printf(b, " %zu", i + 1);
}

bool drops_find(const char *text, int protocol, uint32_t portid, uint64_t *drops)
{
	for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
		uint64_t lost;
		uint32_t pid;
		int eth;

		/* sk Eth Pid Groups Rmem Wmem Dump Locks Drops Inode */
		if (sscanf(text, "%*s %d %" SCNu32 " %*s %*s %*s %*s %*s %" SCNu64, &eth,
			   &pid, &lost) == 3 &&
		    eth == protocol && pid == portid) {
			*drops = lost;
			return true;
		}
	}
	return false;
}

struct opt_u64 ear_lost(struct ear *e)
{
	int fd = open("/proc/thread-self/net/netlink", O_RDONLY | O_CLOEXEC);
	struct buf b = { 0 };
	uint64_t drops = 0, lost;
	ssize_t n = 1;
	bool found;

	while (fd >= 0 && n > 0 && b.n < LARGEST) {
		char *p = buf_room(&b, 16384);

		n = p ? read(fd, p, 16384) : 0;
		b.n += n > 0 ? (size_t)n : 0;
	}
	if (fd >= 0)
		close(fd);
	buf_putc(&b, 0);
	found = b.p && !b.err && drops_find(b.p, e->protocol, e->conn.portid, &drops);
	buf_free(&b);
	if (!found)
		return (struct opt_u64){ 0 };
	lost = drops - e->drops;
	e->drops = drops;
	return some_u64(lost);
}
