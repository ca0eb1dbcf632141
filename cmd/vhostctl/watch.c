/* SPDX-License-Identifier: GPL-2.0-or-later */
/* watch.c - a conversation followed message by message. Pure: no I/O. */
#include "watch.h"

#include "feature.h"

#include <inttypes.h>
#include <linux/virtio_config.h>
#include <stdio.h>

static const struct request_spec *spec_of(enum channel channel, uint32_t number)
{
	return channel == CHANNEL_MAIN ? spec_request(number)
				       : spec_backend_request(number);
}

/* What a request carries, and is answered by, in this conversation. */
static struct request_spec meaning(const struct watch *w, enum channel channel,
				   uint32_t number, struct bytes request)
{
	const struct request_spec *spec = spec_of(channel, number);
	struct request_spec r = spec ? *spec : (struct request_spec){ .gate = -1 };

	if (channel != CHANNEL_MAIN)
		return r;
	if (w->protocol_on & BIT(VU_F_XEN_MMAP) && spec_xen_memory(number))
		r.ask = spec_xen_memory(number);
	if (number == VU_SET_VRING_BASE && w->features_on & BIT(VIRTIO_F_RING_PACKED))
		r.ask = &spec_packed_base;
	if (number == VU_GET_VRING_BASE && w->features_on & BIT(VIRTIO_F_RING_PACKED))
		r.reply = &spec_packed_base;
	/* Without LOG_SHMFD it is an address (vhost-user.rst, SET_LOG_BASE). */
	if (number == VU_SET_LOG_BASE && w->protocol_set &&
	    !(w->protocol_on & BIT(VU_F_LOG_SHMFD)))
		r = (struct request_spec){ .number = number,
					   .ask = &spec_ack,
					   .gate = -1 };
	if (!w->postcopy || (number != VU_SET_MEM_TABLE && number != VU_ADD_MEM_REG))
		return r;
	/* The back-end tells where it has mapped it, and is acknowledged in its turn
	 * (SET_MEM_TABLE): by no payload, or by a number, as QEMU does. */
	r.reply = r.ask;
	if (request.p && request.n <= 8)
		r = (struct request_spec){ .number = number,
					   .ask = request.n ? &spec_ack : &spec_empty,
					   .gate = r.gate };
	return r;
}

static void name_request(struct event *e, enum channel channel, uint32_t number)
{
	e->request =
		name_of(channel == CHANNEL_MAIN ? &spec_requests : &spec_backend_requests,
			number);
	if (e->request)
		return;
	snprintf(e->name, sizeof(e->name), "%" PRIu32, number);
	e->request = e->name;
	event_note(e, "a request that this tool does not know");
}

bool watch_answers(uint32_t request, uint32_t flags)
{
	const struct request_spec *s = spec_request(request);

	return flags & MSG_NEED_REPLY || (s && s->reply);
}

static uint64_t u64_of(struct bytes body)
{
	uint64_t v = 0;

	if (body.n >= sizeof(v))
		memcpy(&v, body.p, sizeof(v));
	return v;
}

static void check_fds(struct event *e, enum fd_rule rule, size_t items, struct bytes body,
		      size_t n)
{
	size_t want = rule == FDS_ONE ? 1 : rule == FDS_ITEMS ? items : 0;

	if (rule == FDS_RING)
		want = !(u64_of(body) & BIT(8));
	if (n == want || (rule == FDS_MAYBE && n <= 1))
		return;
	event_note(e, "%zu fds where %zu belong", n, want);
}

static void check_body(struct event *e, const struct payload *layout, enum fd_rule rule,
		       const struct sighting *s, struct bytes body)
{
	size_t items;

	if (!payload_fits(layout, body, &items) && !s->lost)
		event_note(e, "%zu bytes are not the size of this payload", body.n);
	check_fds(e, rule, items, body, s->fds.n + s->more_fds);
}

static void note_bits(struct event *e, const char *what, uint64_t bits,
		      const struct names *names)
{
	for (unsigned int i = 0; i < 64; i++) {
		const char *name = bits & BIT(i) ? name_of(names, i) : NULL;

		if (name)
			event_note(e, "%s %s", name, what);
		else if (bits & BIT(i))
			event_note(e, "bit %u %s", i, what);
	}
}

/* What a request changes, and whether it may come now. */
static void follow_request(struct watch *w, struct event *e, uint32_t number,
			   struct bytes body)
{
	struct feature_names names;

