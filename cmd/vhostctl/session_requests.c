/* SPDX-License-Identifier: GPL-2.0-or-later */
/* session_requests.c - what a front-end asks, and the answers, right or faulty. */
#include "answers.h"
#include "clock.h"
#include "session.h"
#include "spec_messages.h"

#include <errno.h>
#include <linux/vhost_types.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
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

		if (!may && !(v[2] & 2))
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

typedef int handler(struct session *s, struct bytes body, struct buf *reply);

static handler *const handlers[] = {
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

/* Whether as many fds came as the request has. */
static bool fds_fit(const struct session *s, const struct request_spec *r)
{
	size_t n = s->rx.nfds;
	uint64_t first = 0;

	memcpy(&first, s->rx.body, MIN(s->rx.h.size, sizeof(first)));
	if (s->rx.dropped)
		return false;
	switch ((enum fd_rule)r->fds) {
	case FDS_NONE:
		return !n;
	case FDS_ONE:
		return n == 1;
	case FDS_MAYBE:
		return n <= 1;
	case FDS_RING:
		return n == !(first & BIT(8));
	case FDS_ITEMS:
		return n == (uint32_t)first;
	}
	return false;
}

static bool size_fits(const struct session *s, const struct request_spec *r)
{
	size_t n = s->rx.h.size, want = r->ask->size;

	if (r->ask->items)
		return n >= want;
	/* The padding at the end of its structure is not sent by all. */
	if (r->number == VU_GET_INFLIGHT_FD || r->number == VU_SET_INFLIGHT_FD)
		return n == want || n == want - 4;
	return n == want;
}

/* What is wrong with a request before it is acted on; NULL where nothing is. */
static const char *objection(const struct session *s, const struct request_spec *r)
{
	uint32_t request = s->rx.h.request;

	if (!r || request >= COUNT(handlers) || !handlers[request])
		return "is not known here";
	if ((request == VU_GET_PROTOCOL_FEATURES ||
	     request == VU_SET_PROTOCOL_FEATURES) &&
	    !(s->backend->features & BIT(VU_F_PROTOCOL_FEATURES)))
		return "takes PROTOCOL_FEATURES, which was not offered";
	if (r->gate >= 0 && !(s->protocol & BIT(r->gate)))
		return "takes a protocol feature that was not negotiated";
	if (!size_fits(s, r))
		return "has a payload of the wrong size";
	if (!fds_fit(s, r))
		return "comes with the wrong number of fds";
	return NULL;
}

/* Header and body in the outbox. */
static void put_message(struct session *s, const void *body, size_t n)
{
	const struct msg_header h = { .request = s->rx.h.request,
				      .flags = MSG_VERSION | MSG_REPLY,
				      .size = (uint32_t)n };
	uint8_t head[MSG_HEADER];

	msg_encode(head, &h);
	buf_add(&s->out.bytes, head, sizeof(head));
	buf_add(&s->out.bytes, body, n);
}

static void add_stray_fds(struct outbox *o, size_t n)
{
	for (; n && o->nfds < COUNT(o->fds); n--) {
		int fd = memfd_create("stray", MFD_CLOEXEC);

		if (fd >= 0)
			o->fds[o->nfds++] = fd;
	}
}

static void spoil(struct session *s, uint32_t due)
{
	struct fault_reply r = { .message = &s->out.bytes };

	fault_reply(&s->backend->faults, due, &r);
	s->out.slow = r.slow;
	s->out.close |= r.close;
	if (r.delay_ns)
		s->out.not_before_ns = clock_mono_ns() + r.delay_ns;
	add_stray_fds(&s->out, r.stray_fds);
	if (!r.dropped)
		return;
	s->out.bytes.n = 0;
	while (s->out.nfds)
		close(s->out.fds[--s->out.nfds]);
}

static bool due_is(const struct session *s, uint32_t due, enum fault_kind kind)
{
	return fault_among(&s->backend->faults, due, kind);
}

/* Faults that come before anything else. Whether the request is done with. */
static bool forestall(struct session *s, uint32_t due)
{
	const struct fault *crash = fault_among(&s->backend->faults, due, FAULT_CRASH);

	if (crash) {
		int number = crash->arg.has ? (int)crash->arg.v : SIGSEGV;

		signal(number, SIG_DFL);
		raise(number);
	}
	while (due_is(s, due, FAULT_HANG))
		pause();
	if (due_is(s, due, FAULT_CLOSE))
		session_end(s, "closed by a fault");
	if (due_is(s, due, FAULT_LEAK_FDS))
		s->rx.nfds = 0;
	return s->over || due_is(s, due, FAULT_IGNORE);
}

static bool acts(const struct session *s, uint32_t due)
{
	return !due_is(s, due, FAULT_REFUSE) && !due_is(s, due, FAULT_FALSE_ACK) &&
	       !due_is(s, due, FAULT_ACK_THEN_CLOSE);
}

/* A request that fails is refused where that can be said; else the connection ends. */
static void refuse(struct session *s, const struct request_spec *r, int err,
		   const char *why)
{
	const char *name = name_of(&spec_requests, s->rx.h.request);
	uint64_t failed = err ? (uint64_t)-err : 1;

	if (!*s->refusal)
		snprintf(s->refusal, sizeof(s->refusal), "%s (%u) %s",
			 name ? name : "request", s->rx.h.request, why);
	diag_info(s->backend->diag, "front-end %llu: %s (%u) %s",
		  (unsigned long long)s->number, name ? name : "request", s->rx.h.request,
		  why);
	if (s->rx.h.flags & MSG_NEED_REPLY && s->protocol & BIT(VU_F_REPLY_ACK) &&
	    (!r || !r->reply))
		put_message(s, &failed, sizeof(failed));
	else if (s->rx.h.request == VU_GET_CONFIG)
		put_message(s, NULL, 0);
	else
		session_end(s, "%s (%u) %s", name ? name : "request", s->rx.h.request,
			    why);
}

static void act(struct session *s, const struct request_spec *r, uint32_t due)
{
	const struct bytes body = { (const char *)s->rx.body, s->rx.h.size };
	const char *why = objection(s, r);
	struct buf reply = { 0 };
	const uint64_t ok = 0;
	bool acks;
	int err = 0;

	if (due_is(s, due, FAULT_REFUSE))
		why = "is refused by a fault";
	if (!why && acts(s, due))
		err = handlers[s->rx.h.request](s, body, &reply);
	if (err)
		why = strerror(-err);
	/* As of now: the request that switches acknowledgements on may ask for one. */
	acks = s->rx.h.flags & MSG_NEED_REPLY && s->protocol & BIT(VU_F_REPLY_ACK);
	acks |= due_is(s, due, FAULT_UNASKED);
	if (why)
		refuse(s, r, err, why);
	else if (r->reply)
		put_message(s, reply.p, reply.n);
	else if (acks)
		put_message(s, &ok, sizeof(ok));
	buf_free(&reply);
}

void session_request(struct session *s)
{
	const struct msg_header *h = &s->rx.h;
	uint32_t due = fault_due(&s->backend->faults, &s->seen, h->request);

	s->asked[MIN(h->request, 63)]++;
	s->out.bytes.n = s->out.done = 0;
	if (h->flags & ~(uint32_t)(MSG_VERSION_MASK | MSG_NEED_REPLY)) {
		session_end(s, "flags 0x%x are not those of a request", h->flags);
		return;
	}
	if (forestall(s, due))
		return;
	if (s->backend->answers && answers_give(s->backend->answers, s))
		return;
	act(s, spec_request(h->request), due);
	if (!s->over && due)
		spoil(s, due);
	if (s->out.bytes.err)
		session_end(s, "out of memory");
	if (h->request == VU_SET_BACKEND_REQ_FD && !s->over)
		session_map_shmem(s);
}
