/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vhostctl-relay LISTEN SOCKET: takes one connection at LISTEN and passes the bytes of
 * both directions between it and SOCKET, and does nothing else: no fds, no limits of
 * messages, nothing told. What anything in between costs at least. Ends with the
 * connection.
 */
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static struct sockaddr_un address(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	return a;
}

/* What waits, at most a buffer full; false at the end. */
static int pass(int from, int to)
{
	char b[1 << 16];
	struct iovec part = { b, sizeof(b) };
	struct msghdr h = { .msg_iov = &part, .msg_iovlen = 1 };
	ssize_t n = recvmsg(from, &h, 0);

	if (n <= 0)
		return 0;
	part.iov_len = (size_t)n;
	return sendmsg(to, &h, MSG_NOSIGNAL) == n;
}

int main(int argc, char **argv)
{
	struct sockaddr_un front, back;
	int l = socket(AF_UNIX, SOCK_STREAM, 0), s = socket(AF_UNIX, SOCK_STREAM, 0);
	struct pollfd p[2] = { { .events = POLLIN }, { .events = POLLIN } };

	if (argc != 3)
		return 2;
	front = address(argv[1]);
	back = address(argv[2]);
	unlink(argv[1]);
	if (l < 0 || s < 0 || bind(l, (struct sockaddr *)&front, sizeof(front)) ||
	    listen(l, 1))
		return 1;
	p[0].fd = accept(l, NULL, NULL);
	p[1].fd = s;
	if (p[0].fd < 0 || connect(s, (struct sockaddr *)&back, sizeof(back)))
		return 1;
	while (poll(p, 2, -1) >= 0)
		for (int i = 0; i < 2; i++)
			if (p[i].revents && !pass(p[i].fd, p[!i].fd))
				return 0;
	return 1;
}
