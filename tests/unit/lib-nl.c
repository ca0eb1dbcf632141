/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Netlink: attribute readers, acks, and a conversation with a peer that misbehaves. */
#undef NDEBUG
#include "genl.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* A message under construction in a buffer that the sanitizers watch. */
struct craft {
	struct buf b;
};

static struct nlmsghdr *start(struct craft *c, uint16_t type, uint16_t flags)
{
	const struct nlmsghdr h = { .nlmsg_type = type, .nlmsg_flags = flags };

	*c = (struct craft){ 0 };
	buf_add(&c->b, &h, sizeof(h));
	return (void *)c->b.p;
}

static void put(struct craft *c, const void *p, size_t n)
{
	buf_add(&c->b, p, n);
}

static void put_attr(struct craft *c, uint16_t type, const void *p, size_t n)
{
	const struct nlattr a = { .nla_type = type,
				  .nla_len = (uint16_t)(NLA_HDRLEN + n) };

	put(c, &a, sizeof(a));
	put(c, p, n);
	buf_fill(&c->b, 0, NLA_ALIGN(n) - n);
}

/* A copy that ends exactly where the message does. */
static struct nlmsghdr *finish(struct craft *c)
{
	struct nlmsghdr *h = malloc(c->b.n);

	assert(h);
	memcpy(h, c->b.p, c->b.n);
	h->nlmsg_len = (uint32_t)c->b.n;
	buf_free(&c->b);
	return h;
}

static void readers_want_the_exact_length(void)
{
	struct nlattr *a[3];
	struct craft c;
	struct nlmsghdr *h;
	uint16_t half = 7;
	uint32_t word = 7;
	uint64_t big = 0;

	start(&c, 16, 0);
	put_attr(&c, 1, "\1\2\3\4\5\6\7\10", 8);
	put_attr(&c, 2, "ab", 2);
	h = finish(&c);
	assert(!nl_msg_attrs(h, 0, a, 2));
	assert(nla_read_u64(a[1], &big) && big);
	assert(!nla_read_u32(a[1], &word) && word == 7);
	assert(nla_read_u16(a[2], &half) && half != 7);
	assert(!nla_read_u16(a[0], &half) && !nla_read_u32(NULL, &word));
	assert(nla_read_str(a[2]).n == 2 && !nla_read_str(a[0]).p);
	assert(nla_read_bytes(a[1]).n == 8);
	free(h);
}

static void attributes_with_wrong_lengths_are_malformed(void)
{
	struct nlattr *a[2];
	/* longer than what is there; shorter than its own header; a rest of two bytes */
	const char longer[] = { 9, 0, 1, 0, 0, 0, 0, 0 };
	const char shorter[] = { 3, 0, 1, 0 };
	const char rest[] = { 4, 0, 1, 0, 0, 0 };

	assert(nl_attrs(longer, sizeof(longer), a, 1) == -EBADMSG);
	assert(nl_attrs(shorter, sizeof(shorter), a, 1) == -EBADMSG);
	assert(nl_attrs(rest, sizeof(rest), a, 1) == -EBADMSG);
	assert(!nl_attrs(NULL, 0, a, 1) && !a[1]);
}

static void put_error(struct craft *c, int error, uint32_t echoed)
{
	struct nlmsgerr e = { .error = error, .msg = { .nlmsg_len = echoed } };

	put(c, &e, sizeof(e));
}

static void ack_is_found_behind_a_capped_and_a_whole_echo(void)
{
	const uint32_t offset = 20;
	struct nl_ack ack = { 0 };
	struct craft c;
	struct nlmsghdr *h;

	for (int capped = 0; capped < 2; capped++) {
		start(&c, NLMSG_ERROR, NLM_F_ACK_TLVS | (capped ? NLM_F_CAPPED : 0));
		put_error(&c, -EINVAL, 20);
		if (!capped)
			put(&c, "abcd", 4);
		put_attr(&c, NLMSGERR_ATTR_MSG, "no", 3);
		put_attr(&c, NLMSGERR_ATTR_OFFS, &offset, 4);
		h = finish(&c);
		assert(nl_ack_decode(h, &ack));
		assert(ack.error == -EINVAL && ack.offset == 20);
		assert(!strcmp(ack.message, "no"));
		free(h);
	}
}

