/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conn.h - whole vhost-user messages, and the fds that ride on them, over one socket. */
#ifndef VHOSTCTL_CONN_H
#define VHOSTCTL_CONN_H

#include "msg.h"

#include <sys/uio.h>

/* How a send or receive ended. conn.err has the -errno, where there is one. */
enum conn_end {
	CONN_DONE,
	CONN_DISCONNECT, /* the peer has closed, and between two messages */
	CONN_RETRY,      /* the time is over: call again to go on where it stopped */
	CONN_BROKEN,     /* closed inside a message, or not a message: conn.fault */
	CONN_ERROR,      /* the socket failed otherwise */
};

struct conn {
	int fd;
	int err;           /* 0 or -errno of the last call */
	const char *fault; /* with CONN_BROKEN: what is wrong, a phrase */
};

enum {
	CONN_FDS = 8, /* the most that one message may carry (VHOST_USER_MAX_RAM_SLOTS was
			 8) */
	CONN_PARTS = 4, /* iovecs of one message */
};

/* A message as received. Begin with message_begin; big, so reuse it. */
struct message {
	struct msg_header h;
	size_t done;       /* bytes so far, header included */
	int fds[CONN_FDS]; /* owned: close them, or call message_close */
	size_t nfds;
	size_t dropped; /* further fds that came with it and were closed */
	uint8_t head[MSG_HEADER];
	uint8_t body[MSG_BODY_MAX];
};

static inline void message_begin(struct message *m)
{
	m->h = (struct msg_header){ 0 };
	m->done = m->nfds = m->dropped = 0;
}

/* Closes the fds of m that nobody took. */
void message_close(struct message *m) NONNULL(1);

/*
 * Connects to a listening stream socket: a path of any length, or @NAME for an abstract
 * one. deadline_ns is of CLOCK_MONOTONIC. Returns 0 or -errno; -ENOTSOCK where the path
 * is something else, -ETIMEDOUT where its backlog stays full. Close it with conn_close.
 */
MUST_CHECK int conn_open(struct conn *c, const char *path, uint64_t deadline_ns)
	NONNULL(1, 2);
void conn_close(struct conn *c) NONNULL(1);

/*
 * Sends the parts (header, body, payload: n <= CONN_PARTS) as one sendmsg with the fds on
 * its first byte; what the kernel leaves over follows without them. *done counts the
 * bytes sent: 0 to begin, kept between calls to go on after CONN_RETRY.
 */
MUST_CHECK enum conn_end conn_send(struct conn *c, const struct iovec *parts, size_t n,
				   const int *fds, size_t nfds, size_t *done,
				   uint64_t deadline_ns) NONNULL(1, 2, 6);

/*
 * Receives exactly one message, header then body, and not one byte of the next; fds are
 * close-on-exec, those beyond CONN_FDS closed and counted. After CONN_RETRY the same m
 * goes on; after any other end m holds no fds.
 */
MUST_CHECK enum conn_end conn_receive(struct conn *c, struct message *m,
				      uint64_t deadline_ns) NONNULL(1, 2);

#endif
