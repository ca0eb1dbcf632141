/* SPDX-License-Identifier: GPL-2.0-or-later */
/* serve_loop.h - all front-ends of one back-end, in one thread. */
#ifndef VHOSTCTL_SERVE_LOOP_H
#define VHOSTCTL_SERVE_LOOP_H

#include "listen.h"
#include "session.h"

enum { SESSIONS = 64 };

struct server {
	struct backend *backend;
	struct listener listener; /* fd -1: we connect ourselves */
	int follow;               /* of follow_begin, -1: none */
	uint64_t spin_ns;         /* how long rings are looked at before sleeping */
	uint64_t until_ns;        /* of CLOCK_MONOTONIC; 0: no end */
	uint64_t extend_ns;       /* until_ns is so long after the last one that came */
	bool once;                /* ends with the first front-end */
	struct session *sessions[SESSIONS];
	uint64_t count;
	uint64_t looked_ns; /* at the size of the disk */
	bool done;
	/* Told of each front-end that has left. Returns 0, or a status that ends it. */
	int (*left)(struct server *srv, const struct session *s);
	void *arg;
};

/* Adds a connection: its fd is taken in any case. */
void server_join(struct server *srv, int fd) NONNULL(1);

/* Serves until it is told to end. Returns a status or -errno. */
MUST_CHECK int server_run(struct server *srv) NONNULL(1);

#endif
