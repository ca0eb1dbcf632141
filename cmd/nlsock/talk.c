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

const char *talk_hint(int error)
{
	switch (error) {
	case -EPERM:
	case -EACCES:
		return "it needs a capability, mostly CAP_NET_ADMIN";
	case -EOPNOTSUPP:
		return "this kernel does not have the operation, or not for that "
		       "address family";
	case -EBUSY:
		return "another dump is running, or what it names is in use";
	case -ENOBUFS:
		return "a larger --rcvbuf may help";
	case -ECONNREFUSED:
		return "nothing listens there, --connect PORTID names a socket";
	default:
		return NULL;
	}
}

enum { LOSSES = 64 /* in a row, without a datagram between them */ };

struct exchange {
	const struct talk *t;
	struct bytes sent;
	struct outcome *o;
	size_t owed, ends; /* acks that were asked for; ends that came */
	bool multi;        /* an end was announced by the first of many */
	bool ended;
};

/* The message among those sent that has this number, or NULL. */
static const struct nlmsghdr *asked(const struct exchange *x, uint32_t seq)
{
	const struct nlmsghdr *h = nl_msg_at(x->sent.p, x->sent.n);
	size_t left = x->sent.n;

	while (h && h->nlmsg_seq != seq)
		h = nl_msg_next(h, &left);
	return h;
}

/* kernel/audit.c sends what was asked for by a thread, often after the ack. */
static bool answers_late(const struct language *l)
{
	return l->protocol == NETLINK_AUDIT;
}

static void note(struct exchange *x, const struct nlmsghdr *h)
{
	const struct nlmsghdr *req = asked(x, h->nlmsg_seq);
	struct nl_ack ack = { 0 };

	if (h->nlmsg_flags & NLM_F_DUMP_INTR)
		x->o->interrupted = true;
	if (h->nlmsg_type == NLMSG_OVERRUN &&
	    x->t->language->protocol != NETLINK_CONNECTOR)
		x->o->lost = true;
	if (!req)
		return;
	if (h->nlmsg_flags & NLM_F_MULTI)
		x->multi = true;
	if (!is_end(x->t->language, h->nlmsg_type))
		return;
	if (!nl_ack_decode(h, &ack))
		x->o->malformed = true;
	else if (ack.error)
		x->o->error = ack.error;
	x->ends++;
	/* An error of what asked for no ack: what begins a batch ends all of it. */
	x->ended = x->ends >= x->owed || (ack.error && !(req->nlmsg_flags & NLM_F_ACK));
	if (!ack.error && answers_late(x->t->language))
		x->ended = false;
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
	return x->ends < x->owed || (x->multi && !x->ends);
}

static uint64_t patience(const struct exchange *x)
{
	const struct nlmsghdr *req = (const void *)x->sent.p;
	bool dump = !x->o->messages && req->nlmsg_flags & NLM_F_DUMP;

	if (x->t->nonblock)
		return 0;
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
	return talk_batch(
		t, (struct bytes){ .p = (const char *)req, .n = req->nlmsg_len }, o);
}

int talk_batch(const struct talk *t, struct bytes requests, struct outcome *o)
{
	struct exchange x = { .t = t, .sent = requests, .o = o };
	const struct nlmsghdr *h = nl_msg_at(requests.p, requests.n);
	size_t left = requests.n;
	unsigned int losses = 0;
	bool silent = false;
	struct bytes d;
	int r;

	*o = (struct outcome){ 0 };
	for (; h; h = nl_msg_next(h, &left))
		x.owed += h->nlmsg_flags & NLM_F_ACK ? 1 : 0;
	record(t, true, requests);
	r = nl_send_bytes(t->conn, requests.p, requests.n);
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
