/* SPDX-License-Identifier: GPL-2.0-or-later */
/* session.c - one front-end that we serve: its messages, memory and rings. */
#include "session.h"

#include "clock.h"
#include "fd.h"
#include "spec.h"

#include <errno.h>
#include <linux/vhost_types.h>
#include <linux/virtio_config.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
	MESSAGES_AT_ONCE = 64, /* then it is the others' turn */
	BUFFERS_AT_ONCE = 256,
	POLLED_NS = 500000, /* a ring without a kick is looked at so often */
};

void backend_offer(struct backend *b)
{
	b->features = b->dev.features | BIT(VIRTIO_F_VERSION_1) |
		      BIT(VIRTIO_F_RING_PACKED) | BIT(VIRTIO_RING_F_INDIRECT_DESC) |
		      BIT(VIRTIO_RING_F_EVENT_IDX) | BIT(VU_F_PROTOCOL_FEATURES) |
		      BIT(VHOST_F_LOG_ALL);
	b->protocol = BIT(VU_F_MQ) | BIT(VU_F_LOG_SHMFD) | BIT(VU_F_REPLY_ACK) |
		      BIT(VU_F_BACKEND_REQ) | BIT(VU_F_RESET_DEVICE) |
		      BIT(VU_F_INBAND_NOTIFICATIONS) | BIT(VU_F_CONFIGURE_MEM_SLOTS) |
		      BIT(VU_F_STATUS) | BIT(VU_F_DEVICE_STATE) | BIT(VU_F_SHMEM);
	if (b->dev.config_size)
		b->protocol |= BIT(VU_F_CONFIG);
	if (b->dev.can_resume)
		b->protocol |= BIT(VU_F_INFLIGHT_SHMFD);
}

void backend_settle(struct backend *b)
{
	const uint64_t inband = BIT(VU_F_BACKEND_REQ) | BIT(VU_F_REPLY_ACK);

	if (!(b->features & BIT(VU_F_PROTOCOL_FEATURES)))
		b->protocol = 0;
	if ((b->protocol & inband) != inband)
		b->protocol &= ~BIT(VU_F_INBAND_NOTIFICATIONS);
	if (!(b->protocol & BIT(VU_F_BACKEND_REQ)))
		b->protocol &= ~BIT(VU_F_SHMEM);
}

struct session *session_new(struct backend *b, int fd, uint64_t number)
{
	struct session *s = calloc(1, sizeof(*s));
	struct queue *rings = calloc(b->dev.rings, sizeof(*rings));

	if (!s || !rings) {
		free(s);
		free(rings);
		close(fd);
		return NULL;
	}
	s->backend = b;
	s->number = number;
	s->start_ns = clock_mono_ns();
	s->conn.fd = fd;
	s->transfer.fd = s->shmem = s->log_fd = -1;
	s->client = (struct vdev_client){ .rings = rings,
					  .nrings = b->dev.rings,
					  .chain = &b->chain,
					  .other = &b->other,
					  .faults = { &b->faults, &s->seen,
						      b->ring_faults } };
	memcpy(s->client.config, b->dev.config, sizeof(s->client.config));
	message_begin(&s->rx);
	channel_init(&s->channel);
	for (size_t i = 0; i < b->dev.rings; i++)
		rings[i] =
			(struct queue){ .q = { .guest = &s->guest, .dirty = &s->dirty },
					.kick = -1,
					.call = -1,
					.err = -1 };
	return s;
}

void session_free(struct session *s)
{
	if (!s)
		return;
	session_reset_rings(s);
	session_drop_inflight(s);
	session_drop_log(s);
	guest_clear(&s->guest);
	message_close(&s->rx);
	channel_close(&s->channel);
	outbox_drop(&s->out);
	buf_free(&s->out.bytes);
	buf_free(&s->transfer.loaded);
	fd_close(&s->transfer.fd);
	fd_close(&s->shmem);
	conn_close(&s->conn);
	free(s->client.rings);
	free(s);
}

void session_end(struct session *s, const char *fmt, ...)
{
	va_list args;

	if (s->over)
		return;
	s->over = true;
	va_start(args, fmt);
	vsnprintf(s->why, sizeof(s->why), fmt, args);
	va_end(args);
}

int session_take_fd(struct session *s)
{
	int fd;

	if (!s->rx.nfds)
		return -1;
	fd = s->rx.fds[0];
	memmove(s->rx.fds, s->rx.fds + 1, --s->rx.nfds * sizeof(fd));
	return fd;
}

/* Sends what can be sent now. */
static void flush(struct session *s)
{
	enum conn_end e = outbox_flush(&s->out, &s->conn);

	if (e == CONN_RETRY)
		return;
	if (e != CONN_DONE)
		session_end(s, "it does not take what it is sent");
	else if (s->out.close)
		session_end(s, "closed by %s", s->closed_by);
}

static void receive(struct session *s)
{
	for (int i = 0; i < MESSAGES_AT_ONCE && !s->over && !outbox_waits(&s->out); i++) {
		enum conn_end end = conn_receive(&s->conn, &s->rx, 0);

		if (end == CONN_RETRY)
			return;
		if (end == CONN_DONE) {
			s->messages++;
			session_request(s);
			message_close(&s->rx);
			message_begin(&s->rx);
			if (!s->over)
				flush(s);
		} else if (end == CONN_DISCONNECT) {
			session_end(s, "it has closed the connection");
		} else if (end == CONN_BROKEN) {
			session_end(s, "broken message: %s", s->conn.fault);
		} else {
			session_end(s, "socket failed: %s", strerror(-s->conn.err));
		}
	}
}

static bool takes_kicks(const struct queue *r)
{
	return r->started && r->kick >= 0;
}