	switch (number) {
	case VU_SET_FEATURES:
		feature_names_of(&names, w->kind);
		if (w->features_seen)
			note_bits(e, "was not offered", u64_of(body) & ~w->features,
				  &names.names);
		w->features_on = u64_of(body);
		break;
	case VU_SET_PROTOCOL_FEATURES:
		if (w->protocol_seen)
			note_bits(e, "was not offered", u64_of(body) & ~w->protocol,
				  &spec_protocol_features);
		w->protocol_on = u64_of(body);
		w->protocol_set = true;
		break;
	case VU_SET_MEM_TABLE:
	case VU_ADD_MEM_REG:
		w->memory = true;
		break;
	case VU_POSTCOPY_LISTEN:
	case VU_POSTCOPY_END:
		w->postcopy = number == VU_POSTCOPY_LISTEN;
		break;
	case VU_SET_VRING_ADDR:
		if (w->memory || !w->features_seen || w->warned)
			break;
		w->warned = true;
		event_note(e, "rings before any memory region: the guest's memory is not "
			      "shared (share=on)");
		break;
	}
}

static void check_gate(const struct watch *w, struct event *e,
		       const struct request_spec *r, uint32_t flags)
{
	if (!w->protocol_set)
		return;
	if (r->gate >= 0 && !(w->protocol_on & BIT(r->gate)))
		event_note(e, "takes %s, which is not switched on",
			   name_of(&spec_protocol_features, (uint64_t)r->gate));
	if (flags & MSG_NEED_REPLY && !(w->protocol_on & BIT(VU_F_REPLY_ACK)))
		event_note(e,
			   "asks for an acknowledgement, but REPLY_ACK is not switched "
			   "on");
}

/* Where there is no room, it is forgotten when it was asked, until all were answered. */
static void expect(struct watch *w, const struct sighting *s, uint32_t request)
{
	struct pending *v = w->pending[s->channel].v;
	size_t *n = &w->pending[s->channel].n;
	uint64_t *forgotten = &w->pending[s->channel].forgotten;

	if (*n < WATCH_PENDING && !*forgotten)
		v[(*n)++] = (struct pending){ request, s->at_ns };
	else
		++*forgotten;
}

static void on_request(struct watch *w, const struct sighting *s, struct event *e,
		       const struct msg_header *h, struct bytes body)
{
	struct request_spec r = meaning(w, s->channel, h->request, body);

	e->kind = EVENT_REQUEST;
	if (s->from_backend != (s->channel == CHANNEL_BACKEND))
		event_note(e, "without the reply flag");
	e->view.layout = r.ask;
	if (r.ask)
		check_body(e, r.ask, r.fds, s, body);
	check_gate(w, e, &r, h->flags);
	if (s->channel == CHANNEL_MAIN)
		follow_request(w, e, h->request, body);
	if (r.reply || h->flags & MSG_NEED_REPLY)
		expect(w, s, h->request);
}

/* Takes the oldest pending request of that number; *p stays as it was where the time is
 * not known. False if there is none. */
static bool answered(struct watch *w, enum channel channel, uint32_t request,
		     struct pending *p)
{
	struct pending *v = w->pending[channel].v;
	size_t *n = &w->pending[channel].n;
	uint64_t *forgotten = &w->pending[channel].forgotten;

	for (size_t i = 0; i < *n; i++) {
		if (v[i].request != request)
			continue;
		*p = v[i];
		memmove(v + i, v + i + 1, (--*n - i) * sizeof(*v));
		return true;
	}
	if (!*forgotten)
		return false;
	--*forgotten;
	return true;
}

/* With REPLY_ACK these are answered whether that is asked for or not, by the letter of
 * their descriptions; most back-ends wait to be asked. */
static bool is_owed(const struct watch *w, enum channel channel, uint32_t request)
{
	return channel == CHANNEL_MAIN && w->protocol_on & BIT(VU_F_REPLY_ACK) &&
	       (request == VU_NET_SET_MTU || request == VU_SET_BACKEND_REQ_FD);
}

static void follow_reply(struct watch *w, struct event *e, uint32_t number,
			 struct bytes body)
{
	switch (number) {
	case VU_GET_FEATURES:
		w->features = u64_of(body);
		w->features_seen = body.n == 8;
		if (!w->kind)
			w->kind = feature_guess_kind(w->features, 0);
		break;
	case VU_GET_PROTOCOL_FEATURES:
		w->protocol = u64_of(body);
		w->protocol_seen = body.n == 8;
		if (w->protocol & VU_DRIFTING)
			event_note(e, "bits 20 to 22 mean different things in different "
				      "revisions of vhost-user");
		note_bits(e, "is not known", w->protocol & ~(BIT(23) - 1),
			  &spec_protocol_features);
		break;
	case VU_GET_CONFIG:
		if (!body.n || (body.n >= 8 && !(u64_of(body) >> 32)))
			event_note(e, "refused");
		break;
	}
}

