/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "talk.h"

#include "follow.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

int talk_probe(int protocol)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);

	if (fd < 0)
		return errno == EPROTONOSUPPORT ? 0 : -errno;
	close(fd);
	return 1;
}

enum { LOSSES = 64 /* in a row, without a datagram between them */ };

struct exchange {
	const struct talk *t;
	const struct nlmsghdr *req;
	struct outcome *o;
	bool multi; /* an end was announced by the first of many */
	bool kept;  /* the end that was promised has come */
	bool ended;
};

/* kernel/audit.c sends what was asked for by a thread, often after the ack. */
static bool answers_late(const struct language *l)
{
	return l->protocol == NETLINK_AUDIT;
}

static void note(struct exchange *x, const struct nlmsghdr *h)
{
	struct nl_ack ack = { 0 };

	if (h->nlmsg_flags & NLM_F_DUMP_INTR)
		x->o->interrupted = true;
	if (h->nlmsg_seq != x->req->nlmsg_seq)
		return;
	if (h->nlmsg_flags & NLM_F_MULTI)
		x->multi = true;
	if (!is_end(x->t->language, h->nlmsg_type))
		return;
	if (nl_ack_decode(h, &ack))
		x->o->error = ack.error;
	else
		x->o->malformed = true;
	x->kept = true;
	x->ended = ack.error || !answers_late(x->t->language);
}

static int take(struct exchange *x, struct bytes d)
{
	const struct nlmsghdr *h = nl_msg_at(d.p, d.n);
	size_t left = d.n;
	int err = 0;

	for (; h && !err; h = nl_msg_next(h, &left)) {
		x->o->messages++;
		note(x, h);
		err = x->t->message(h, (struct bytes){ 0 }, x->t->arg);
	}
	if (!err && (left || !d.n)) {
		x->o->malformed = true;
		err = x->t->message(NULL,
				    (struct bytes){ .p = d.p + (d.n - left), .n = left },
				    x->t->arg);
	}
	return err < 0 ? err : x->t->datagram(x->t->arg);
}

/* Whether the kernel has said, or was told, that an end will come, and it has not yet. */
static bool end_promised(const struct exchange *x)
{
	return !x->kept && (x->multi || x->req->nlmsg_flags & NLM_F_ACK);
}

static uint64_t patience(const struct exchange *x)
{
	bool dump = !x->o->messages && x->req->nlmsg_flags & NLM_F_DUMP;

	if (x->t->timeout_ns)
		return x->t->timeout_ns;
	return (end_promised(x) || dump ? WAIT_PROMISED_MS : WAIT_OPEN_MS) * 1000000ULL;
}

static void record(const struct talk *t, bool out, struct bytes d)
{
	if (t->pcap)
		pcap_add(t->pcap, t->language->protocol, out, d);
}

int talk_request(const struct talk *t, const struct nlmsghdr *req, struct outcome *o)
{
	struct exchange x = { .t = t, .req = req, .o = o };
	unsigned int losses = 0;
	bool silent = false;
	struct bytes d;
	int r;

	*o = (struct outcome){ 0 };
	record(t, true, (struct bytes){ .p = (const char *)req, .n = req->nlmsg_len });
	r = nl_send_bytes(t->conn, req, req->nlmsg_len);
	while (!r && !x.ended && !silent) {
		r = nl_datagram(t->conn, MSG_DONTWAIT, &d);
		if (r == -ENOBUFS) {
			o->lost = true;
			/* A dump that does not fit the buffer fails at each look at it.
			 */
			r = ++losses < LOSSES ? 0 : r;
		} else if (r > 0) {
			losses = 0;
			record(t, false, d);
			r = take(&x, d);
		} else if (!r) {
			r = follow_wait(-1, t->conn->fd, patience(&x));
			silent = r == FOLLOW_TIMEOUT;
			r = MIN(r, 0);
		}
	}
	o->unfinished = !r && !x.ended && end_promised(&x);
	return r;
}
