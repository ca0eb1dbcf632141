/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages of the family: whole, of both kinds, cut off at every byte, and wrong. */
#include "decode.h"

#include "check.h"
#include "genl.h"

#include <linux/taskstats.h>
#include <netlink/genl/genl.h>
#include <stdlib.h>

static const struct genl_family family = { .id = 0x20, .version = 1 };
static const char payload[560] = { 16 };

static void put_aggregate(struct nl_msg *m, int outer, int inner, uint32_t id)
{
	struct nlattr *nest = nla_nest_start(m, outer);

	nla_put_u32(m, inner, id);
	nla_put(m, TASKSTATS_TYPE_STATS, sizeof(payload), payload);
	nla_nest_end(m, nest);
}

static struct nl_msg *message(bool task, bool group)
{
	struct nl_msg *m = genl_new(&family, TASKSTATS_CMD_NEW, 0);

	if (task)
		put_aggregate(m, TASKSTATS_TYPE_AGGR_PID, TASKSTATS_TYPE_PID, 70);
	if (group)
		put_aggregate(m, TASKSTATS_TYPE_AGGR_TGID, TASKSTATS_TYPE_TGID, 71);
	return m;
}

static void test_whole(void)
{
	struct nl_msg *m = message(true, false);
	struct reply r;

	CHECK(!reply_decode(nlmsg_hdr(m), &r));
	CHECK(r.pid == 70 && r.task.n == sizeof(payload) && !r.group.p);
	nlmsg_free(m);
	m = message(false, true);
	CHECK(!reply_decode(nlmsg_hdr(m), &r));
	CHECK(r.tgid == 71 && r.group.n == sizeof(payload) && !r.task.p);
	nlmsg_free(m);
	m = message(true, true);
	CHECK(!reply_decode(nlmsg_hdr(m), &r));
	CHECK(r.pid == 70 && r.tgid == 71 && r.task.p && r.group.p);
	nlmsg_free(m);
}

static void test_wrong(void)
{
	struct nl_msg *m = message(false, false);
	struct reply r;

	CHECK(reply_decode(nlmsg_hdr(m), &r));
	/* The id is missing, then the statistics. */
	put_aggregate(m, TASKSTATS_TYPE_AGGR_PID, TASKSTATS_TYPE_TGID, 1);
	CHECK(reply_decode(nlmsg_hdr(m), &r));
	nlmsg_free(m);
	m = message(false, false);
	nla_put(m, TASKSTATS_TYPE_AGGR_PID, 0, NULL);
	CHECK(reply_decode(nlmsg_hdr(m), &r));
	nlmsg_free(m);
	m = genl_new(&family, TASKSTATS_CMD_GET, 0);
	put_aggregate(m, TASKSTATS_TYPE_AGGR_PID, TASKSTATS_TYPE_PID, 70);
	CHECK(reply_decode(nlmsg_hdr(m), &r));
	nlmsg_free(m);
}

static void test_cut(void)
{
	struct nl_msg *m = message(true, true);
	uint32_t whole = nlmsg_hdr(m)->nlmsg_len;

	for (uint32_t n = NLMSG_HDRLEN; n < whole; n++) {
		struct nlmsghdr *h = malloc(n);
		struct reply r;

		memcpy(h, nlmsg_hdr(m), n);
		h->nlmsg_len = n;
		if (!reply_decode(h, &r))
			CHECK(r.task.p && r.pid == 70 && !r.group.p);
		free(h);
	}
	nlmsg_free(m);
}

int main(void)
{
	test_whole();
	test_wrong();
	test_cut();
	return failures > 0;
}
