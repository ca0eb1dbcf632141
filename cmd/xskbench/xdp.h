/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xdp.h - the XDP programs: in front of a receiving socket, as a sink, as a source. */
#ifndef XSKBENCH_XDP_H
#define XSKBENCH_XDP_H

#include "counts.h"
#include "diag.h"
#include "shared.h"

enum attach { ATTACH_DRV, ATTACH_SKB };
enum xdp_job { XDP_RECEIVE, XDP_COUNT, XDP_GENERATE };

/* How a program came to be attached. */
enum attached { ATTACHED_LINK, ATTACHED_DISPATCHER, ATTACHED_ALONE };

/* Program and link are held by file descriptor: both are gone whenever we are. */
struct xdp {
	struct programs *skel; /* NULL: not in use */
	int link;              /* -1 where libxdp has attached it */
	struct shared shared;  /* by libxdp */
	int prog;              /* file descriptor of the loaded program, owned by skel */
};

struct xdp_config {
	enum xdp_job job;
	enum attach mode;
	int ifindex;    /* to attach to; of XDP_GENERATE where it sends to */
	uint32_t size;  /* of a packet, bytes */
	bool verify;    /* XDP_COUNT looks into the packets */
	bool fixed;     /* their pattern is that of number 0 in all */
	bool libxdp;    /* attach beside others, where libxdp can */
	bool any;       /* others' packets too */
	bool frags;     /* the program takes packets of several buffers */
	uint32_t queue; /* XDP_RECEIVE: the socket's */
	int xsk_fd;     /* XDP_RECEIVE: the socket */
	uint64_t rate;  /* XDP_GENERATE: packets a second at most, 0 for no limit */
	uint64_t limit; /* XDP_GENERATE: packets that will be made, 0 for no end */
};

/*
 * Loads the program of the job and, but for XDP_GENERATE, attaches it to an interface of
 * this thread's network namespace. Returns 0, or STATUS_FAILED after saying what was
 * refused; nothing is left then.
 */
MUST_CHECK int xdp_open(struct xdp *x, const struct xdp_config *c, const struct diag *d)
	NONNULL(1, 2, 3);
/* The same without a word: returns 0 or -errno, and in *what what failed. */
MUST_CHECK int xdp_try(struct xdp *x, const struct xdp_config *c, const char **what)
	NONNULL(1, 2, 3);
void xdp_close(struct xdp *x) NONNULL(1);

/* How it was attached; ATTACHED_LINK where it is not. */
enum attached xdp_attached(const struct xdp *x) NONNULL(1);

/* What the program has counted so far; all zero where there is none. */
struct counts xdp_counts(const struct xdp *x) NONNULL(1);

#endif
