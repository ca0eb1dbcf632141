/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which messages of exits the filter in the kernel lets in, of any version. */
#include "exits_filter.h"

#include "genl.h"

#include <linux/taskstats.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int failures;

/* Offsets of exit code, flag and user as linux/taskstats.h has them; 15 has its own. */
struct made {
	uint16_t version;
	uint32_t exitcode, uid;
	uint8_t flag;
	bool group; /* with an answer about the group */
};

static void put(struct nl_msg *msg, int outer, int inner, const struct made *m)
{
	struct nlattr *nest = nla_nest_start(msg, outer);
	char p[560] = { 0 };

	/* The kernel does not say that it is a nest. */
	nest->nla_type = (uint16_t)outer;
	memcpy(p, &m->version, 2);
	memcpy(p + 4, &m->exitcode, 4);
	memcpy(p + 8, &m->flag, 1);
	memcpy(p + (m->version == 15 ? 168 : 120), &m->uid, 4);
	nla_put_u32(msg, inner, 70);
	nla_put(msg, TASKSTATS_TYPE_STATS, m->version < 9 ? 328 : sizeof(p), p);
	nla_nest_end(msg, nest);
}

/* Whether a socket with the filter gets the message. */
static bool comes_in(const struct exits_filter *f, const struct made *m)
{
	static const struct genl_family family = { .id = 0x20, .version = 1 };
	struct nl_msg *msg = genl_new(&family, TASKSTATS_CMD_NEW, 0);
	char in[4096];
	bool came;
	int s[2];

	if (!msg || socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, s))
		return false;
	put(msg, TASKSTATS_TYPE_AGGR_PID, TASKSTATS_TYPE_PID, m);
	if (m->group)
		put(msg, TASKSTATS_TYPE_AGGR_TGID, TASKSTATS_TYPE_TGID, m);
	if (filter_attach(s[0], f))
		failures++;
	(void)!write(s[1], nlmsg_hdr(msg), nlmsg_hdr(msg)->nlmsg_len);
	came = read(s[0], in, sizeof(in)) == (ssize_t)nlmsg_hdr(msg)->nlmsg_len;
	close(s[0]);
	close(s[1]);
	nlmsg_free(msg);
	return came;
}

static const uint64_t uids[] = { 5, 70000 };
static const struct exits_filter failed = { .failed = true },
				 failed_tasks = { .failed = true, .tasks = true },
				 users = { .uids = uids, .nuids = 2 },
				 both = { .failed = true, .uids = uids, .nuids = 2 };

static const struct {
	const struct exits_filter *f;
	struct made m;
	bool in;
} cases[] = {
	{ &failed, { 16, 0, 0, 32, false }, false },
	{ &failed, { 16, 256, 0, 32, false }, true },
	{ &failed, { 8, 0, 0, 32, false }, false },
	/* Threads of a process, and its last one. */
	{ &failed, { 16, 0, 0, 0, false }, true },
	{ &failed, { 16, 0, 0, 32, true }, true },
	{ &failed_tasks, { 16, 0, 0, 0, false }, false },
	{ &failed_tasks, { 16, 0, 0, 32, true }, false },
	{ &failed_tasks, { 16, 9, 0, 0, false }, true },
	{ &users, { 16, 0, 5, 32, false }, true },
	{ &users, { 16, 0, 70000, 32, false }, true },
	{ &users, { 16, 0, 6, 32, false }, false },
	{ &users, { 15, 0, 70000, 32, false }, true },
	{ &users, { 15, 0, 6, 32, false }, false },
	{ &users, { 18, 0, 6, 32, false }, false },
	{ &users, { 16, 0, 6, 32, true }, true },
	{ &both, { 16, 0, 5, 32, false }, false },
	{ &both, { 16, 256, 6, 32, false }, false },
	{ &both, { 16, 256, 5, 32, false }, true },
	/* What nobody can read is for the decoder to refuse. */
	{ &both, { 7, 0, 6, 32, false }, true },
};

int main(void)
{
	for (size_t i = 0; i < COUNT(cases); i++)
		if (comes_in(cases[i].f, &cases[i].m) != cases[i].in) {
			fprintf(stderr, "case %zu: wanted %d\n", i, cases[i].in);
			failures++;
		}
	return failures > 0;
}