static void done_carries_errno_and_words(void)
{
	const int error = -ENOENT;
	struct nl_ack ack = { 0 };
	struct craft c;
	struct nlmsghdr *h;

	start(&c, NLMSG_DONE, NLM_F_ACK_TLVS);
	put(&c, &error, 4);
	put_attr(&c, NLMSGERR_ATTR_MSG, "gone", 4); /* without its NUL */
	h = finish(&c);
	assert(nl_ack_decode(h, &ack));
	assert(ack.error == -ENOENT && !strcmp(ack.message, "gone"));
	free(h);
	start(&c, NLMSG_DONE, 0);
	h = finish(&c);
	assert(nl_ack_decode(h, &ack) && !ack.error && !ack.message[0]);
	free(h);
}

static void broken_acks_are_malformed(void)
{
	struct nl_ack ack = { 0 };
	struct craft c;
	struct nlmsghdr *h;

	start(&c, NLMSG_ERROR, 0);
	put(&c, "abc", 4);
	h = finish(&c);
	assert(!nl_ack_decode(h, &ack));
	free(h);
	start(&c, NLMSG_ERROR, NLM_F_ACK_TLVS);
	put_error(&c, 0, UINT32_MAX);
	h = finish(&c);
	assert(!nl_ack_decode(h, &ack));
	free(h);
	start(&c, NLMSG_ERROR, NLM_F_ACK_TLVS | NLM_F_CAPPED);
	put_error(&c, 0, 20);
	put(&c, "\377\0\1\0", 4);
	h = finish(&c);
	assert(!nl_ack_decode(h, &ack));
	free(h);
}

static const char *name_three(const uint16_t *path, size_t depth, void *arg)
{
	(void)arg;
	return path[depth - 1] == 3 ? "three" : NULL;
}

static void expect_text(const struct nl_ack *ack, const struct nlmsghdr *req,
			nl_attr_name *name, const char *want)
{
	struct buf b = { 0 };

	nl_ack_text(&b, ack, req, 4, name, NULL);
	assert(b.n == strlen(want) && !memcmp(b.p ? b.p : "", want, b.n));
	buf_free(&b);
}

/* 16 header, 4 fixed header, 20 attribute 1, 28 nest 3, 32 attribute 7 in it */
static void text_names_the_attribute_as_a_path(void)
{
	struct nl_ack ack = { .offset = 32, .message = "bad" };
	struct craft inner, c;
	struct nlmsghdr *h;

	start(&inner, 0, 0);
	put_attr(&inner, 7, "abcd", 4);
	start(&c, 16, 0);
	put(&c, "fixd", 4);
	put_attr(&c, 1, "abcd", 4);
	put_attr(&c, 3 | NLA_F_NESTED, inner.b.p + sizeof(*h), inner.b.n - sizeof(*h));
	buf_free(&inner.b);
	h = finish(&c);
	expect_text(&ack, h, NULL, "bad (attribute 3.7)");
	expect_text(&ack, h, name_three, "bad (attribute three.7)");
	ack.offset = 20;
	expect_text(&ack, h, NULL, "bad (attribute 1)");
	ack.offset = 4000;
	expect_text(&ack, h, NULL, "bad (at byte 4000 of the request)");
	ack = (struct nl_ack){ .has_missing = true, .missing = 9, .missing_nest = 28 };
	expect_text(&ack, h, NULL, "missing attribute 3.9");
	ack.missing_nest = 0;
	expect_text(&ack, h, NULL, "missing attribute 9");
	ack = (struct nl_ack){ 0 };
	expect_text(&ack, h, NULL, "");
	free(h);
}

/* A peer in our own hands: what it sends waits before the request is made. */
struct peer {
	struct nl_conn us, it;
};

static void meet(struct peer *p)
{
	assert(!nl_open(&p->us, NETLINK_USERSOCK));
	assert(!nl_open(&p->it, NETLINK_USERSOCK));
	p->us.peer = p->it.portid;
	p->it.peer = p->us.portid;
}

static void part(struct peer *p)
{
	nl_done(&p->us);
	nl_done(&p->it);
}

static void peer_sends(struct peer *p, uint16_t type, uint16_t flags, int seq_off,
		       const void *data, size_t n)
{
	struct craft c;
	struct nlmsghdr *h;

	start(&c, type, flags);
	put(&c, data, n);
	h = finish(&c);
	h->nlmsg_seq = p->us.seq + 1 + (uint32_t)seq_off;
	assert(!nl_send_bytes(&p->it, h, h->nlmsg_len));
	free(h);
}

