/* SPDX-License-Identifier: GPL-2.0-or-later */
/* channel.h - the back-end's own channel, on which it asks the front-end. */
#ifndef VHOSTCTL_CHANNEL_H
#define VHOSTCTL_CHANNEL_H

#include "conn.h"

/* Requests of the back-end ("Back-end message types"). */
enum {
	CHANNEL_CONFIG_CHANGE = 2,
	CHANNEL_VRING_CALL = 4,
	CHANNEL_VRING_ERR = 5,
	CHANNEL_SHMEM_MAP = 9,
};

struct channel {
	struct conn conn; /* fd -1: there is none */
	struct message rx;
	uint64_t refused; /* requests that were answered by a failure */
};

void channel_init(struct channel *ch) NONNULL(1);

/* Takes the fd of SET_BACKEND_REQ_FD, in place of an older one. Returns 0, or -ENOTSOCK
 * where it is no stream socket: then the fd stays the caller's. */
MUST_CHECK int channel_take(struct channel *ch, int fd) NONNULL(1);
void channel_close(struct channel *ch) NONNULL(1);

/* Sends a request; with `ack` the front-end shall answer. One that does not read loses
 * the channel, we do not wait. fd -1: none goes along, else it stays the caller's. */
void channel_send(struct channel *ch, uint32_t request, bool ack, const void *body,
		  size_t n, int fd) NONNULL(1);

/* Reads the answers that are there. */
void channel_read(struct channel *ch) NONNULL(1);

#endif