size_t session_poll(const struct session *s, struct pollfd *p, uint64_t now,
		    uint64_t *wait_ns)
{
	uint64_t pause_ns = outbox_pause(&s->out, now);
	size_t n = SESSION_FDS;

	/* While an answer waits only its way out matters, and whether anybody is there.
	 */
	p[0] = (struct pollfd){ .fd = s->conn.fd,
				.events = !outbox_waits(&s->out) ? POLLIN
					  : pause_ns             ? 0
								 : POLLOUT };
	p[1] = (struct pollfd){ .fd = s->channel.conn.fd, .events = POLLIN };
	p[2] = (struct pollfd){ .fd = s->transfer.loading ? s->transfer.fd : -1,
				.events = POLLIN };
	if (pause_ns)
		*wait_ns = MIN(*wait_ns, pause_ns);
	for (size_t i = 0; i < s->client.nrings; i++) {
		const struct queue *r = &s->client.rings[i];

		p[n++] = (struct pollfd){ .fd = takes_kicks(r) ? r->kick : -1,
					  .events = POLLIN };
		if (queue_runs(r) && r->polled)
			*wait_ns = MIN(*wait_ns, POLLED_NS);
	}
	return n;
}

/* Takes the count out of the eventfd; what will never be one is not asked again. */
static void take_kick(struct session *s, struct queue *r)
{
	uint64_t count;
	ssize_t n = read(r->kick, &count, sizeof(count));

	if (n > 0 || (n < 0 && errno == EAGAIN)) {
		s->kicks += n > 0;
		r->kicked |= n > 0;
		return;
	}
	close(r->kick);
	r->kick = -1;
	r->polled = r->started;
	r->kicked |= r->polled;
}

void session_move(struct session *s, const struct pollfd *p, size_t n)
{
	for (size_t i = SESSION_FDS; i < n; i++) {
		struct queue *r = &s->client.rings[i - SESSION_FDS];

		if (p[i].revents && takes_kicks(r) && r->kick == p[i].fd)
			take_kick(s, r);
	}
	if (p[1].revents)
		channel_read(&s->channel);
	if (p[2].revents)
		session_load(s);
	if (outbox_waits(&s->out)) {
		flush(s);
		if (p[0].revents & (POLLHUP | POLLERR))
			session_end(s, "it has closed the connection");
	}
	if (!s->over && p[0].revents)
		receive(s);
}

static void signal_fd(int fd)
{
	const uint64_t one = 1;

	/* Full means that it is readable already; a reader that is gone misses nothing.
	 */
	if (fd >= 0 && write(fd, &one, sizeof(one)) < 0)
		return;
}

static void call(struct session *s, size_t i)
{
	struct queue *r = &s->client.rings[i];
	const uint32_t state[] = { (uint32_t)i, 0 };

	if (r->call >= 0)
		signal_fd(r->call);
	else if (s->protocol & BIT(VU_F_INBAND_NOTIFICATIONS))
		channel_send(&s->channel, CHANNEL_VRING_CALL, false, state, sizeof(state),
			     -1);
}

/* It is left as it is: the driver must see what it has done, and start anew. */
static void fail_ring(struct session *s, size_t i, int err)
{
	struct queue *r = &s->client.rings[i];
	const uint32_t state[] = { (uint32_t)i, 0 };

	r->failed = err;
	s->status |= 0x40; /* DEVICE_NEEDS_RESET (virtio 1.3, 2.1) */
	diag_warn(s->backend->diag, "front-end %llu: ring %zu is broken: %s",
		  (unsigned long long)s->number, i,
		  err == -EFAULT   ? "an address outside the shared memory"
		  : err == -E2BIG  ? "a chain of more than 1024 pieces"
		  : err == -EPROTO ? "indices, flags or a request that make no sense"
				   : strerror(-err));
	if (r->err >= 0)
		signal_fd(r->err);
	else if (s->protocol & BIT(VU_F_INBAND_NOTIFICATIONS))
		channel_send(&s->channel, CHANNEL_VRING_ERR, false, state, sizeof(state),
			     -1);
}

static size_t work_on(struct session *s, size_t i)
{
	struct vdev *d = &s->backend->dev;
	struct queue *r = &s->client.rings[i];
	size_t broken = i;
	int done = d->ops->work(d, &s->client, i, BUFFERS_AT_ONCE, &broken);

	if (done && !r->quiet) {
		vq_want_kicks(&r->q, false);
		r->quiet = true;
	}
	if (done < 0)
		fail_ring(s, broken, done);
	return done > 0 ? (size_t)done : 0;
}

size_t session_work(struct session *s)
{
	size_t done = 0;

	for (size_t i = 0; i < s->client.nrings && !s->over; i++)
		if (queue_runs(&s->client.rings[i]))
			done += work_on(s, i);
	for (size_t i = 0; i < s->client.nrings && !s->over; i++)
		if (vq_mapped(&s->client.rings[i].q) &&
		    queue_publish(&s->client.rings[i]))
			call(s, i);
	if (s->dirty.marked && s->log_fd >= 0)
		signal_fd(s->log_fd);
	s->dirty.marked = false;
	if (s->guest.lost)
		session_end(s, "its memory was cut off under us");
	return done;
}

void session_want_kicks(struct session *s)
{
	for (size_t i = 0; i < s->client.nrings; i++) {
		struct queue *r = &s->client.rings[i];

		if (!queue_runs(r))
			continue;
		vq_want_kicks(&r->q, true);
		r->quiet = false;
	}
}

void session_config_changed(struct session *s)
{
	struct vdev *d = &s->backend->dev;

	memcpy(s->client.config, d->config, sizeof(d->sectors));
	channel_send(&s->channel, CHANNEL_CONFIG_CHANGE, false, NULL, 0, -1);
}
