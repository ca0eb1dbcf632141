/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nl.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* The kernel fills a dump's datagrams up to the reader's buffer, but not beyond 32 KiB.
 */
#define RX_SIZE (32u << 10)
#define RX_MAX  (4u << 20)
#define TRIES   5

int nl_option(struct nl_conn *c, int option, int value)
{
	return setsockopt(c->fd, SOL_NETLINK, option, &value, sizeof(value)) ? -errno : 0;
}

int nl_open(struct nl_conn *c, int protocol)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK };
	socklen_t size = sizeof(addr);
	int err;

	*c = (struct nl_conn){ .seq = (uint32_t)time(NULL), .rx_size = RX_SIZE };
	c->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
	if (c->fd < 0)
		return -errno;
	if (bind(c->fd, (struct sockaddr *)&addr, sizeof(addr)) ||
	    getsockname(c->fd, (struct sockaddr *)&addr, &size)) {
		err = -errno;
		goto fail;
	}
	c->portid = addr.nl_pid;
	c->rx = malloc(c->rx_size);
	if (!c->rx) {
		err = -ENOMEM;
		goto fail;
	}
	/* Older kernels lack some of these and say less. */
	(void)nl_option(c, NETLINK_EXT_ACK, 1);
	(void)nl_option(c, NETLINK_CAP_ACK, 1);
	(void)nl_option(c, NETLINK_GET_STRICT_CHK, 1);
	return 0;
fail:
	nl_done(c);
	return err;
}

void nl_done(struct nl_conn *c)
{
	if (c->fd >= 0)
		close(c->fd);
	free(c->rx);
	c->rx = NULL;
	c->fd = -1;
}

size_t nl_set_rcvbuf(struct nl_conn *c, size_t bytes)
{
	int value = (int)MIN(bytes, (size_t)INT32_MAX / 2);
	socklen_t size = sizeof(value);

	if (setsockopt(c->fd, SOL_SOCKET, SO_RCVBUFFORCE, &value, sizeof(value)))
		(void)setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &value, sizeof(value));
	if (getsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &value, &size))
		return 0;
	return (size_t)value;
}

int nl_send_bytes(struct nl_conn *c, const void *p, size_t n)
{
	struct sockaddr_nl to = { .nl_family = AF_NETLINK, .nl_pid = c->peer };
	ssize_t r;

	do
		r = sendto(c->fd, p, n, 0, (struct sockaddr *)&to, sizeof(to));
	while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : 0;
}

/* One recvmsg into the buffer. Returns the datagram's true size or -errno. */
static ssize_t receive(struct nl_conn *c, int flags, uint32_t *from)
{
	struct sockaddr_nl addr = { 0 };
	struct iovec iov = { .iov_base = c->rx, .iov_len = c->rx_size };
	struct msghdr m = { .msg_name = &addr,
			    .msg_namelen = sizeof(addr),
			    .msg_iov = &iov,
			    .msg_iovlen = 1 };
	ssize_t n;

	/* Also for a peek: the kernel makes a dump's datagrams as large as the room it
	 * saw. */
	do
		n = recvmsg(c->fd, &m, flags | MSG_TRUNC);
	while (n < 0 && errno == EINTR);
	*from = addr.nl_pid;
	return n < 0 ? -errno : n;
}

static int grow(struct nl_conn *c, size_t n)
{
	char *p = realloc(c->rx, n);

	if (!p)
		return -ENOMEM;
	c->rx = p;
	c->rx_size = n;
	return 0;
}

int nl_datagram(struct nl_conn *c, int flags, struct bytes *d)
{
	uint32_t from;
	ssize_t n;
	int err;

	for (;;) {
		n = receive(c, flags | MSG_PEEK, &from);
		if (n > (ssize_t)c->rx_size && n <= (ssize_t)RX_MAX) {
			err = grow(c, (size_t)n);
			if (err)
				return err;
		}
		if (n >= 0)
			n = receive(c, MSG_DONTWAIT, &from);
		if (n == -EAGAIN)
			return 0;
		if (n < 0)
			return (int)n;
		if (from != c->peer)
			continue;
		if (n > (ssize_t)c->rx_size)
			return -EMSGSIZE;
		*d = (struct bytes){ .p = c->rx, .n = (size_t)n };
		return 1;
	}
}

