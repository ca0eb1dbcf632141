/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole messages over a socket, however the kernel or the peer cuts them. */
#undef NDEBUG
#include "clock.h"
#include "conn.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BIG = 60000 };

static const uint64_t SECONDS = 1000000000;

static struct message m; /* too big for comfort on a stack */
static int devnull;      /* the fd that messages carry */

/* A connection and the peer's end of it. */
static struct conn pair(int *peer)
{
	struct conn c = { .fd = -1 };
	int sv[2];

	assert(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv));
	assert(!fcntl(sv[0], F_SETFL, O_NONBLOCK));
	c.fd = sv[0];
	*peer = sv[1];
	message_begin(&m);
	return c;
}

static int open_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	assert(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static void put(int fd, const void *p, size_t n, size_t nfds)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(200 * sizeof(int))] = { 0 };
	struct iovec iov = { (void *)(uintptr_t)p, n };
	struct msghdr h = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (nfds) {
		struct cmsghdr *cm = (void *)control;

		h.msg_control = control;
		h.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
		*cm = (struct cmsghdr){ .cmsg_len = CMSG_LEN(nfds * sizeof(int)),
					.cmsg_level = SOL_SOCKET,
					.cmsg_type = SCM_RIGHTS };
		for (size_t i = 0; i < nfds; i++)
			((int *)(void *)CMSG_DATA(cm))[i] = devnull;
	}
	assert(sendmsg(fd, &h, MSG_NOSIGNAL) == (ssize_t)n);
}

static enum conn_end receive(struct conn *c)
{
	return conn_receive(c, &m, clock_mono_ns() + 20000000);
}

static void two_messages_in_one_send_stay_two(void)
{
	uint8_t wire[12 + 8 + 12] = { 0 };
	const struct msg_header first = { 1, 5, 8 }, second = { 2, 5, 0 };
	int peer;
	struct conn c = pair(&peer);

	msg_encode(wire, &first);
	memset(wire + 12, 0x55, 8);
	msg_encode(wire + 20, &second);
	put(peer, wire, sizeof(wire), 0);
	assert(receive(&c) == CONN_DONE && m.h.request == 1 && m.done == 20);
	assert(m.body[7] == 0x55);
	message_begin(&m);
	assert(receive(&c) == CONN_DONE && m.h.request == 2 && m.done == 12);
	message_begin(&m);
	assert(receive(&c) == CONN_RETRY && !m.done && c.err == -ETIMEDOUT);
	close(peer);
	assert(receive(&c) == CONN_DISCONNECT && !c.err);
	conn_close(&c);
}

static void a_message_goes_on_where_the_time_ran_out(void)
{
	uint8_t wire[20] = { 0 };
	const struct msg_header h = { 17, 5, 8 };
	int peer, before;
	struct conn c = pair(&peer);

	before = open_fds();
	msg_encode(wire, &h);
	put(peer, wire, 5, 1);
	assert(receive(&c) == CONN_RETRY && m.done == 5 && m.nfds == 1);
	put(peer, wire + 5, 10, 0);
	assert(receive(&c) == CONN_RETRY && m.done == 15);
	put(peer, wire + 15, 5, 2); /* fds on a later byte are not lost either */
	assert(receive(&c) == CONN_DONE && m.h.request == 17 && m.nfds == 3);
	for (size_t i = 0; i < m.nfds; i++)
		assert(fcntl(m.fds[i], F_GETFD) == FD_CLOEXEC);
	message_close(&m);
	assert(open_fds() == before);
	close(peer);
	conn_close(&c);
}

static void fds_beyond_the_limit_are_closed_and_counted(void)
{
	uint8_t wire[12];
	const struct msg_header h = { 1, 5, 0 };
	int peer, before;
	struct conn c = pair(&peer);

	before = open_fds();
	msg_encode(wire, &h);
	put(peer, wire, sizeof(wire), 200);
	assert(receive(&c) == CONN_DONE && m.nfds == CONN_FDS &&
	       m.dropped == 200 - CONN_FDS);
	assert(open_fds() == before + CONN_FDS);
	message_close(&m);
	assert(open_fds() == before);
	close(peer);
	conn_close(&c);
}

static void a_message_that_breaks_off_is_broken_and_keeps_no_fds(void)
{
	const struct msg_header h = { 1, 5, 8 };
	uint8_t wire[20] = { 0 };
	int before = open_fds();

	msg_encode(wire, &h);
	for (size_t n = 1; n < sizeof(wire); n++) {
		int peer;
		struct conn c = pair(&peer);

		put(peer, wire, n, 3);
		close(peer);
		assert(receive(&c) == CONN_BROKEN && c.fault && !m.nfds);
		conn_close(&c);
	}
	assert(open_fds() == before);
}

