/* SPDX-License-Identifier: GPL-2.0-or-later */
/* relay.c - one direction of a connection: bytes and fds go through as they come. */
#include "relay.h"

#include "clock.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { MOVES = 256 }; /* messages, or parts of long ones, in one go */

/* Closes the first n of those that came, and forgets them. */
static void close_unsent(struct relay *r, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (r->fds[i] >= 0)
			close(r->fds[i]);
	r->nfds -= n;
	memmove(r->fds, r->fds + n, r->nfds * sizeof(*r->fds));
}

static void close_kept(struct relay *r)
{
	for (size_t i = 0; r->keeps && i < r->ninfo; i++)
		close(r->kept_fds[i]);
	r->ninfo = 0;
}

void relay_drop(struct relay *r)
{
	close_unsent(r, r->nfds);
	close_kept(r);
}

static struct msg_header header_of(const struct relay *r)
{
	struct msg_header h = { 0 };

	if (r->seen >= MSG_HEADER && msg_decode(r->kept, &h))
		return h; /* its length counts all the same */
	return h;
}

/* Length of the present message, as far as it is known. */
static uint64_t whole(const struct relay *r)
{
	return r->seen < MSG_HEADER ? MSG_HEADER
				    : (uint64_t)MSG_HEADER + header_of(r).size;
}

static void begin(struct relay *r)
{
	close_kept(r);
	r->seen = r->sent = r->lost = r->cut = 0;
	r->more_fds = 0;
	r->replaced = false;
}

static void tell(struct relay *r)
{
	struct sighting s = {
		.channel = r->channel,
		.from_backend = r->from_backend,
		.at_ns = r->at_ns,
		.bytes = { (const char *)r->kept, MIN(r->seen, RELAY_KEPT) },
		.lost = r->lost,
		.fds = { r->info, r->ninfo },
		.more_fds = r->more_fds,
		.kept = r->keeps ? r->kept_fds : NULL,
		.unsent = r->seen - r->sent,
		.unsent_fds = r->nfds,
	};

	r->message(r, &s);
	begin(r);
}

/* What is received and not sent on, up to fds that came later. */
static struct iovec unsent(struct relay *r)
{
	size_t n = (size_t)((r->cut ? r->cut : r->seen) - r->sent);

	if (r->sent < RELAY_KEPT)
		return (struct iovec){ r->kept + r->sent, n };
	/* The spare part was sent on whole before it was filled again. */
	return (struct iovec){ r->spare + r->spare_sent, n };
}

/* The first n went out: what they were, for the record. */
static void describe_fds(struct relay *r, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (r->ninfo == WATCH_FDS) {
			r->more_fds++;
			continue;
		}
		fd_describe(r->fds[i], &r->info[r->ninfo]);
		r->kept_fds[r->ninfo++] = r->fds[i];
		if (r->keeps)
			r->fds[i] = -1; /* closed later */
	}
	close_unsent(r, n);
}

static ssize_t send_some(struct relay *r, size_t nfds)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(RELAY_FDS * sizeof(int))];
	struct iovec part = unsent(r);
	struct msghdr h = { .msg_iov = &part, .msg_iovlen = 1 };
	struct cmsghdr *cm;
	ssize_t n;

	if (nfds) {
		if (r->replace && !r->replaced && r->seen >= MSG_HEADER)
			r->replace(r, header_of(r).request, &r->fds[0]);
		r->replaced = true;
		h.msg_control = control;
		h.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
		cm = CMSG_FIRSTHDR(&h);
		cm->cmsg_level = SOL_SOCKET;
		cm->cmsg_type = SCM_RIGHTS;
		cm->cmsg_len = CMSG_LEN(nfds * sizeof(int));
		memcpy(CMSG_DATA(cm), r->fds, nfds * sizeof(int));
	}
	do
		n = sendmsg(r->to, &h, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

/* Sends on what is there, or what is before the cut. 0, -EAGAIN or -errno. */
static int push(struct relay *r)
{
	uint64_t end = r->cut ? r->cut : r->seen;

	while (r->sent < end) {
		size_t nfds = r->cut ? r->before_cut : r->nfds;
		ssize_t n = send_some(r, nfds);

		if (n < 0)
			return (int)n;
		describe_fds(r, nfds);
		r->before_cut = 0;
		if (r->sent >= RELAY_KEPT)
			r->spare_sent += (size_t)n;
		r->sent += (uint64_t)n;
	}
	r->cut = 0;
	return 0;
}

static void take_fds(struct relay *r, struct msghdr *h)
{
	for (struct cmsghdr *cm = CMSG_FIRSTHDR(h); cm; cm = CMSG_NXTHDR(h, cm)) {
		size_t n = cm->cmsg_len < CMSG_LEN(0) ? 0 : cm->cmsg_len - CMSG_LEN(0);

		if (cm->cmsg_level != SOL_SOCKET || cm->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t at = 0; at + sizeof(int) <= n; at += sizeof(int)) {
			int fd;

			memcpy(&fd, CMSG_DATA(cm) + at, sizeof(fd));
			if (r->nfds < COUNT(r->fds))
				r->fds[r->nfds++] = fd;
			else
				close(fd);
		}
	}
}

/* Where the next bytes of the message go, and how many have room there. */
static struct iovec room(struct relay *r)
{
	uint64_t left = whole(r) - r->seen;

	if (r->seen < RELAY_KEPT)
		return (struct iovec){ r->kept + r->seen,
				       MIN(left, RELAY_KEPT - r->seen) };
	return (struct iovec){ r->spare, MIN(left, RELAY_SPARE) };
}

/* Bytes received, 0 at the end, or -errno. */
static ssize_t pull(struct relay *r)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(RELAY_FDS * sizeof(int))];
	struct iovec part = room(r);
	struct msghdr h = { .msg_iov = &part,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };
	size_t nfds = r->nfds;
	ssize_t n;

	do
		n = recvmsg(r->from, &h, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	take_fds(r, &h);
	if (r->nfds > nfds && r->seen > r->sent) {
		r->cut = r->seen;
		r->before_cut = nfds;
	}
	if (part.iov_base == r->spare) {
		r->spare_sent = 0;
		r->lost += (uint64_t)n;
	}
	r->seen += (uint64_t)n;
	r->at_ns = clock_mono_ns();
	return n;
}