struct exchange {
	nl_handler *handler;
	void *arg;
	struct nl_ack *ack;
	uint32_t seq;
	bool interrupted;
};

static int errno_of(int error)
{
	if (error > 0 || error < -4095)
		return -EPROTO;
	return error;
}

/* Returns 1 to go on, 0 or -errno at the end of the exchange. */
static int take(struct exchange *x, const struct nlmsghdr *h)
{
	int r;

	if (h->nlmsg_seq != x->seq)
		return 1;
	/* May be set on any one message of the dump, and on none of the others. */
	if (h->nlmsg_flags & NLM_F_DUMP_INTR && h->nlmsg_type != NLMSG_ERROR)
		x->interrupted = true;
	if (h->nlmsg_type == NLMSG_NOOP)
		return 1;
	if (h->nlmsg_type == NLMSG_OVERRUN)
		return -ENOBUFS;
	if (h->nlmsg_type == NLMSG_ERROR || h->nlmsg_type == NLMSG_DONE)
		return nl_ack_decode(h, x->ack) ? errno_of(x->ack->error) : -EBADMSG;
	if (h->nlmsg_flags & NLM_F_DUMP_FILTERED)
		x->ack->filtered = true;
	r = x->handler ? x->handler(h, x->arg) : 0;
	return r < 0 ? r : 1;
}

static int take_datagram(struct exchange *x, struct bytes d)
{
	const struct nlmsghdr *h = nl_msg_at(d.p, d.n);
	size_t left = d.n;
	int r = 1;

	while (h && r > 0) {
		r = take(x, h);
		h = nl_msg_next(h, &left);
	}
	return r > 0 && left ? -EBADMSG : r;
}

int nl_request(struct nl_conn *c, struct nlmsghdr *req, nl_handler *handler, void *arg,
	       struct nl_ack *ack)
{
	struct nl_ack scratch;
	struct exchange x = { .handler = handler, .arg = arg, .seq = ++c->seq };
	struct bytes d;
	int r;

	x.ack = ack ? ack : &scratch;
	*x.ack = (struct nl_ack){ 0 };
	req->nlmsg_seq = x.seq;
	req->nlmsg_pid = c->portid;
	req->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	r = nl_send_bytes(c, req, req->nlmsg_len);
	if (r)
		return r;
	do {
		r = nl_datagram(c, 0, &d);
		if (r > 0)
			r = take_datagram(&x, d);
		else if (!r)
			r = 1;
	} while (r > 0);
	x.ack->interrupted = x.interrupted;
	return !r && x.interrupted ? -EINTR : r;
}

int nl_request_dump(struct nl_conn *c, struct nlmsghdr *req, nl_handler *handler,
		    void (*reset)(void *arg), void *arg, unsigned int tries,
		    struct nl_ack *ack)
{
	int r;

	req->nlmsg_flags |= NLM_F_DUMP;
	for (;;) {
		r = nl_request(c, req, handler, arg, ack);
		if (r != -EINTR || !reset || tries-- <= 1)
			return r;
		reset(arg);
	}
}

int sockdiag_dump(struct nl_conn *c, const void *req, size_t size, nl_handler *handler,
		  void (*reset)(void *arg), void *arg)
{
	struct nl_msg *m = nlmsg_alloc_simple(SOCK_DIAG_BY_FAMILY, 0);
	int err = -ENOMEM;

	if (m && !nlmsg_append(m, (void *)(uintptr_t)req, size, NLMSG_ALIGNTO))
		err = nl_request_dump(c, nlmsg_hdr(m), handler, reset, arg, TRIES, NULL);
	nlmsg_free(m);
	return err;
}
