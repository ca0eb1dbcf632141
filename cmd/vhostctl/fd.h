/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fd.h - file descriptors that ride on messages: what they are, and making some. */
#ifndef VHOSTCTL_FD_H
#define VHOSTCTL_FD_H

#include "tree.h"

enum fd_kind {
	FD_OTHER,
	FD_MEMFD,
	FD_EVENTFD,
	FD_SOCKET,
	FD_PIPE,
	FD_FILE,
	FD_DEVICE,
	FD_USERFAULTFD,
};

extern const struct names fd_kind_names;

enum { FD_NAME = 64 };

struct fd_info {
	uint8_t kind; /* enum fd_kind */
	uint64_t size_bytes;
	char name[FD_NAME]; /* of a memfd, path of a file, cut at its end; "" for none */
};

/* Looks what fd is (fstat(2), /proc/self/fd). */
void fd_describe(int fd, struct fd_info *info) NONNULL(2);

/* Closes it unless it is -1, which it becomes. */
void fd_close(int *fd) NONNULL(1);

/* So that nobody waits in it, whatever it is. Returns 0 or -errno. */
MUST_CHECK int fd_nonblock(int fd);

/* Those of one message. */
struct fd_list {
	const struct fd_info *v;
	size_t n;
};

/* Writes a struct fd_list as an array. The form of struct nest's emit. */
void fd_emit(struct tree *t, const void *list) NONNULL(1, 2);

/*
 * Makes one by a word: memfd:SIZE (zeros), eventfd, socket (one end of a pair, the other
 * is closed), null, or a path, opened for reading and writing, else for reading. Returns
 * the fd (close-on-exec) or -errno.
 */
MUST_CHECK int fd_make(const char *word) NONNULL(1);

#endif
