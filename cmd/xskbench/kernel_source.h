/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kernel_source.h - a thread in which the kernel itself makes and sends packets. */
#ifndef XSKBENCH_KERNEL_SOURCE_H
#define XSKBENCH_KERNEL_SOURCE_H

#include "worker.h"
#include "xdp.h"

/* With a rate the program waits, with softirqs off, up to this long for each packet. */
enum { KERNEL_WAIT_NS = 100000, KERNEL_RATE_LEAST = 1000000000 / KERNEL_WAIT_NS };

struct kernel_source {
	struct worker w;
	int netns;      /* that of the sending interface, -1: where all threads are */
	int prog;       /* XDP_GENERATE, which redirects to it */
	uint64_t limit; /* packets to send, 0 for no limit */
	int done_fd;    /* eventfd(2) that it writes when it ends by itself */
};

/*
 * Runs the program over live frames (BPF_PROG_TEST_RUN, Linux 5.18) until the limit or
 * kernel_source_stop(). The program counts what it has sent, and times it. Returns 0 or
 * -errno.
 */
MUST_CHECK int kernel_source_start(struct kernel_source *s) NONNULL(1);

/* Runs it for n packets in this thread's namespace. Returns 0 or -errno. */
MUST_CHECK int kernel_source_run(int prog, const struct packet_form *form, uint32_t n)
	NONNULL(2);

/* Ends the system call by a signal (SIGURG, which is otherwise ignored), and waits. */
void kernel_source_stop(struct kernel_source *s) NONNULL(1);

#endif