static void bad_headers_break_at_once(void)
{
	const struct msg_header bad[] = { { 1, 4, 8 }, { 1, 6, 8 }, { 1, 5, 65537 } };
	int before = open_fds();

	for (size_t i = 0; i < COUNT(bad); i++) {
		uint8_t wire[12];
		int peer;
		struct conn c = pair(&peer);

		msg_encode(wire, &bad[i]);
		put(peer, wire, sizeof(wire), 1);
		assert(receive(&c) == CONN_BROKEN && c.fault && !m.nfds);
		close(peer);
		conn_close(&c);
	}
	assert(open_fds() == before);
}

/* Reads one message of BIG bytes slowly. Returns the number of fds, 100 if misplaced. */
static int slow_reader(int fd)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(16 * sizeof(int))];
	size_t done = 0, fds = 0;

	while (done < BIG) {
		uint8_t some[777];
		struct iovec iov = { some, done ? sizeof(some) : 1 };
		struct msghdr h = { .msg_iov = &iov,
				    .msg_iovlen = 1,
				    .msg_control = control,
				    .msg_controllen = sizeof(control) };
		ssize_t n = recvmsg(fd, &h, 0);

		if (n <= 0)
			return 101;
		if (CMSG_FIRSTHDR(&h)) {
			if (done)
				return 100;
			fds += (CMSG_FIRSTHDR(&h)->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		}
		for (ssize_t i = 0; i < n; i++, done++)
			if (some[i] != (uint8_t)(done * 7))
				return 102;
	}
	return (int)fds;
}

static void what_the_kernel_leaves_over_is_sent_without_the_fds_again(void)
{
	static uint8_t bytes[BIG];
	struct iovec parts[] = { { bytes, 12 },
				 { bytes + 12, 40 },
				 { bytes + 52, BIG - 52 } };
	int peer, fds[3] = { devnull, devnull, devnull }, status, small = 1, tries = 0;
	struct conn c = pair(&peer);
	size_t done = 0;
	enum conn_end end;
	pid_t child;

	for (size_t i = 0; i < BIG; i++)
		bytes[i] = (uint8_t)(i * 7);
	assert(!setsockopt(c.fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)));
	end = conn_send(&c, parts, 3, fds, 3, &done, clock_mono_ns() + 1000000);
	assert(end == CONN_RETRY && done > 0 && done < BIG);
	child = fork();
	assert(child >= 0);
	if (!child)
		_exit(slow_reader(peer));
	while (end == CONN_RETRY && ++tries < 10000)
		end = conn_send(&c, parts, 3, fds, 3, &done,
				clock_mono_ns() + 10 * SECONDS);
	assert(end == CONN_DONE && done == BIG);
	assert(waitpid(child, &status, 0) == child && WIFEXITED(status));
	assert(WEXITSTATUS(status) == 3);
	close(peer);
	conn_close(&c);
}

static void a_peer_that_has_gone_is_a_disconnect(void)
{
	uint8_t byte = 0;
	struct iovec part = { &byte, 1 };
	size_t done = 0;
	int peer;
	struct conn c = pair(&peer);

	put(c.fd, &byte, 1, 0); /* unread when the peer closes: ECONNRESET */
	close(peer);
	assert(receive(&c) == CONN_DISCONNECT && c.err == -ECONNRESET);
	assert(conn_send(&c, &part, 1, NULL, 0, &done, 0) == CONN_DISCONNECT);
	assert(c.err == -EPIPE && !done);
	conn_close(&c);
	assert(conn_send(&c, &part, 1, NULL, 0, &done, 0) == CONN_ERROR &&
	       c.err == -EBADF);
}

int main(void)
{
	int before;

	devnull = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert(devnull >= 0);
	before = open_fds();
	two_messages_in_one_send_stay_two();
	a_message_goes_on_where_the_time_ran_out();
	fds_beyond_the_limit_are_closed_and_counted();
	a_message_that_breaks_off_is_broken_and_keeps_no_fds();
	bad_headers_break_at_once();
	what_the_kernel_leaves_over_is_sent_without_the_fds_again();
	a_peer_that_has_gone_is_a_disconnect();
	assert(open_fds() == before);
	return 0;
}
