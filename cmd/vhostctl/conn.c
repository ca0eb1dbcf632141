/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conn.c - whole vhost-user messages, and the fds that ride on them, over one socket. */
#include "conn.h"

#include "clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* net/core/scm.h; with room for all of them no fd is ever cut off. */
enum { SCM_MAX = 253 };

static int wait_for(int fd, short events, uint64_t deadline)
{
	while (true) {
		struct pollfd p = { .fd = fd, .events = events };
		uint64_t now = clock_mono_ns(),
			 left = deadline > now ? deadline - now : 0;
		struct timespec t = { .tv_sec = (time_t)(left / 1000000000),
				      .tv_nsec = (long)(left % 1000000000) };
		int r = ppoll(&p, 1, &t, NULL);

		if (r > 0)
			return 0;
		if (!r)
			return -ETIMEDOUT;
		if (errno != EINTR)
			return -errno;
	}
}

/* Any path, however long: an fd of the socket's file has a short name in /proc. */
static int long_path(struct sockaddr_un *a, const char *path)
{
	int fd = open(path, O_PATH | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	snprintf(a->sun_path, sizeof(a->sun_path), "/proc/self/fd/%d", fd);
	return fd;
}

/* A full backlog makes a stream socket say EAGAIN, and poll(2) knows nothing of it. */
static int connect_until(int fd, const struct sockaddr_un *a, socklen_t len,
			 uint64_t deadline)
{
	while (connect(fd, (const struct sockaddr *)a, len)) {
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
		if (clock_mono_ns() >= deadline)
			return -ETIMEDOUT;
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	}
	return 0;
}

/* connect(2) says ECONNREFUSED for a file that is no socket at all. */
static int refusal(const char *path, int err)
{
	struct stat st;

	if (err == -ECONNREFUSED && *path != '@' && !stat(path, &st) &&
	    !S_ISSOCK(st.st_mode))
		return -ENOTSOCK;
	return err;
}

int conn_open(struct conn *c, const char *path, uint64_t deadline_ns)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	socklen_t len = sizeof(a);
	size_t n = strlen(path);
	int file = -1, err;

	*c = (struct conn){ .fd = -1 };
	if (!n)
		return -ENOENT;
	if (*path == '@') {
		if (n > sizeof(a.sun_path))
			return -ENAMETOOLONG;
		memcpy(a.sun_path + 1, path + 1, n - 1);
		len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
	} else if (n < sizeof(a.sun_path)) {
		memcpy(a.sun_path, path, n);
	} else if ((file = long_path(&a, path)) < 0) {
		return file;
	}
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	err = c->fd < 0 ? -errno : connect_until(c->fd, &a, len, deadline_ns);
	if (file >= 0)
		close(file);
	if (!err)
		return 0;
	conn_close(c);
	return refusal(path, err);
}

void conn_close(struct conn *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

void message_close(struct message *m)
{
	while (m->nfds)
		close(m->fds[--m->nfds]);
}

static enum conn_end ended(struct conn *c, enum conn_end end, int err, const char *fault)
{
	c->err = err;
	c->fault = fault;
	return end;
}

/* What is left of the parts after the first `done` bytes. */
static size_t rest_of(const struct iovec *parts, size_t n, size_t done,
		      struct iovec *rest)
{
	size_t used = 0;

	for (size_t i = 0; i < n; i++) {
		size_t skip = MIN(done, parts[i].iov_len);

		done -= skip;
		if (skip < parts[i].iov_len)
			rest[used++] = (struct iovec){
				.iov_base = (char *)parts[i].iov_base + skip,
				.iov_len = parts[i].iov_len - skip,
			};
	}
	return used;
}

static void attach_fds(struct msghdr *h, void *control, const int *fds, size_t n)
{
	struct cmsghdr *cm;

	h->msg_control = control;
	h->msg_controllen = CMSG_SPACE(n * sizeof(int));
	cm = CMSG_FIRSTHDR(h);
	cm->cmsg_level = SOL_SOCKET;
	cm->cmsg_type = SCM_RIGHTS;
	cm->cmsg_len = CMSG_LEN(n * sizeof(int));
	memcpy(CMSG_DATA(cm), fds, n * sizeof(int));
}

enum conn_end conn_send(struct conn *c, const struct iovec *parts, size_t n,
			const int *fds, size_t nfds, size_t *done, uint64_t deadline_ns)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(SCM_MAX * sizeof(int))] = { 0 };
	struct iovec rest[CONN_PARTS];

	if (n > CONN_PARTS || nfds > SCM_MAX)
		return ended(c, CONN_ERROR, -EINVAL, NULL);
	while (true) {
		struct msghdr h = { .msg_iov = rest };
		ssize_t sent;
		int err;

		h.msg_iovlen = rest_of(parts, n, *done, rest);
		if (!h.msg_iovlen)
			return ended(c, CONN_DONE, 0, NULL);
		if (nfds && !*done)
			attach_fds(&h, control, fds, nfds);
		sent = sendmsg(c->fd, &h, MSG_NOSIGNAL);
		if (sent >= 0) {
			*done += (size_t)sent;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno == EPIPE || errno == ECONNRESET)
			return ended(c, CONN_DISCONNECT, -errno, NULL);
		if (errno != EAGAIN && errno != ENOBUFS)
			return ended(c, CONN_ERROR, -errno, NULL);
		err = wait_for(c->fd, POLLOUT, deadline_ns);
		if (err)
			return ended(c, err == -ETIMEDOUT ? CONN_RETRY : CONN_ERROR, err,
				     NULL);
	}
}