static void on_reply(struct watch *w, const struct sighting *s, struct event *e,
		     const struct msg_header *h, struct bytes body)
{
	struct request_spec r = meaning(w, s->channel, h->request, (struct bytes){ 0 });
	struct pending p = { 0 };
	bool known = answered(w, s->channel, h->request, &p);

	e->kind = EVENT_REPLY;
	e->view.layout = r.reply ? r.reply : &spec_ack;
	if (!known && !is_owed(w, s->channel, h->request))
		event_note(e, "nobody asked for this reply");
	if (known && p.at_ns && s->at_ns >= p.at_ns) {
		e->latency_ns = some_u64(s->at_ns - p.at_ns);
		if (w->slow_ns && e->latency_ns.v > w->slow_ns)
			event_note(e, "slow");
	}
	if (s->channel == CHANNEL_MAIN)
		follow_reply(w, e, h->request, body);
	if (r.reply && s->channel == CHANNEL_MAIN && h->request == VU_GET_CONFIG &&
	    body.n < 12)
		return;
	check_body(e, e->view.layout, r.reply ? (enum fd_rule)r.reply_fds : FDS_NONE, s,
		   body);
	if (!r.reply && known && body.n == 8 && u64_of(body))
		event_note(e, "refused");
}

void watch_message(struct watch *w, const struct sighting *s, struct event *e)
{
	struct msg_header h;
	struct bytes body;

	e->from = s->from_backend ? "back-end" : "front-end";
	e->channel = s->channel == CHANNEL_MAIN ? "main" : "back-end";
	e->bytes = s->bytes;
	e->fd_list = s->fds;
	if (s->fds.n)
		e->fds = (struct nest){ fd_emit, &e->fd_list };
	if (s->more_fds)
		event_note(e, "%zu more fds", s->more_fds);
	if (s->unsent_fds)
		event_note(e, "%zu fds were not sent on", s->unsent_fds);
	if (s->unsent)
		event_note(e, "%" PRIu64 " bytes were not sent on", s->unsent);
	if (s->untraced)
		event_note(e, "what goes through this channel is not traced");
	if (s->bytes.n < MSG_HEADER) {
		e->kind = EVENT_BROKEN;
		event_note(e, "%zu bytes are less than a header", s->bytes.n);
		return;
	}
	body = (struct bytes){ s->bytes.p + MSG_HEADER, s->bytes.n - MSG_HEADER };
	if (msg_decode((const uint8_t *)s->bytes.p, &h) == MSG_WRONG_VERSION)
		event_note(e, "version %u is not 1", h.flags & MSG_VERSION_MASK);
	if (h.flags & ~(uint32_t)(MSG_VERSION_MASK | MSG_REPLY | MSG_NEED_REPLY))
		event_note(e, "reserved flags are set");
	e->number = some_u64(h.request);
	e->flags = some_u64(h.flags);
	e->size_bytes = some_u64(h.size);
	e->view = (struct payload_view){ .kind = w->kind,
					 .features = w->features,
					 .body = body };
	name_request(e, s->channel, h.request);
	if (body.n + s->lost < h.size) {
		e->kind = EVENT_BROKEN;
		if (s->unread)
			event_note(e, "its body was not read");
		else
			event_note(e,
				   "it ends after %" PRIu64 " of %" PRIu32
				   " bytes of its body",
				   body.n + s->lost, h.size);
	} else if (h.flags & MSG_REPLY) {
		on_reply(w, s, e, &h, body);
	} else {
		on_request(w, s, e, &h, body);
	}
	if (s->lost)
		event_note(e, "longer than any message that is specified");
	e->view.kind = w->kind;
	e->view.features = w->features;
	if (body.n)
		e->payload = (struct nest){ payload_emit, &e->view };
}

void watch_close(struct watch *w, struct event *e)
{
	e->kind = EVENT_CLOSE;
	for (int c = 0; c < 2; c++)
		for (size_t i = 0; i < w->pending[c].n; i++) {
			uint32_t n = w->pending[c].v[i].request;
			const char *name =
				name_of(c ? &spec_backend_requests : &spec_requests, n);

			if (name)
				event_note(e, "%s was not answered", name);
			else
				event_note(e, "request %" PRIu32 " was not answered", n);
		}
}

void watch_lost(struct watch *w)
{
	for (int c = 0; c < 2; c++) {
		w->pending[c].n = 0;
		w->pending[c].forgotten = UINT64_MAX / 2;
	}
	w->features_seen = w->protocol_seen = w->protocol_set = false;
	w->features_on = 0;
	w->memory = true;
}
