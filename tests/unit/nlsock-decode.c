/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Attributes as trees, guesses, and messages whose type does not mean what it seems. */
#undef NDEBUG
#include "attrs.h"
#include "decode.h"
#include "tree.h"

#include <assert.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>

static void expect(const struct buf *b, const char *want)
{
	if (b->n != strlen(want) || memcmp(b->p ? b->p : "", want, b->n) != 0) {
		fprintf(stderr, "got  %.*s\nwant %s\n", (int)b->n, b->p, want);
		exit(1);
	}
}

static void expect_attrs(const void *p, size_t n, enum tree_form form, const char *want)
{
	const struct bytes bytes = { .p = p, .n = n };
	struct buf b = { 0 };
	struct tree t;

	assert(attrs_whole(p, n));
	tree_init(&t, &b, form);
	tree_value(&t, NULL,
		   (struct value){ .kind = VALUE_NEST, .nest = { attrs_emit, &bytes } });
	tree_free(&t);
	expect(&b, want);
	buf_free(&b);
}

static const uint8_t name[] = { 7, 0, 3, 0, 'l', 'o', 0, 0 };
static const uint8_t declared[] = { 12, 0, 5, 0x80, 8, 0, 1, 0, 1, 2, 3, 4 };
static const uint8_t undeclared[] = { 12, 0, 5, 0, 8, 0, 1, 0, 1, 2, 3, 4 };

static void attributes_are_shown_by_number_with_their_bytes(void)
{
	expect_attrs(name, sizeof(name), TREE_LINES, "3: 6c6f00 \"lo\"\n");
	expect_attrs(name, sizeof(name), TREE_JSON,
		     "[{\"type\":3,\"len\":7,\"flags\":[],\"hex\":\"6c6f00\",\"string\":"
		     "\"lo\",\"number\":null,\"guess\":false,\"attrs\":null}]");
}

/* jq and JavaScript would show another one. */
static void numbers_that_readers_round_are_hex_alone(void)
{
	static const uint8_t exact[] = {
		12, 0, 3, 0, 255, 255, 255, 255, 255, 255, 31, 0
	};
	static const uint8_t rounded[] = { 12, 0, 3, 0, 1, 0, 0, 0, 0, 0, 32, 0 };

	expect_attrs(rounded, sizeof(rounded), TREE_LINES,
		     "3: 0100000000002000 = 9007199254740993\n");
	expect_attrs(rounded, sizeof(rounded), TREE_JSON,
		     "[{\"type\":3,\"len\":12,\"flags\":[],\"hex\":\"0100000000002000\","
		     "\"string\":null,\"number\":null,\"guess\":false,\"attrs\":null}]");
	expect_attrs(exact, sizeof(exact), TREE_JSON,
		     "[{\"type\":3,\"len\":12,\"flags\":[],\"hex\":\"ffffffffffff1f00\","
		     "\"string\":null,\"number\":9007199254740991,\"guess\":false,"
		     "\"attrs\":null}]");
}

static void nests_are_told_from_guesses(void)
{
	const char *leaf = "{\"type\":1,\"len\":8,\"flags\":[],\"hex\":\"01020304\","
			   "\"string\":null,\"number\":67305985,\"guess\":false,"
			   "\"attrs\":null}";
	char want[512];

	expect_attrs(declared, sizeof(declared), TREE_LINES,
		     "5:\n  1: 01020304 = 67305985\n");
	expect_attrs(undeclared, sizeof(undeclared), TREE_LINES,
		     "5 (nest?):\n  1: 01020304 = 67305985\n");
	snprintf(want, sizeof(want),
		 "[{\"type\":5,\"len\":12,\"flags\":[\"NESTED\"],\"hex\":null,\"string\":"
		 "null,"
		 "\"number\":null,\"guess\":false,\"attrs\":[%s]}]",
		 leaf);
	expect_attrs(declared, sizeof(declared), TREE_JSON, want);
	snprintf(want, sizeof(want),
		 "[{\"type\":5,\"len\":12,\"flags\":[],\"hex\":\"0800010001020304\","
		 "\"string\":null,\"number\":null,\"guess\":true,\"attrs\":[%s]}]",
		 leaf);
	expect_attrs(undeclared, sizeof(undeclared), TREE_JSON, want);
}

static void what_only_half_looks_like_a_nest_is_none(void)
{
	const uint8_t zero_type[] = { 8, 0, 0, 0, 1, 2, 3, 4 };
	const uint8_t dirty[] = { 5, 0, 1, 0, 1, 2, 3, 4 };
	const uint8_t longer[] = { 9, 0, 1, 0, 1, 2, 3, 4 };
	const uint8_t empty[] = { 4, 0, 1, 0 };
	const uint8_t rest[] = { 4, 0, 1, 0, 1 };

	assert(!attrs_likely(zero_type, sizeof(zero_type)));
	assert(!attrs_likely(dirty, sizeof(dirty)));
	assert(!attrs_likely(longer, sizeof(longer)));
	assert(!attrs_likely(empty, sizeof(empty)));
	assert(!attrs_likely(rest, sizeof(rest)));
	assert(!attrs_likely("", 0));
	assert(attrs_likely(declared + 4, 8));
	assert(!attrs_whole(longer, sizeof(longer)) && !attrs_whole(rest, sizeof(rest)));
}

