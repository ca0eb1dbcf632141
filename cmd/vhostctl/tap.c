/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tap.c - the queues between two others: following the messages that set them up. */
#include "tap.h"

#include "clock.h"
#include "tap_packed.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/virtio_config.h>
#include <stdlib.h>
#include <unistd.h>

/* Payloads as the wire has them (vhost-user.rst, "Message payloads"). */
struct state {
	uint32_t index, num;
};
struct addr {
	uint32_t index, flags;
	uint64_t desc, used, avail, log;
};

static bool load(void *to, size_t size, struct bytes body)
{
	if (body.n < size)
		return false;
	memcpy(to, body.p, size);
	return true;
}

struct tap *tap_new(void)
{
	struct tap *t = calloc(1, sizeof(*t));

	for (size_t i = 0; t && i < TAP_RINGS; i++) {
		t->rings[i].kick = t->rings[i].call = -1;
		t->rings[i].q.guest = &t->guest;
	}
	if (t)
		t->guest.read_only = true;
	return t;
}

void tap_stop(struct tap *t, size_t index)
{
	struct tap_ring *r = &t->rings[index];

	r->started = r->ended = false;
	vq_unmap(&r->q);
	fd_close(&r->kick);
}

void tap_free(struct tap *t)
{
	for (size_t i = 0; t && i < TAP_RINGS; i++) {
		tap_stop(t, i);
		fd_close(&t->rings[i].call);
	}
	if (t)
		guest_clear(&t->guest);
	free(t);
}

static void map_ring(struct tap_ring *r)
{
	if (!r->q.size || vq_map(&r->q))
		vq_unmap(&r->q);
}

static void remap(struct tap *t)
{
	for (size_t i = 0; i < t->nrings; i++)
		if (t->rings[i].started)
			map_ring(&t->rings[i]);
}

static void add_regions(struct tap *t, struct bytes body, uint32_t n,
			const struct sighting *s, struct event *e)
{
	for (uint32_t i = 0; i < n; i++) {
		struct guest_area a;
		struct bytes at = { body.p + i * sizeof(a), body.n - i * sizeof(a) };
		int err = -EBADF;

		if (!load(&a, sizeof(a), at))
			return;
		if (i < s->fds.n)
			err = guest_add(&t->guest, &a, s->kept[i]);
		if (err)
			event_note(e, "region %u can't be looked at: %s", i,
				   strerror(-err));
	}
}

static void set_memory(struct tap *t, struct bytes body, const struct sighting *s,
		       struct event *e)
{
	uint32_t n;

	/* None is how the memory of a post-copy is acknowledged. */
	if (!load(&n, sizeof(n), body) || body.n < 8 || !n)
		return;
	guest_clear(&t->guest);
	add_regions(t, (struct bytes){ body.p + 8, body.n - 8 }, n, s, e);
	remap(t);
}

/* 8 bytes of padding, then the region. */
static void change_memory(struct tap *t, uint32_t request, struct bytes body,
			  const struct sighting *s, struct event *e)
{
	struct guest_area a;
	struct bytes region = { body.p + 8, body.n - 8 };

	if (body.n < 8 || !load(&a, sizeof(a), region))
		return;
	if (request == VU_ADD_MEM_REG)
		add_regions(t, region, 1, s, e);
	else if (guest_remove(&t->guest, &a))
		event_note(e, "no such region was shared");
	remap(t);
}

static void begin_split(struct tap_ring *r)
{
	uint16_t base = (uint16_t)r->base;

	r->avail = r->used = base;
	/* What was in flight when an earlier back-end died comes before the base. */
	if ((uint16_t)(r->q.used->idx - base) > UINT16_MAX / 2)
		r->used = r->q.used->idx;
}

/* Both places with their wrap counters, as SET_VRING_BASE has them. */
static void begin_packed(struct tap_ring *r)
{
	struct vq *q = &r->q;

	vq_set_base(q, r->base);
	vq_mend_base(q);
	if (q->next >= q->size || q->done >= q->size) {
		vq_unmap(q);
		return;
	}
	r->place = vq_place(q, q->next, q->next_wrap);
	r->ahead = (r->place + 2U * q->size - vq_place(q, q->done, q->done_wrap)) %
		   (2U * q->size);
}

static void start(struct tap *t, size_t index)
{
	struct tap_ring *r = &t->rings[index];

	if (r->started)
		return;
	t->nrings = MAX(t->nrings, index + 1);
	r->started = true;
	r->q.packed = t->features & BIT(VIRTIO_F_RING_PACKED);
	r->q.physical = t->protocol & BIT(VU_F_GPA_ADDRESSES);
	if (!(t->features & BIT(VU_F_PROTOCOL_FEATURES)))
		r->enabled = true; /* there is no request to do so */
	map_ring(r);
	r->made = r->given = r->ahead = r->told_made = r->fastest = 0;
	r->sure_ns = r->sure_made = 0;
	r->mark = UINT32_MAX;
	r->told_given = some_u64(0);
	r->unsure = r->lost = false;
	if (vq_mapped(&r->q) && r->q.packed)
		begin_packed(r);
	else if (vq_mapped(&r->q))
		begin_split(r);
	r->moved_ns = r->told_ns = r->looked_ns = clock_mono_ns();
}

