/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "query.h"

#include <errno.h>
#include <linux/taskstats.h>
#include <stdlib.h>
#include <sys/socket.h>

/* The largest message, of a last thread's exit, has 1,172 bytes in Linux 6.18. */
#define RX_SIZE 4096
#define RETRIES 8

struct rx {
	struct mmsghdr m[QUERY_BATCH];
	struct iovec iov[QUERY_BATCH];
	struct sockaddr_nl from[QUERY_BATCH];
	char data[QUERY_BATCH][RX_SIZE] __attribute__((aligned(8)));
};

struct request {
	struct nlmsghdr n;
	struct genlmsghdr g;
	struct nlattr a;
	uint32_t id;
};

int query_open(struct query *q)
{
	int err;

	*q = (struct query){ .nl.fd = -1 };
	q->rx = malloc(sizeof(*q->rx));
	if (!q->rx)
		return -ENOMEM;
	err = nl_open(&q->nl, NETLINK_GENERIC);
	if (err)
		return err;
	return genl_resolve(&q->nl, TASKSTATS_GENL_NAME, &q->family);
}

void query_close(struct query *q)
{
	nl_done(&q->nl);
	free(q->rx);
	q->rx = NULL;
}

/* What an ask holds until it is answered; no errno of the kernel's. */
#define UNANSWERED 1

static int send_batch(struct query *q, const struct ask *v, size_t n, uint32_t base)
{
	struct request r[QUERY_BATCH];
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		if (v[i].err != UNANSWERED)
			continue;
		r[count++] = (struct request){
			.n = { .nlmsg_len = sizeof(*r),
			       .nlmsg_type = q->family.id,
			       .nlmsg_flags = NLM_F_REQUEST,
			       .nlmsg_seq = base + (uint32_t)i },
			.g = { .cmd = TASKSTATS_CMD_GET,
			       .version = TASKSTATS_GENL_VERSION },
			.a = { .nla_len = NLA_HDRLEN + sizeof(uint32_t),
			       .nla_type = v[i].group ? TASKSTATS_CMD_ATTR_TGID
						      : TASKSTATS_CMD_ATTR_PID },
			.id = v[i].id,
		};
	}
	return nl_send_bytes(&q->nl, r, count * sizeof(*r));
}

static int answer(struct ask *a, const struct nlmsghdr *h)
{
	struct bytes *stats;
	struct nl_ack ack = { 0 };
	struct reply r;

	if (h->nlmsg_type == NLMSG_ERROR) {
		if (!nl_ack_decode(h, &ack) || ack.error >= 0)
			return -EBADMSG;
		return ack.error;
	}
	if (reply_decode(h, &r))
		return -EBADMSG;
	stats = a->group ? &r.group : &r.task;
	if (!stats->p || (a->group ? r.tgid : r.pid) != a->id)
		return -EBADMSG;
	return kstats_decode(stats->p, stats->n, &a->k);
}

/* Hands the messages of one datagram to the asks that they answer. */
static size_t take(const char *p, size_t n, struct ask *v, size_t nv, uint32_t base)
{
	const struct nlmsghdr *h;
	size_t taken = 0;

	for (h = nl_msg_at(p, n); h; h = nl_msg_next(h, &n)) {
		uint32_t i = h->nlmsg_seq - base;

		if (i >= nv || v[i].err != UNANSWERED)
			continue;
		v[i].err = answer(&v[i], h);
		taken++;
	}
	return taken;
}

static void prepare(struct rx *rx)
{
	for (size_t i = 0; i < QUERY_BATCH; i++) {
		rx->iov[i] =
			(struct iovec){ .iov_base = rx->data[i], .iov_len = RX_SIZE };
		rx->m[i] = (struct mmsghdr){
			.msg_hdr = { .msg_name = &rx->from[i],
				     .msg_namelen = sizeof(rx->from[i]),
				     .msg_iov = &rx->iov[i],
				     .msg_iovlen = 1 },
		};
	}
}

/*
 * Reads until all is answered or nothing is left: the kernel answers within the call that
 * sends, so what is missing then was dropped for lack of room, which is no end.
 */
static int receive(struct query *q, struct ask *v, size_t n, uint32_t base, size_t *left)
{
	while (*left) {
		int got;

		prepare(q->rx);
		got = recvmmsg(q->nl.fd, q->rx->m, QUERY_BATCH, MSG_DONTWAIT, NULL);
		if (got < 0 && (errno == EINTR || errno == ENOBUFS))
			continue;
		if (got < 0)
			return errno == EAGAIN ? 0 : -errno;
		for (int i = 0; i < got; i++) {
			const struct mmsghdr *m = &q->rx->m[i];

			if (!(m->msg_hdr.msg_flags & MSG_TRUNC) && !q->rx->from[i].nl_pid)
				*left -= take(q->rx->data[i], m->msg_len, v, n, base);
		}
	}
	return 0;
}

static int ask_batch(struct query *q, struct ask *v, size_t n)
{
	size_t left = n;
	int err = 0;

	for (size_t i = 0; i < n; i++)
		v[i].err = UNANSWERED;
	for (unsigned int tries = 0; !err && left && tries < RETRIES; tries++) {
		uint32_t base = q->nl.seq + 1;

		q->nl.seq += (uint32_t)n;
		err = send_batch(q, v, n, base);
		if (!err)
			err = receive(q, v, n, base, &left);
	}
	return err ? err : left ? -ENOBUFS : 0;
}

int query_many(struct query *q, struct ask *v, size_t n)
{
	for (size_t i = 0; i < n; i += QUERY_BATCH) {
		int err = ask_batch(q, v + i, MIN(n - i, (size_t)QUERY_BATCH));

		if (err)
			return err;
	}
	return 0;
}