static int count(const struct nlmsghdr *h, void *arg)
{
	(void)h;
	++*(int *)arg;
	return 0;
}

static void zero(void *arg)
{
	*(int *)arg = 0;
}

static int ask(struct peer *p, int *n, struct nl_ack *ack)
{
	struct nlmsghdr req = { .nlmsg_len = sizeof(req), .nlmsg_type = 20 };

	*n = 0;
	return nl_request(&p->us, &req, count, n, ack);
}

static void only_answers_are_heard(void)
{
	const int none = 0;
	struct nl_conn stranger;
	struct peer p;
	int n;

	meet(&p);
	assert(!nl_open(&stranger, NETLINK_USERSOCK));
	stranger.peer = p.us.portid;
	assert(!nl_send_bytes(&stranger, "nonsense", 8));
	peer_sends(&p, 20, 0, -1, NULL, 0);
	peer_sends(&p, 20, 0, 0, NULL, 0);
	peer_sends(&p, NLMSG_DONE, 0, 0, &none, 4);
	assert(!ask(&p, &n, NULL) && n == 1);
	nl_done(&stranger);
	part(&p);
}

static void interruption_of_one_message_is_seen_and_retried(void)
{
	const int none = 0;
	struct nlmsghdr req = { .nlmsg_len = sizeof(req), .nlmsg_type = 20 };
	struct nl_ack ack;
	struct peer p;
	int n;

	meet(&p);
	peer_sends(&p, 20, NLM_F_MULTI | NLM_F_DUMP_INTR, 0, NULL, 0);
	peer_sends(&p, 20, NLM_F_MULTI, 0, NULL, 0);
	peer_sends(&p, NLMSG_DONE, NLM_F_MULTI, 0, &none, 4);
	assert(ask(&p, &n, &ack) == -EINTR && n == 2 && ack.interrupted);
	peer_sends(&p, 20, NLM_F_DUMP_INTR, 0, NULL, 0);
	peer_sends(&p, NLMSG_DONE, 0, 0, &none, 4);
	peer_sends(&p, 20, NLM_F_DUMP_FILTERED, 1, NULL, 0);
	peer_sends(&p, NLMSG_DONE, 0, 1, &none, 4);
	n = 0;
	assert(!nl_request_dump(&p.us, &req, count, zero, &n, 2, &ack));
	assert(n == 1 && !ack.interrupted && ack.filtered);
	part(&p);
}

static void strange_codes_and_broken_replies_are_errors(void)
{
	const int codes[] = { -4097, 5, -ENOENT };
	const int want[] = { -EPROTO, -EPROTO, -ENOENT };
	struct nl_ack ack;
	struct peer p;
	int n;

	meet(&p);
	for (size_t i = 0; i < COUNT(codes); i++) {
		struct nlmsgerr e = { .error = codes[i],
				      .msg = { .nlmsg_len = NLMSG_HDRLEN } };

		peer_sends(&p, NLMSG_ERROR, 0, 0, &e, sizeof(e));
		assert(ask(&p, &n, &ack) == want[i] && ack.error == codes[i]);
	}
	assert(!nl_send_bytes(&p.it, "nonsense", 8));
	assert(ask(&p, &n, NULL) == -EBADMSG);
	part(&p);
}

static void large_datagrams_arrive_whole(void)
{
	static char big[100000];
	struct peer p;
	struct bytes d;

	meet(&p);
	assert(nl_set_rcvbuf(&p.us, 1 << 20) > 0);
	peer_sends(&p, 20, 0, 0, big, sizeof(big));
	peer_sends(&p, 20, 0, 0, NULL, 0);
	assert(nl_datagram(&p.us, MSG_DONTWAIT, &d) == 1 &&
	       d.n == sizeof(big) + NLMSG_HDRLEN);
	assert(nl_datagram(&p.us, MSG_DONTWAIT, &d) == 1 && d.n == NLMSG_HDRLEN);
	assert(!nl_datagram(&p.us, MSG_DONTWAIT, &d));
	part(&p);
}

int main(void)
{
	readers_want_the_exact_length();
	attributes_with_wrong_lengths_are_malformed();
	ack_is_found_behind_a_capped_and_a_whole_echo();
	done_carries_errno_and_words();
	broken_acks_are_malformed();
	text_names_the_attribute_as_a_path();
	only_answers_are_heard();
	interruption_of_one_message_is_seen_and_retried();
	strange_codes_and_broken_replies_are_errors();
	large_datagrams_arrive_whole();
	return 0;
}
