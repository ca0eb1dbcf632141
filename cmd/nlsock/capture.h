/* SPDX-License-Identifier: GPL-2.0-or-later */
/* capture.h - datagrams from a file: pcap, strace, hex, \xHH strings, bytes. Pure. */
#ifndef NLSOCK_CAPTURE_H
#define NLSOCK_CAPTURE_H

#include "input.h"
#include "strace.h"

struct frame {
	int protocol; /* -1: the file does not say */
	bool out;     /* sent to the kernel; only pcap and strace say */
	uint64_t wall_ns;
	struct bytes data;
};

struct capture {
	struct bytes all;
	struct buf bytes; /* what text was turned into; of a pcap the last datagram */
	size_t at;
	bool pcap, text, swapped, nano, done; /* text: of strace */
	struct strace strace;
};

/*
 * Looks at n bytes, which must outlive it: a pcap of LINKTYPE_NETLINK (253), output of
 * strace, text with quoted \xHH bytes, hex, else bytes as they are. Returns 0, -EINVAL
 * with *fault filled, or -ENOMEM.
 */
MUST_CHECK int capture_open(struct capture *c, const char *p, size_t n,
			    struct input_fault *fault) NONNULL(1, 4);
/* The next datagram, valid until the one after. Returns 1, 0 at the end, -ENOMEM, or
 * -EINVAL with *fault filled. */
MUST_CHECK int capture_next(struct capture *c, struct frame *f, struct input_fault *fault)
	NONNULL(1, 2, 3);
void capture_close(struct capture *c) NONNULL(1);

#endif