static void set_addr(struct tap *t, struct bytes body)
{
	struct addr v;
	struct tap_ring *r;

	if (!load(&v, sizeof(v), body) || v.index >= TAP_RINGS)
		return;
	r = &t->rings[v.index];
	r->q.addr = (struct vq_addr){ v.desc, v.used, v.avail };
	if (r->started)
		map_ring(r);
}

static void set_fd(struct tap *t, uint32_t request, struct bytes body,
		   const struct sighting *s)
{
	struct tap_ring *r;
	uint64_t v;
	int *fd;

	if (!load(&v, sizeof(v), body))
		return;
	r = &t->rings[v & 0xff];
	fd = request == VU_SET_VRING_KICK ? &r->kick : &r->call;
	fd_close(fd);
	if (!(v & BIT(8)) && s->fds.n && s->fds.v[0].kind == FD_EVENTFD)
		*fd = fcntl(s->kept[0], F_DUPFD_CLOEXEC, 0);
	if (request == VU_SET_VRING_KICK)
		start(t, v & 0xff);
}

static void set_state(struct tap *t, uint32_t request, struct bytes body)
{
	struct tap_ring *r;
	struct state v;

	if (!load(&v, sizeof(v), body) || v.index >= TAP_RINGS)
		return;
	r = &t->rings[v.index];
	switch (request) {
	case VU_SET_VRING_NUM:
		r->q.size = v.num <= VQ_SIZE_MAX ? (uint16_t)v.num : 0;
		if (r->started)
			map_ring(r);
		break;
	case VU_SET_VRING_BASE:
		r->base = v.num;
		break;
	case VU_SET_VRING_ENABLE:
		r->enabled = v.num;
		break;
	case VU_VRING_KICK:
		start(t, v.index);
		break;
	}
}

/* Whether there were any that ran. */
static bool end_all(struct tap *t)
{
	for (size_t i = 0; i < t->nrings; i++)
		t->rings[i].ended = t->rings[i].started;
	return tap_runs(t);
}

/* Whether it ends rings. */
static bool follow_request(struct tap *t, uint32_t request, struct bytes body,
			   const struct sighting *s, struct event *e)
{
	uint64_t status;

	switch (request) {
	case VU_SET_FEATURES:
		load(&t->features, sizeof(t->features), body);
		break;
	case VU_SET_PROTOCOL_FEATURES:
		load(&t->protocol, sizeof(t->protocol), body);
		break;
	case VU_SET_MEM_TABLE:
		set_memory(t, body, s, e);
		break;
	case VU_ADD_MEM_REG:
	case VU_REM_MEM_REG:
		change_memory(t, request, body, s, e);
		break;
	case VU_SET_VRING_ADDR:
		set_addr(t, body);
		break;
	case VU_SET_VRING_KICK:
	case VU_SET_VRING_CALL:
		set_fd(t, request, body, s);
		break;
	case VU_SET_VRING_NUM:
	case VU_SET_VRING_BASE:
	case VU_SET_VRING_ENABLE:
	case VU_VRING_KICK:
		set_state(t, request, body);
		break;
	case VU_SET_STATUS:
		return load(&status, sizeof(status), body) && !status && end_all(t);
	case VU_RESET_DEVICE:
		return end_all(t);
	}
	return false;
}

bool tap_heeds(const struct sighting *s)
{
	struct msg_header h;

	if (s->channel != CHANNEL_MAIN || s->bytes.n < MSG_HEADER ||
	    msg_decode((const uint8_t *)s->bytes.p, &h))
		return false;
	if (s->from_backend)
		return h.request == VU_GET_VRING_BASE;
	return s->bytes.n > MSG_HEADER || h.request == VU_RESET_DEVICE;
}

bool tap_message(struct tap *t, const struct sighting *s, struct event *e)
{
	struct bytes body = { s->bytes.p + MSG_HEADER, s->bytes.n - MSG_HEADER };
	struct msg_header h;
	struct tap_ring *r;
	struct state v;

	if (s->channel != CHANNEL_MAIN || s->bytes.n < MSG_HEADER)
		return false;
	if (msg_decode((const uint8_t *)s->bytes.p, &h) || body.n != h.size)
		return false;
	if (!s->from_backend)
		return follow_request(t, h.request, body, s, e);
	if (h.request != VU_GET_VRING_BASE || !load(&v, sizeof(v), body) ||
	    v.index >= TAP_RINGS)
		return false;
	r = &t->rings[v.index];
	r->base = v.num; /* from there it would go on */
	r->ended = r->started;
	return r->ended;
}