static void take_fds(struct message *m, struct msghdr *h)
{
	for (struct cmsghdr *cm = CMSG_FIRSTHDR(h); cm; cm = CMSG_NXTHDR(h, cm)) {
		size_t n = cm->cmsg_len < CMSG_LEN(0) ? 0 : cm->cmsg_len - CMSG_LEN(0);

		if (cm->cmsg_level != SOL_SOCKET || cm->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t at = 0; at + sizeof(int) <= n; at += sizeof(int)) {
			int fd;

			memcpy(&fd, CMSG_DATA(cm) + at, sizeof(fd));
			if (m->nfds < CONN_FDS) {
				m->fds[m->nfds++] = fd;
			} else {
				close(fd);
				m->dropped++;
			}
		}
	}
}

/* Reads up to n bytes to `to`, as they come. Bytes read, 0 at the end, or -errno. */
static ssize_t receive_some(struct conn *c, struct message *m, void *to, size_t n,
			    uint64_t deadline)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(SCM_MAX * sizeof(int))];

	while (true) {
		struct iovec iov = { .iov_base = to, .iov_len = n };
		struct msghdr h = { .msg_iov = &iov,
				    .msg_iovlen = 1,
				    .msg_control = control,
				    .msg_controllen = sizeof(control) };
		ssize_t got = recvmsg(c->fd, &h, MSG_CMSG_CLOEXEC);
		int err;

		if (got >= 0) {
			take_fds(m, &h);
			return h.msg_flags & MSG_CTRUNC ? -EMFILE : got;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return -errno;
		err = wait_for(c->fd, POLLIN, deadline);
		if (err)
			return err;
	}
}

/* The end of a receive that did not bring bytes: got is 0 or -errno. */
static enum conn_end no_more(struct conn *c, struct message *m, ssize_t got)
{
	if (got == -ETIMEDOUT)
		return ended(c, CONN_RETRY, (int)got, NULL);
	message_close(m);
	if (got == -EMFILE)
		return ended(c, CONN_BROKEN, (int)got, "fds that came with it were lost");
	if (got && got != -ECONNRESET)
		return ended(c, CONN_ERROR, (int)got, NULL);
	if (m->done)
		return ended(c, CONN_BROKEN, (int)got, "it ends in the middle");
	return ended(c, CONN_DISCONNECT, (int)got, NULL);
}

enum conn_end conn_receive(struct conn *c, struct message *m, uint64_t deadline_ns)
{
	while (m->done < MSG_HEADER || m->done < MSG_HEADER + (size_t)m->h.size) {
		bool in_head = m->done < MSG_HEADER;
		size_t whole = MSG_HEADER + (in_head ? 0 : m->h.size);
		void *to = in_head ? m->head + m->done : m->body + m->done - MSG_HEADER;
		ssize_t got = receive_some(c, m, to, whole - m->done, deadline_ns);
		enum msg_fault fault;

		if (got <= 0)
			return no_more(c, m, got);
		m->done += (size_t)got;
		if (m->done != MSG_HEADER)
			continue;
		fault = msg_decode(m->head, &m->h);
		if (fault) {
			message_close(m);
			return ended(c, CONN_BROKEN, 0, msg_fault_text(fault));
		}
	}
	return ended(c, CONN_DONE, 0, NULL);
}
