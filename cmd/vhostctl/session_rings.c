/* SPDX-License-Identifier: GPL-2.0-or-later */
/* session_rings.c - requests about rings: size, addresses, fds, start and stop. */
#include "session.h"

#include "fd.h"
#include "spec.h"

#include <errno.h>
#include <linux/vhost_types.h>
#include <linux/virtio_config.h>
#include <sys/mman.h>
#include <unistd.h>

/* The payload of most: a ring's index and a number. */
struct state {
	uint32_t index, num;
};

static struct queue *ring_of(struct session *s, uint64_t index)
{
	return index < s->client.nrings ? &s->client.rings[index] : NULL;
}

static struct queue *state_of(struct session *s, struct bytes body, struct state *to)
{
	memcpy(to, body.p, sizeof(*to));
	return ring_of(s, to->index);
}

static bool has(const struct session *s, unsigned int feature)
{
	return s->client.features & BIT(feature);
}

int session_vring_num(struct session *s, struct bytes body)
{
	struct state v;
	struct queue *r = state_of(s, body, &v);
	bool packed = has(s, VIRTIO_F_RING_PACKED);

	if (!r || !v.num || v.num > VQ_SIZE_MAX || (!packed && v.num & (v.num - 1)))
		return -EINVAL;
	if (r->started)
		return -EBUSY;
	r->q.size = (uint16_t)v.num;
	return 0;
}

int session_vring_addr(struct session *s, struct bytes body)
{
	struct {
		uint32_t index, flags;
		uint64_t desc, used, avail, log;
	} v;
	struct queue *r;
	int err;

	memcpy(&v, body.p, sizeof(v));
	r = ring_of(s, v.index);
	if (!r || v.flags & ~(uint32_t)(1 << VHOST_VRING_F_LOG))
		return -EINVAL;
	r->q.log_used = v.flags;
	r->q.log_addr = v.log;
	r->q.addr = (struct vq_addr){ v.desc, v.used, v.avail };
	r->q.packed = has(s, VIRTIO_F_RING_PACKED);
	err = vq_map(&r->q);
	if (!r->started)
		vq_unmap(&r->q);
	return err;
}

int session_vring_base(struct session *s, struct bytes body)
{
	struct state v;
	struct queue *r = state_of(s, body, &v);

	if (!r)
		return -EINVAL;
	if (r->started)
		return -EBUSY;
	r->q.packed = has(s, VIRTIO_F_RING_PACKED);
	vq_set_base(&r->q, v.num);
	return 0;
}

int session_get_vring_base(struct session *s, struct bytes body, struct buf *reply)
{
	struct state v;
	struct queue *r = state_of(s, body, &v);

	if (!r)
		return -EINVAL;
	v.num = vq_base(&r->q);
	queue_stop(r);
	buf_add(reply, &v, sizeof(v));
	return 0;
}

static int start(struct session *s, struct queue *r, int fd)
{
	int err;

	queue_stop(r);
	r->q.packed = has(s, VIRTIO_F_RING_PACKED);
	r->q.indirect = has(s, VIRTIO_RING_F_INDIRECT_DESC);
	r->q.event_idx = has(s, VIRTIO_RING_F_EVENT_IDX);
	if (!has(s, VU_F_PROTOCOL_FEATURES))
		r->enabled = true; /* there is no request to do so */
	err = queue_start(r, fd < 0 && !(s->protocol & BIT(VU_F_INBAND_NOTIFICATIONS)));
	if (!err)
		r->kick = fd;
	return err;
}

/* SET_VRING_KICK, _CALL and _ERR: the index in bits 0 to 7, bit 8 says that there is
 * none. The front-end may give any file: we must never wait in it. */
int session_vring_fd(struct session *s, struct bytes body)
{
	struct queue *r;
	uint64_t v;
	int fd, *to, err = 0;

	memcpy(&v, body.p, sizeof(v));
	r = ring_of(s, v & 0xff);
	if (!r || v >> 9)
		return -EINVAL;
	fd = session_take_fd(s);
	if (fd >= 0)
		err = fd_nonblock(fd);
	if (!err && s->rx.h.request == VU_SET_VRING_KICK) {
		err = start(s, r, fd);
	} else if (!err) {
		to = s->rx.h.request == VU_SET_VRING_CALL ? &r->call : &r->err;
		fd_close(to);
		*to = fd;
	}
	if (err && fd >= 0)
		close(fd);
	return err;
}

int session_vring_enable(struct session *s, struct bytes body)
{
	struct state v;
	struct queue *r = state_of(s, body, &v);

	if (!r || v.num > 1)
		return -EINVAL;
	/* QEMU's network devices send it before SET_FEATURES. */
	if (!((s->features_set ? s->client.features : s->backend->features) &
	      BIT(VU_F_PROTOCOL_FEATURES)))
		return -EOPNOTSUPP;
	r->enabled = v.num;
	return 0;
}

int session_vring_kick(struct session *s, struct bytes body)
{
	struct state v;
	struct queue *r = state_of(s, body, &v);

	int err;

	if (!r || v.num)
		return -EINVAL;
	/* The kick starts it, where there was no SET_VRING_KICK (virtio_uml sends none).
	 */
	err = r->started ? 0 : start(s, r, -1);
	r->kicked |= r->started;
	s->kicks++;
	return err;
}

void session_reset_rings(struct session *s)
{
	for (size_t i = 0; i < s->client.nrings; i++)
		queue_reset(&s->client.rings[i]);
}

void session_stop_rings(struct session *s)
{
	for (size_t i = 0; i < s->client.nrings; i++) {
		queue_stop(&s->client.rings[i]);
		s->client.rings[i].enabled = false;
	}
}

void session_remap(struct session *s)
{
	for (size_t i = 0; i < s->client.nrings; i++) {
		struct queue *r = &s->client.rings[i];

		if (r->started && vq_map(&r->q) && !r->failed)
			r->failed = -EFAULT;
	}
}

bool session_suspended(const struct session *s)
{
	for (size_t i = 0; i < s->client.nrings; i++)
		if (s->client.rings[i].started)
			return false;
	return true;
}
