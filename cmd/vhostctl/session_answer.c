/* SPDX-License-Identifier: GPL-2.0-or-later */
/* session_answer.c - a request looked at, acted on, and answered, well or by a fault. */
#include "answers.h"
#include "clock.h"
#include "session.h"
#include "spec_messages.h"

#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

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

	if (!r || !session_handles(request))
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
	for (; n && o->nfds < OUTBOX_FDS; n--) {
		int fd = memfd_create("stray", MFD_CLOEXEC);

		if (fd < 0)
			return;
		outbox_add_fd(o, fd);
	}
}

static void spoil(struct session *s, uint32_t due)
{
	struct fault_reply r = { .message = &s->out.bytes };

	fault_reply(&s->backend->faults, due, &r);
	s->out.slow = r.slow;
	if (r.close) {
		s->out.close = true;
		s->closed_by = "a fault";
	}
	if (r.delay_ns && s->out.bytes.n)
		s->out.not_before_ns = clock_mono_ns() + r.delay_ns;
	add_stray_fds(&s->out, r.stray_fds);
	if (r.dropped)
		outbox_drop(&s->out);
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
		err = session_handles(s->rx.h.request)(s, body, &reply);
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
