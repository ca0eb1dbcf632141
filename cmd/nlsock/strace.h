/* SPDX-License-Identifier: GPL-2.0-or-later */
/* strace.h - the datagrams in what strace(1) printed. Pure. */
#ifndef NLSOCK_STRACE_H
#define NLSOCK_STRACE_H

#include "buf.h"

/* One that a call sent or received; what was only looked at (MSG_PEEK) is none. */
struct strace_frame {
	size_t at, n; /* in strace.bytes */
	int protocol; /* -1: the socket's call is not there */
	bool out;
};

struct strace {
	struct buf bytes;
	struct buf frames;   /* of struct strace_frame */
	size_t decoded, cut; /* calls whose bytes strace did not print, or not all */
};

/*
 * Reads n bytes of text. Bytes are taken from dumps (-e read, -e write), which are whole,
 * else from the strings of read, write, send and recv and their like, the buffers of one
 * call joined; those on other sockets and files are left out where it can be known. Lines
 * may have a pid, times, and be interleaved (-f). Returns whether it is output of strace
 * at all; s is to be freed in any case.
 */
bool strace_read(struct strace *s, const char *p, size_t n) NONNULL(1);
void strace_free(struct strace *s) NONNULL(1);

#endif
