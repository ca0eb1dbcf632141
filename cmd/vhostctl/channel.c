/* SPDX-License-Identifier: GPL-2.0-or-later */
/* channel.c - the back-end's own channel, on which it asks the front-end. */
#include "channel.h"

#include "fd.h"

#include <errno.h>
#include <sys/socket.h>

void channel_init(struct channel *ch)
{
	ch->conn = (struct conn){ .fd = -1 };
	message_begin(&ch->rx);
	ch->refused = 0;
}

int channel_take(struct channel *ch, int fd)
{
	int type;
	socklen_t n = sizeof(type);

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n) || type != SOCK_STREAM ||
	    fd_nonblock(fd))
		return -ENOTSOCK;
	channel_close(ch);
	ch->conn.fd = fd;
	return 0;
}

void channel_close(struct channel *ch)
{
	message_close(&ch->rx);
	message_begin(&ch->rx);
	conn_close(&ch->conn);
}

void channel_send(struct channel *ch, uint32_t request, bool ack, const void *body,
		  size_t n, int fd)
{
	struct msg_header h = { .request = request,
				.flags = MSG_VERSION | (ack ? MSG_NEED_REPLY : 0),
				.size = (uint32_t)n };
	uint8_t head[MSG_HEADER];
	struct iovec parts[] = { { head, MSG_HEADER }, { (void *)(uintptr_t)body, n } };
	size_t done = 0;

	if (ch->conn.fd < 0)
		return;
	msg_encode(head, &h);
	if (conn_send(&ch->conn, parts, COUNT(parts), &fd, fd >= 0, &done, 0))
		channel_close(ch);
}

void channel_read(struct channel *ch)
{
	uint64_t v;

	while (ch->conn.fd >= 0) {
		enum conn_end end = conn_receive(&ch->conn, &ch->rx, 0);
		struct bytes body = { (const char *)ch->rx.body, ch->rx.h.size };

		if (end == CONN_RETRY)
			return;
		if (end != CONN_DONE) {
			channel_close(ch);
			return;
		}
		ch->refused += !msg_u64(body, &v) && v;
		message_close(&ch->rx);
		message_begin(&ch->rx);
	}
}
