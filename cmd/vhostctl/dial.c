/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dial.c - how to come to a back-end: connect to it, or wait until it connects to us. */
#include "dial.h"

#include "clock.h"

#include <errno.h>
#include <poll.h>
#include <time.h>

int dial_open(struct dial *d, const struct diag *diag, const char *path, bool listens)
{
	*d = (struct dial){ .path = path, .listens = listens, .listener = { .fd = -1 } };
	return listens ? listener_open(&d->listener, diag, path) : 0;
}

void dial_close(struct dial *d)
{
	if (d->listens)
		listener_close(&d->listener);
}

int dial_connect(const struct dial *d, struct conn *c, uint64_t deadline_ns)
{
	if (!d->listens)
		return conn_open(c, d->path, deadline_ns);
	*c = (struct conn){ .fd = -1 };
	while (true) {
		struct pollfd p = { .fd = d->listener.fd, .events = POLLIN };
		uint64_t now = clock_mono_ns(),
			 left = deadline_ns > now ? deadline_ns - now : 0;
		struct timespec t = { .tv_sec = (time_t)(left / 1000000000),
				      .tv_nsec = (long)(left % 1000000000) };
		int fd = listener_accept(&d->listener);

		if (fd >= 0) {
			c->fd = fd;
			return 0;
		}
		if (fd != -EAGAIN && fd != -ECONNABORTED && fd != -EINTR)
			return fd;
		if (!left)
			return -ETIMEDOUT;
		if (ppoll(&p, 1, &t, NULL) < 0 && errno != EINTR)
			return -errno;
	}
}