/* Nests in nests, far deeper than is shown. */
static void depth_is_bounded(void)
{
	enum { LEVELS = 1000 };
	static uint16_t deep[2 * LEVELS];
	const struct bytes bytes = { .p = (char *)deep, .n = sizeof(deep) };
	struct buf b = { 0 };
	struct tree t;

	for (size_t i = 0; i < LEVELS; i++) {
		deep[2 * i] = (uint16_t)(sizeof(deep) - i * 4);
		deep[2 * i + 1] = NLA_F_NESTED | 1;
	}
	tree_init(&t, &b, TREE_JSON);
	attrs_emit(&t, &bytes);
	assert(!t.stack.n && b.n < 20000);
	tree_free(&t);
	buf_free(&b);
}

struct sample {
	struct nlmsghdr h;
	uint8_t payload[64];
};

static void expect_reply(int protocol, const struct sample *m, const struct nlmsghdr *req,
			 const char *want)
{
	const struct language l = { .protocol = protocol };
	struct reply r = { 0 };
	struct buf b = { 0 };
	struct tree t;

	reply_decode(&r, &l, &m->h, req);
	tree_init(&t, &b, TREE_INLINE);
	tree_object(&t, NULL);
	for (size_t i = 0; i < reply_record.nfields; i++)
		tree_value(&t, reply_record.fields[i].name,
			   field_value(&reply_record.fields[i], &r));
	tree_end(&t);
	expect(&b, want);
	tree_free(&t);
	buf_free(&b);
	reply_free(&r);
}

static void connector_has_data_in_type_three(void)
{
	const struct sample m = { .h = { .nlmsg_len = 16 + 24, .nlmsg_type = NLMSG_DONE },
				  .payload = {
					  1, 0, 0, 0, 1, 0, 0, 0, 9,   0,   0,   0,
					  8, 0, 0, 0, 4, 0, 0, 0, 'd', 'a', 't', 'a' } };

	expect_reply(NETLINK_CONNECTOR, &m, NULL,
		     "name=- type=3 len=40 flags=- seq=0 portid=0 error=- "
		     "header={struct=cn_msg id.idx=1 id.val=1 seq=9 ack=8 len=4 flags=0} "
		     "attrs=- payload=64617461");
}

static void a_header_cut_short_is_payload(void)
{
	const struct sample m = { .h = { .nlmsg_len = 20, .nlmsg_type = RTM_NEWLINK },
				  .payload = { 1, 2, 3, 4 } };

	expect_reply(NETLINK_ROUTE, &m, NULL,
		     "name=RTM_NEWLINK type=16 len=20 flags=- seq=0 portid=0 error=- "
		     "header=- attrs=- payload=01020304");
}

static void attributes_cut_short_are_payload(void)
{
	const struct sample m = {
		.h = { .nlmsg_len = 16 + 8 + 6, .nlmsg_type = RTM_GETADDR },
		.payload = { 2, 8, 0, 0, 1, 0, 0, 0, 9, 0, 1, 0, 1, 2 }
	};

	expect_reply(NETLINK_ROUTE, &m, NULL,
		     "name=RTM_GETADDR type=22 len=30 flags=- seq=0 portid=0 error=- "
		     "header={struct=ifaddrmsg ifa_family=2 ifa_prefixlen=8 ifa_flags=0 "
		     "ifa_scope=0 ifa_index=1} attrs=- payload=090001000102");
}

static void codes_beyond_errno_are_shown(void)
{
	struct sample m = { .h = { .nlmsg_len = 36, .nlmsg_type = NLMSG_ERROR } };
	const int code = -4097;

	memcpy(m.payload, &code, 4);
	m.payload[4] = 16;
	expect_reply(
		NETLINK_NETFILTER, &m, NULL,
		"name=NLMSG_ERROR type=2 len=36 flags=- seq=0 portid=0 "
		"error={code=-4097 errno=- message=-} header={struct=nlmsgerr "
		"msg.nlmsg_len=16 msg.nlmsg_type=0 msg.nlmsg_flags=0 msg.nlmsg_seq=0 "
		"msg.nlmsg_pid=0} attrs=- payload=-");
}

static void a_malformed_ack_keeps_its_bytes(void)
{
	const struct sample m = { .h = { .nlmsg_len = 18, .nlmsg_type = NLMSG_ERROR },
				  .payload = { 1, 2 } };

	expect_reply(NETLINK_ROUTE, &m, NULL,
		     "name=NLMSG_ERROR type=2 len=18 flags=- seq=0 portid=0 error=- "
		     "header=- attrs=- payload=0102");
}

static void unknown_types_have_payload(void)
{
	const struct sample m = { .h = { .nlmsg_len = 17, .nlmsg_type = 999 },
				  .payload = { 7 } };

	expect_reply(NETLINK_ROUTE, &m, NULL,
		     "name=- type=999 len=17 flags=- seq=0 portid=0 error=- header=- "
		     "attrs=- payload=07");
}

int main(void)
{
	attributes_are_shown_by_number_with_their_bytes();
	numbers_that_readers_round_are_hex_alone();
	nests_are_told_from_guesses();
	what_only_half_looks_like_a_nest_is_none();
	depth_is_bounded();
	connector_has_data_in_type_three();
	a_header_cut_short_is_payload();
	attributes_cut_short_are_payload();
	codes_beyond_errno_are_shown();
	a_malformed_ack_keeps_its_bytes();
	unknown_types_have_payload();
	return 0;
}
