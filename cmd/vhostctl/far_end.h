/* SPDX-License-Identifier: GPL-2.0-or-later */
/* far_end.h - the socket at the other end of ours, whoever has it: is it still open? */
#ifndef VHOSTCTL_FAR_END_H
#define VHOSTCTL_FAR_END_H

#include "util.h"

/*
 * The inode of the socket that the Unix socket fd is connected to, as sock_diag(7) tells
 * (UNIX_DIAG_PEER of linux/unix_diag.h). Returns 0; -ENOENT where it is closed; -errno
 * where the kernel does not tell.
 */
MUST_CHECK int far_end_of(int fd, uint32_t *inode) NONNULL(2);

/* Whether a Unix socket of this inode is open. True where the kernel says so only. */
bool far_end_open(uint32_t inode);

#endif
