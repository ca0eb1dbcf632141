/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "query.h"

#include <errno.h>
#include <linux/taskstats.h>
#include <stdlib.h>
#include <sys/socket.h>

/*
 * Room for one answer. It has 596 bytes in Linux 6.18 and would have 724 with the longest
 * struct that is known. Little room is less memory to touch; where an answer is longer
 * all the same it is asked for again, and the next ones get more.
 */
enum { ROOM = 4096, ROOM_LEAST = 640, ROOM_MOST = 1024 };

#define RETRIES 8

/* What recvmmsg(2) is told. */
struct rx {
	struct mmsghdr m[QUERY_BATCH];
	struct iovec iov[QUERY_BATCH];
	struct sockaddr_nl from[QUERY_BATCH];
};

struct answers {
	size_t room;               /* of each */
	size_t got, at;            /* datagrams, and those taken */
	uint32_t len[QUERY_BATCH]; /* 0: not the kernel's, or cut off */
	char data[] __attribute__((aligned(64)));
};

struct request {
	struct nlmsghdr n;
	struct genlmsghdr g;
	struct nlattr a;
	uint32_t id;
};

static size_t answers_size(size_t room)
{
	return sizeof(struct answers) + QUERY_BATCH * room;
}

static int open_conversation(struct query *q)
{
	*q = (struct query){ .nl.fd = -1, .room = ROOM_LEAST };
	q->rx = malloc(sizeof(*q->rx));
	return q->rx ? nl_open(&q->nl, NETLINK_GENERIC) : -ENOMEM;
}

int query_open(struct query *q)
{
	int err = open_conversation(q);

	if (err)
		return err;
	q->room = ROOM;
	q->answers = aligned_alloc(64, answers_size(ROOM));
	if (!q->answers)
		return -ENOMEM;
	return genl_resolve(&q->nl, TASKSTATS_GENL_NAME, &q->family);
}

int query_open_like(struct query *q, const struct query *other)
{
	int err = open_conversation(q);

	q->family = other->family;
	return err;
}

void *query_rooms(struct answers **each, size_t n)
{
	size_t size = answers_size(ROOM_MOST);
	char *p = aligned_alloc(64, n * size);

	for (size_t i = 0; p && i < n; i++) {
		each[i] = (void *)(p + i * size);
		each[i]->got = 0;
	}
	return p;
}

void query_close(struct query *q)
{
	nl_done(&q->nl);
	free(q->answers);
	free(q->rx);
	q->answers = NULL;
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

static void prepare(struct rx *rx, struct answers *to)
{
	for (size_t i = 0; i < QUERY_BATCH; i++) {
		rx->iov[i] = (struct iovec){ .iov_base = to->data + i * to->room,
					     .iov_len = to->room };
		rx->m[i] = (struct mmsghdr){
			.msg_hdr = { .msg_name = &rx->from[i],
				     .msg_namelen = sizeof(rx->from[i]),
				     .msg_iov = &rx->iov[i],
				     .msg_iovlen = 1 },
		};
	}
}

int query_receive(struct query *q, struct answers *to, size_t n)
{
	bool cut = false;
	int got;

	to->room = q->room;
	to->got = to->at = 0;
	prepare(q->rx, to);
	do
		got = recvmmsg(q->nl.fd, q->rx->m, (unsigned int)n, MSG_DONTWAIT, NULL);
	while (got < 0 && (errno == EINTR || errno == ENOBUFS));
	if (got < 0)
		return errno == EAGAIN ? 0 : -errno;
	to->got = (size_t)got;
	for (size_t i = 0; i < to->got; i++) {
		const struct mmsghdr *m = &q->rx->m[i];
		bool whole = !(m->msg_hdr.msg_flags & MSG_TRUNC);

		to->len[i] = whole && !q->rx->from[i].nl_pid ? m->msg_len : 0;
		cut |= !whole;
	}
	if (cut && q->room < ROOM_MOST)
		q->room = ROOM_MOST;
	return 0;
}

/*
 * Reads until all is answered or nothing is left: the kernel answers within the call that
 * sends, so what is missing then was dropped for lack of room, which is no end.
 */
static int receive(struct query *q, struct ask *v, size_t n, uint32_t base, size_t *left)
{
	const struct answers *from = q->answers;

	while (*left) {
		int err = query_receive(q, q->answers, QUERY_BATCH);

		if (err || !from->got)
			return err;
		for (size_t i = 0; i < from->got; i++)
			*left -= take(from->data + i * from->room, from->len[i], v, n,
				      base);
	}
	return 0;
}

bool query_next(struct answers *from, uint32_t seq, struct ask *a)
{
	for (; from->at < from->got; from->at++) {
		const struct nlmsghdr *h = nl_msg_at(from->data + from->at * from->room,
						     from->len[from->at]);

		if (!h || (int32_t)(h->nlmsg_seq - seq) < 0)
			continue;
		if (h->nlmsg_seq != seq)
			break;
		from->at++;
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
