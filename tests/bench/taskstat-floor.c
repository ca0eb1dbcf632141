/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * taskstat-floor [PID]: the least that a program can do to learn of all processes, or of
 * the threads of one, what the kernel accounts: list /proc, ask by batches of 64, look at
 * no answer. Prints how many answers came.
 * taskstat-floor exits: the least that hears of all exits: reads what has come every
 * 10 ms, looks at none, until it is ended.
 */
#include "genl.h"

#include <dirent.h>
#include <errno.h>
#include <linux/taskstats.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

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

static int listen_all(struct nl_conn *c, const struct genl_family *family)
{
	struct nl_msg *m = genl_new(family, TASKSTATS_CMD_GET, 0);
	char cpus[32];
	int err = -1;

	snprintf(cpus, sizeof(cpus), "0-%ld", sysconf(_SC_NPROCESSORS_CONF) - 1);
	(void)nl_option(c, NETLINK_NO_ENOBUFS, 1);
	(void)nl_set_rcvbuf(c, 32u << 20);
	if (m && !nla_put_string(m, TASKSTATS_CMD_ATTR_REGISTER_CPUMASK, cpus))
		err = nl_request(c, nlmsg_hdr(m), NULL, NULL, NULL);
	nlmsg_free(m);
	return err;
}

static int hear(struct nl_conn *c, const struct genl_family *family)
{
	if (listen_all(c, family))
		return 1;
	for (;;) {
		poll(NULL, 0, 10);
		collect(c);
	}
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
	if (argc > 1 && !strcmp(argv[1], "exits"))
		return nl_open(&c, NETLINK_GENERIC) ||
		       genl_resolve(&c, TASKSTATS_GENL_NAME, &family) ||
		       hear(&c, &family);
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
