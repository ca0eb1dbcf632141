/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * taskstat-floor [PID]: the least that a program can do to learn of all processes, or of
 * the threads of one, what the kernel accounts: list /proc, ask by batches of 64, look at
 * no answer. Prints how many answers came.
 */
#include "genl.h"

#include <dirent.h>
#include <errno.h>
#include <linux/taskstats.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#define BATCH 64

struct request {
	struct nlmsghdr n;
	struct genlmsghdr g;
	struct nlattr a;
	uint32_t id;
};

static char room[BATCH][4096];

static size_t collect(struct nl_conn *c)
{
	struct mmsghdr m[BATCH] = { 0 };
	struct iovec iov[BATCH];
	size_t answers = 0;
	int got;

	for (size_t i = 0; i < BATCH; i++) {
		iov[i] = (struct iovec){ .iov_base = room[i], .iov_len = sizeof(*room) };
		m[i].msg_hdr.msg_iov = &iov[i];
		m[i].msg_hdr.msg_iovlen = 1;
	}
	while ((got = recvmmsg(c->fd, m, BATCH, MSG_DONTWAIT, NULL)) > 0)
		answers += (size_t)got;
	return answers;
}

static size_t ask(struct nl_conn *c, struct request *r, size_t n)
{
	if (!n || nl_send_bytes(c, r, n * sizeof(*r)))
		return 0;
	return collect(c);
}

int main(int argc, char **argv)
{
	struct request r[BATCH];
	struct genl_family family;
	struct nl_conn c;
	struct dirent *e;
	size_t n = 0, answers = 0;
	char path[64] = "/proc";
	DIR *dir;

	if (argc > 1)
		snprintf(path, sizeof(path), "/proc/%s/task", argv[1]);
	dir = opendir(path);
	if (!dir || nl_open(&c, NETLINK_GENERIC) ||
	    genl_resolve(&c, TASKSTATS_GENL_NAME, &family)) {
		perror("taskstat-floor");
		return 1;
	}
	while ((e = readdir(dir))) {
		if (e->d_name[0] < '1' || e->d_name[0] > '9')
			continue;
		r[n++] = (struct request){
			.n = { .nlmsg_len = sizeof(*r),
			       .nlmsg_type = family.id,
			       .nlmsg_flags = NLM_F_REQUEST },
			.g = { .cmd = TASKSTATS_CMD_GET,
			       .version = TASKSTATS_GENL_VERSION },
			.a = { .nla_len = NLA_HDRLEN + sizeof(uint32_t),
			       .nla_type = TASKSTATS_CMD_ATTR_PID },
			.id = (uint32_t)strtoul(e->d_name, NULL, 10),
		};
		if (n == BATCH) {
			answers += ask(&c, r, n);
			n = 0;
		}
	}
	answers += ask(&c, r, n);
	printf("%zu\n", answers);
	closedir(dir);
	nl_done(&c);
	return 0;
}