/*
 * Looks at a message that is there whole, alone and without fds, and leaves it there.
 * Taking it would wake up its sender, who is asleep in recv(2) on the same socket waiting
 * for the reply, once in vain (the kernel's write_space wakes all who sleep there): that
 * can wait until the message is on its way. Returns its length, -EAGAIN where nothing is
 * there, 0 for all else, which pull finds.
 */
static ssize_t peek(struct relay *r)
{
	struct iovec part = { r->kept, RELAY_KEPT };
	struct msghdr h = { .msg_iov = &part, .msg_iovlen = 1 };
	ssize_t n = recvmsg(r->from, &h, MSG_PEEK | MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN ? -EAGAIN : 0;
	if (n < MSG_HEADER || h.msg_flags & MSG_CTRUNC)
		return 0; /* a part of a header, or fds are with it */
	r->seen = (uint64_t)n;
	if (whole(r) != r->seen) {
		r->seen = 0;
		return 0;
	}
	r->untaken = (size_t)n;
	r->at_ns = clock_mono_ns();
	return n;
}

/* What was only looked at was sent on. Not by recvmsg(2): strace -e network shows each
 * message once. */
static void take(struct relay *r)
{
	while (r->untaken) {
		struct iovec part = { r->spare, MIN(r->untaken, RELAY_SPARE) };
		ssize_t n = preadv2(r->from, &part, 1, -1, RWF_NOWAIT);

		if (n < 0 && errno == EOPNOTSUPP) /* before Linux 6.4 */
			n = recv(r->from, part.iov_base, part.iov_len, MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		r->untaken = n > 0 ? r->untaken - (size_t)n : 0;
	}
}

static enum relay_wants end(struct relay *r, int err)
{
	r->ended = true;
	r->err = err == -ECONNRESET || err == -EPIPE ? 0 : err;
	if (r->seen)
		tell(r);
	relay_drop(r);
	return RELAY_END;
}

void relay_end(struct relay *r)
{
	if (!r->ended)
		end(r, 0);
}

/* fds wait for the header that says whose they are, unless it will not come. */
static bool must_wait(const struct relay *r)
{
	return r->nfds && r->replace && r->seen < MSG_HEADER;
}

/* Whether what is there must go out before more can be read. */
static bool is_due(const struct relay *r)
{
	return r->cut || (r->seen >= RELAY_KEPT && r->seen > r->sent);
}

enum relay_wants relay_move(struct relay *r)
{
	int moved = 0;
	bool alone = false; /* nothing came after it, as far as was seen */

	while (moved < MOVES) {
		bool done = r->seen && r->seen == whole(r), due = done || is_due(r);
		ssize_t n;
		int err = due ? push(r) : 0;

		if (err)
			return err == -EAGAIN ? RELAY_WRITE : end(r, err);
		if (due)
			moved++;
		if (r->sent == r->seen)
			take(r);
		if (done && r->sent == r->seen) {
			tell(r);
			if (alone)
				return RELAY_READ;
		}
		if (due)
			continue;
		n = r->seen || r->nfds ? 0 : peek(r);
		alone = n > 0;
		if (!n)
			n = pull(r);
		if (n > 0)
			continue;
		err = !n || !must_wait(r) ? push(r) : 0;
		if (err == -EAGAIN)
			return RELAY_WRITE;
		if (err || n != -EAGAIN)
			return end(r, err ? err : (int)n);
		return RELAY_READ;
	}
	return RELAY_READ; /* it is the others' turn */
}
