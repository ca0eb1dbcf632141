/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "query.h"

#include <errno.h>
#include <linux/taskstats.h>
#include <stdlib.h>
#include <sys/socket.h>

/*
 * Room for one answer. The largest has 616 bytes in Linux 6.18 and would have 744 with
 * the longest known struct; where one is longer all the same there is more room.
 */
#define RX_SIZE       4096
#define RX_SIZE_SHORT 1024
#define RETRIES       8

struct rx {
	struct mmsghdr m[QUERY_BATCH];
	struct iovec iov[QUERY_BATCH];
	struct sockaddr_nl from[QUERY_BATCH];
	size_t room;    /* of each */
	size_t got, at; /* datagrams in it, and those taken */
	char data[] __attribute__((aligned(64)));
};

struct request {
	struct nlmsghdr n;
	struct genlmsghdr g;
	struct nlattr a;
	uint32_t id;
};

static size_t rx_size(size_t room)
{
	return sizeof(struct rx) + QUERY_BATCH * room;
}

int query_open(struct query *q)
{
	int err;

	*q = (struct query){ .nl.fd = -1, .rx = aligned_alloc(64, rx_size(RX_SIZE)) };
	if (!q->rx)
		return -ENOMEM;
	q->rx->room = RX_SIZE;
	err = nl_open(&q->nl, NETLINK_GENERIC);
	return err ? err : genl_resolve(&q->nl, TASKSTATS_GENL_NAME, &q->family);
}

int query_open_like(struct query *q, const struct query *other)
{
	*q = (struct query){ .family = other->family };
	return nl_open(&q->nl, NETLINK_GENERIC);
}

void *query_rooms(struct rx **each, size_t n)
{
	size_t size = rx_size(RX_SIZE_SHORT);
	char *p = aligned_alloc(64, n * size);

	for (size_t i = 0; p && i < n; i++) {
		each[i] = (void *)(p + i * size);
		each[i]->room = RX_SIZE_SHORT;
		each[i]->got = each[i]->at = 0;
	}
	return p;
}

void query_close(struct query *q)
{
	nl_done(&q->nl);
	free(q->rx);
	q->rx = NULL;
}

/* What an ask holds until it is answered; no errno of the kernel's. */
#define UNANSWERED 1

static struct request request_of(const struct query *q, uint32_t id, bool group,
				 uint32_t seq)
{
	return (struct request){
		.n = { .nlmsg_len = sizeof(struct request),
		       .nlmsg_type = q->family.id,
		       .nlmsg_flags = NLM_F_REQUEST,
		       .nlmsg_seq = seq },
		.g = { .cmd = TASKSTATS_CMD_GET, .version = TASKSTATS_GENL_VERSION },
		.a = { .nla_len = NLA_HDRLEN + sizeof(uint32_t),
		       .nla_type =
			       group ? TASKSTATS_CMD_ATTR_TGID : TASKSTATS_CMD_ATTR_PID },
		.id = id,
	};
}

static int send_batch(struct query *q, const struct ask *v, size_t n, uint32_t base)
{
	struct request r[QUERY_BATCH];
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		if (v[i].err == UNANSWERED)
			r[count++] =
				request_of(q, v[i].id, v[i].group, base + (uint32_t)i);
	return nl_send_bytes(&q->nl, r, count * sizeof(*r));
}

int query_send(struct query *q, const uint32_t *ids, size_t n, uint32_t seq)
{
	struct request r[QUERY_BATCH];

	for (size_t i = 0; i < n; i++)
		r[i] = request_of(q, ids[i], false, seq + (uint32_t)i);
	return nl_send_bytes(&q->nl, r, n * sizeof(*r));
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
		rx->iov[i] = (struct iovec){ .iov_base = rx->data + i * rx->room,
					     .iov_len = rx->room };
		rx->m[i] = (struct mmsghdr){
			.msg_hdr = { .msg_name = &rx->from[i],
				     .msg_namelen = sizeof(rx->from[i]),
				     .msg_iov = &rx->iov[i],
				     .msg_iovlen = 1 },
		};
	}
}

/* Reads what is there. Returns how many datagrams, 0 where there is none, or -errno. */
static int read_some(const struct query *q, struct rx *rx)
{
	int got;

	prepare(rx);
	do
		got = recvmmsg(q->nl.fd, rx->m, QUERY_BATCH, MSG_DONTWAIT, NULL);
	while (got < 0 && (errno == EINTR || errno == ENOBUFS));
	return got >= 0 ? got : errno == EAGAIN ? 0 : -errno;
}

/* The i-th of them: the kernel's and whole, else n is 0. */
static struct bytes datagram(const struct rx *rx, size_t i)
{
	const struct mmsghdr *m = &rx->m[i];
	bool good = !(m->msg_hdr.msg_flags & MSG_TRUNC) && !rx->from[i].nl_pid;

	return (struct bytes){ rx->data + i * rx->room, good ? m->msg_len : 0 };
}

/*
 * Reads until all is answered or nothing is left: the kernel answers within the call that
 * sends, so what is missing then was dropped for lack of room, which is no end.
 */
static int receive(struct query *q, struct ask *v, size_t n, uint32_t base, size_t *left)
{
	while (*left) {
		int got = read_some(q, q->rx);

		if (got <= 0)
			return got;
		for (size_t i = 0; i < (size_t)got; i++) {
			struct bytes d = datagram(q->rx, i);

			*left -= take(d.p, d.n, v, n, base);
		}
	}
	return 0;
}

int query_receive(const struct query *q, struct rx *rx)
{
	int got = read_some(q, rx);

	rx->at = 0;
	rx->got = got > 0 ? (size_t)got : 0;
	return got < 0 ? got : 0;
}

bool query_next(struct rx *rx, uint32_t seq, struct ask *a)
{
	for (; rx->at < rx->got; rx->at++) {
		struct bytes d = datagram(rx, rx->at);
		const struct nlmsghdr *h = nl_msg_at(d.p, d.n);

		if (!h || (int32_t)(h->nlmsg_seq - seq) < 0)
			continue;
		if (h->nlmsg_seq != seq)
			break;
		rx->at++;
		a->err = answer(a, h);
		return true;
	}
	return false;
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
