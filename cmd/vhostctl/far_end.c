/* SPDX-License-Identifier: GPL-2.0-or-later */
/* far_end.c - the socket at the other end of ours, whoever has it: is it still open? */
#include "far_end.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

struct question {
	struct nlmsghdr h;
	struct unix_diag_req r;
};

/* The answer about one socket, in room for n bytes. Returns its length or -errno. */
static ssize_t ask(uint32_t inode, void *answer, size_t n)
{
	const struct question q = {
		.h = { .nlmsg_len = sizeof(q),
		       .nlmsg_type = SOCK_DIAG_BY_FAMILY,
		       .nlmsg_flags = NLM_F_REQUEST },
		.r = { .sdiag_family = AF_UNIX,
		       .udiag_states = UINT32_MAX,
		       .udiag_ino = inode,
		       .udiag_show = UDIAG_SHOW_PEER,
		       .udiag_cookie = { UINT32_MAX, UINT32_MAX } },
	};
	const struct nlmsghdr *h = answer;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG), code;
	ssize_t got = -1, err = 0;

	if (fd >= 0 && send(fd, &q, sizeof(q), 0) == sizeof(q))
		got = recv(fd, answer, n, 0);
	if (got < 0)
		err = -errno;
	else if ((size_t)got < sizeof(*h) || h->nlmsg_len > (size_t)got)
		err = -EBADMSG;
	if (fd >= 0)
		close(fd);
	if (err || h->nlmsg_type != NLMSG_ERROR)
		return err ? err : got;
	if ((size_t)got < NLMSG_LENGTH(sizeof(code)))
		return -EBADMSG;
	memcpy(&code, NLMSG_DATA(h), sizeof(code));
	return code ? code : -EBADMSG;
}

int far_end_of(int fd, uint32_t *inode)
{
	_Alignas(struct nlmsghdr) uint8_t answer[1024];
	const struct nlmsghdr *h = (const void *)answer;
	struct stat st;
	const struct rtattr *a;
	ssize_t n;
	int left;

	if (fstat(fd, &st))
		return -errno;
	n = ask((uint32_t)st.st_ino, answer, sizeof(answer));
	if (n < 0)
		return (int)n;
	if (h->nlmsg_len < NLMSG_LENGTH(sizeof(struct unix_diag_msg)))
		return -EBADMSG;
	a = (const void *)(answer + NLMSG_SPACE(sizeof(struct unix_diag_msg)));
	left = (int)h->nlmsg_len - (int)NLMSG_SPACE(sizeof(struct unix_diag_msg));
	for (; RTA_OK(a, left); a = RTA_NEXT(a, left))
		if (a->rta_type == UNIX_DIAG_PEER && RTA_PAYLOAD(a) >= sizeof(*inode)) {
			memcpy(inode, RTA_DATA(a), sizeof(*inode));
			return *inode ? 0 : -ENOENT;
		}
	return -ENOENT;
}

bool far_end_open(uint32_t inode)
{
	_Alignas(struct nlmsghdr) uint8_t answer[1024];

	return ask(inode, answer, sizeof(answer)) >= 0;
}
