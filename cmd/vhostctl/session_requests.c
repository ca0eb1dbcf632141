/* SPDX-License-Identifier: GPL-2.0-or-later */
/* session_requests.c - what each request of a front-end does. */
#include "session.h"
#include "spec.h"

#include <errno.h>
#include <linux/vhost_types.h>
#include <unistd.h>

static int get_features(struct session *s, struct bytes body, struct buf *reply)
{
	(void)body;
	buf_add(reply, &s->backend->features, 8);
	return 0;
}

static int set_features(struct session *s, struct bytes body, struct buf *reply)
{
	uint64_t v;

	(void)reply;
	memcpy(&v, body.p, sizeof(v));
	if (v & ~s->backend->features)
		return -EINVAL;
	s->client.features = v;
	s->features_set = true;
	s->dirty.on = v & BIT(VHOST_F_LOG_ALL);
	return 0;
}

static int get_protocol_features(struct session *s, struct bytes body, struct buf *reply)
{
	(void)body;
	buf_add(reply, &s->backend->protocol, 8);
	return 0;
}

static int set_protocol_features(struct session *s, struct bytes body, struct buf *reply)
{
	uint64_t v;

	(void)reply;
	memcpy(&v, body.p, sizeof(v));
	if (v & ~s->backend->protocol)
		return -EINVAL;
	/* In-band notifications stand on both (vhost-user.rst). */
	if (v & BIT(VU_F_INBAND_NOTIFICATIONS) &&
	    (~v & BIT(VU_F_BACKEND_REQ) || ~v & BIT(VU_F_REPLY_ACK)))
		return -EINVAL;
	s->protocol = v;
	return 0;
}

static int nothing(struct session *s, struct bytes body, struct buf *reply)
{
	(void)s;
	(void)body;
	(void)reply;
	return 0;
}

static int reset(struct session *s, struct bytes body, struct buf *reply)
{
	(void)body;
	(void)reply;
	session_reset_rings(s);
	session_drop_inflight(s);
	s->status = 0;
	memcpy(s->client.config, s->backend->dev.config, sizeof(s->client.config));
	return 0;
}

static int get_number(struct buf *reply, uint64_t v)
{
	buf_add(reply, &v, sizeof(v));
	return 0;
}

static int get_queue_num(struct session *s, struct bytes body, struct buf *reply)
{
	(void)body;
	return get_number(reply, s->backend->dev.queues);
}

static int get_slots(struct session *s, struct bytes body, struct buf *reply)
{
	(void)s;
	(void)body;
	return get_number(reply, GUEST_REGIONS);
}

static int get_status(struct session *s, struct bytes body, struct buf *reply)
{
	(void)body;
	return get_number(reply, s->status);
}

static int set_status(struct session *s, struct bytes body, struct buf *reply)
{
	uint64_t v;

	(void)reply;
	memcpy(&v, body.p, sizeof(v));
	if (v > 0xff)
		return -EINVAL;
	/* QEMU asks for the bases afterwards, and goes on from there. */
	if (!v)
		session_stop_rings(s);
	s->status = v;
	return 0;
}

/* All fds come with the message, one for each region (vhost-user.rst, "Memory regions
 * description"); what was shared before is forgotten. */
static int set_mem_table(struct session *s, struct bytes body, struct buf *reply)
{
	uint32_t n;
	int err = 0;

	(void)reply;
	memcpy(&n, body.p, sizeof(n));
	if (!n || n > CONN_FDS || body.n < 8 + n * sizeof(struct guest_area) ||
	    s->rx.nfds != n)
		return -EINVAL;
	guest_clear(&s->guest);
	for (uint32_t i = 0; i < n && !err; i++) {
		struct guest_area a;

		memcpy(&a, body.p + 8 + i * sizeof(a), sizeof(a));
		err = guest_add(&s->guest, &a, s->rx.fds[i]);
	}
	if (err)
		guest_clear(&s->guest);
	message_close(&s->rx);
	session_remap(s);
	return err;
}

static int add_region(struct session *s, struct bytes body, struct buf *reply)
{
	struct guest_area a;
	int err;

	(void)reply;
	memcpy(&a, body.p + 8, sizeof(a));
	err = guest_add(&s->guest, &a, s->rx.fds[0]);
	message_close(&s->rx);
	return err;
}

static int remove_region(struct session *s, struct bytes body, struct buf *reply)
{
	struct guest_area a;
	int err;

	(void)reply;
	memcpy(&a, body.p + 8, sizeof(a));
	err = guest_remove(&s->guest, &a);
	message_close(&s->rx); /* older front-ends send one */
	if (!err)
		session_remap(s);
	return err;
}

/* A part that the device does not have is refused by a reply without payload. */
static int get_config(struct session *s, struct bytes body, struct buf *reply)
{
	uint32_t v[3]; /* offset, size, flags */

	memcpy(v, body.p, sizeof(v));
	if (!v[1] || v[0] > s->backend->dev.config_size ||
	    v[1] > s->backend->dev.config_size - v[0])
		return 0;
	buf_add(reply, v, sizeof(v));
	buf_add(reply, s->client.config + v[0], v[1]);
	return 0;
}

/* Of the flags: 1 is the value that QEMU's vhost-backend.h has; others take it for a bit
 * mask, in which it is 2. */
enum { MIGRATION = 1 | 2 };

static int set_config(struct session *s, struct bytes body, struct buf *reply)
{
	const struct vdev *d = &s->backend->dev;
	uint32_t v[3];

	(void)reply;
	memcpy(v, body.p, sizeof(v));
	if (body.n != CONFIG_HEADER + (size_t)v[1] || v[0] > CONFIG_MAX ||
	    v[1] > CONFIG_MAX - v[0])
		return -EINVAL;
	/* A migration brings all of it; only what the driver could change is taken. */
	for (uint32_t i = 0; i < v[1]; i++) {
		bool may = d->ops->may_write && d->ops->may_write(d, v[0] + i, 1);

		if (!may && !(v[2] & MIGRATION))
			return -EPERM;
		if (may)
			s->client.config[v[0] + i] = (uint8_t)body.p[CONFIG_HEADER + i];
	}
	return 0;
}

static int set_log_base(struct session *s, struct bytes body, struct buf *reply)
{
	(void)reply;
	return session_set_log_base(s, body);
}

static int set_log_fd(struct session *s, struct bytes body, struct buf *reply)
{
	(void)body;
	(void)reply;
	return session_set_log_fd(s);
}

static int set_channel(struct session *s, struct bytes body, struct buf *reply)
{
	int fd = session_take_fd(s), err = channel_take(&s->channel, fd);

	(void)body;
	(void)reply;
	if (err)
		close(fd);
	return err;
}

#define RING(name)                                                               \
	static int name(struct session *s, struct bytes body, struct buf *reply) \
	{                                                                        \
		(void)reply;                                                     \
		return session_##name(s, body);                                  \
	}
RING(vring_num)
RING(vring_addr)
RING(vring_base)
RING(vring_fd)
RING(vring_enable)
RING(vring_kick)
RING(set_inflight)
#undef RING

static session_handler *const handlers[] = {
	[VU_GET_FEATURES] = get_features,
	[VU_SET_FEATURES] = set_features,
	[VU_SET_OWNER] = nothing,
	[VU_RESET_OWNER] = nothing,
	[VU_SET_MEM_TABLE] = set_mem_table,
	[VU_SET_LOG_BASE] = set_log_base,
	[VU_SET_LOG_FD] = set_log_fd,
	[VU_SET_VRING_NUM] = vring_num,
	[VU_SET_VRING_ADDR] = vring_addr,
	[VU_SET_VRING_BASE] = vring_base,
	[VU_GET_VRING_BASE] = session_get_vring_base,
	[VU_SET_VRING_KICK] = vring_fd,
	[VU_SET_VRING_CALL] = vring_fd,
	[VU_SET_VRING_ERR] = vring_fd,
	[VU_GET_PROTOCOL_FEATURES] = get_protocol_features,
	[VU_SET_PROTOCOL_FEATURES] = set_protocol_features,
	[VU_GET_QUEUE_NUM] = get_queue_num,
	[VU_SET_VRING_ENABLE] = vring_enable,
	[VU_NET_SET_MTU] = nothing,
	[VU_SET_BACKEND_REQ_FD] = set_channel,
	[VU_GET_CONFIG] = get_config,
	[VU_SET_CONFIG] = set_config,
	[VU_GET_INFLIGHT_FD] = session_get_inflight,
	[VU_SET_INFLIGHT_FD] = set_inflight,
	[VU_RESET_DEVICE] = reset,
	[VU_VRING_KICK] = vring_kick,
	[VU_GET_MAX_MEM_SLOTS] = get_slots,
	[VU_ADD_MEM_REG] = add_region,
	[VU_REM_MEM_REG] = remove_region,
	[VU_SET_STATUS] = set_status,
	[VU_GET_STATUS] = get_status,
	[VU_SET_DEVICE_STATE_FD] = session_set_state_fd,
	[VU_CHECK_DEVICE_STATE] = session_check_state,
	[VU_GET_SHMEM_CONFIG] = session_shmem_config,
};

session_handler *session_handles(uint32_t request)
{
	return request < COUNT(handlers) ? handlers[request] : NULL;
}
