/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check_talk.c - one conversation of a check, word by word, and what came of it. */
#include "check_talk.h"

#include "clock.h"
#include "far_end.h"
#include "fd.h"
#include "spec_messages.h"
#include "step.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct talk *talk_open(const struct dial *dial, uint64_t ns)
{
	struct talk *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->dial = dial;
	t->ns = ns;
	t->reads = -1;
	message_begin(&t->rx);
	if (!dial_connect(dial, &t->conn,
			  clock_mono_ns() + ns + (dial->listens ? DIAL_AGAIN_NS : 0)))
		return t;
	free(t);
	return NULL;
}

/* A back-end that has many to wait on may see the end later; what it holds is counted. */
static void await_end(uint32_t far_end, uint64_t ns)
{
	uint64_t deadline = clock_mono_ns() + ns;

	while (far_end_open(far_end) && clock_mono_ns() < deadline)
		talk_sleep(500000);
}

void talk_close(struct talk *t)
{
	uint32_t far_end;
	bool waits;

	if (!t)
		return;
	waits = !t->silent && !far_end_of(t->conn.fd, &far_end);
	message_close(&t->rx);
	conn_close(&t->conn);
	if (waits)
		await_end(far_end, t->ns);
	while (t->nfds)
		if (t->fds[--t->nfds] >= 0)
			close(t->fds[t->nfds]);
	fd_close(&t->reads);
	free(t);
}

void talk_give(struct talk *t, const char *word)
{
	int pair[2];

	if (strcmp(word, "pipe") != 0)
		t->fds[t->nfds++] = fd_make(word);
	else if (!pipe2(pair, O_CLOEXEC | O_NONBLOCK)) {
		t->reads = pair[0];
		t->fds[t->nfds++] = pair[1];
	}
}

/* How many bytes the answer's payload has, by the specification; SIZE_MAX: any. */
static size_t answer_size(const struct request_spec *r, const struct step *asked)
{
	const struct payload *p = r ? r->reply : NULL;
	uint32_t n = 0;

	if (!p)
		return sizeof(uint64_t);
	if (r->number == VU_GET_CONFIG) {
		if (asked->body.n >= 8)
			memcpy(&n, asked->body.p + 4, sizeof(n));
		return CONFIG_HEADER + (size_t)n;
	}
	if (p->items && !p->size)
		return SIZE_MAX;
	return p->size + (size_t)p->max_items * p->item_size;
}

/* What is wrong with the message that came in answer; NULL where nothing is. */
static const char *fault_of(const struct talk *t, const struct step *asked)
{
	const struct request_spec *r = spec_request(asked->h.request);
	enum msg_fault fault = msg_check_reply(&t->rx.h, asked->h.request);
	size_t want = answer_size(r, asked), fds = t->rx.nfds + t->rx.dropped;

	if (fault)
		return msg_fault_text(fault);
	if (t->rx.h.flags & ~(uint32_t)(MSG_VERSION_MASK | MSG_REPLY | MSG_NEED_REPLY))
		return "reserved flags are set in its header";
	if (fds > (r && r->reply && r->reply_fds == FDS_MAYBE))
		return "file descriptors come with it that do not belong there";
	if (want == SIZE_MAX || t->rx.h.size == want ||
	    (asked->h.request == VU_GET_CONFIG && !t->rx.h.size) ||
	    (asked->h.request == VU_GET_INFLIGHT_FD && t->rx.h.size + 4 == want))
		return NULL;
	return msg_fault_text(MSG_WRONG_SIZE);
}

/* What is echoed must be what was asked: the place of the config, the index of a ring. */
static const char *echo_of(const struct talk *t, const struct step *asked)
{
	size_t n = asked->h.request == VU_GET_CONFIG       ? 8
		   : asked->h.request == VU_GET_VRING_BASE ? 4
							   : 0;

	if (!n || t->rx.h.size < n || asked->body.n < n ||
	    !memcmp(t->rx.body, asked->body.p, n))
		return NULL;
	return "it is about something else than was asked";
}

/* A channel that the back-end has made takes the place of ours (SET_DEVICE_STATE_FD). */
static void take_channel(struct talk *t)
{
	fd_close(&t->reads);
	t->reads = fcntl(t->rx.fds[0], F_DUPFD_CLOEXEC, 0);
	if (t->reads >= 0 && fd_nonblock(t->reads))
		fd_close(&t->reads);
}

static void receive(struct talk *t, const struct step *asked)
{
	uint32_t request = asked->h.request;
	const struct request_spec *r = spec_request(request);
	enum conn_end end;

	message_begin(&t->rx);
	end = conn_receive(&t->conn, &t->rx, clock_mono_ns() + t->ns);
	t->silent = end == CONN_RETRY && !t->rx.done;
	t->closed = end == CONN_DISCONNECT || end == CONN_ERROR;
	if (end == CONN_BROKEN)
		t->fault = t->conn.fault;
	if (end == CONN_RETRY && t->rx.done)
		t->fault = "it stops in the middle";
	if (end) {
		message_close(&t->rx);
		return;
	}
	t->fault = fault_of(t, asked);
	if (!t->fault)
		t->fault = echo_of(t, asked);
	if (!t->fault && request == VU_SET_DEVICE_STATE_FD && t->rx.nfds)
		take_channel(t);
	message_close(&t->rx);
	t->answered = !t->fault;
	memcpy(&t->value, t->rx.body, MIN(t->rx.h.size, sizeof(t->value)));
	if (!r || !r->reply)
		t->refused = t->answered && t->value;
	else if (request == VU_GET_CONFIG)
		t->refused = t->answered && !t->rx.h.size;
	else if (t->answered && request == VU_GET_FEATURES)
		t->features = t->value;
	else if (t->answered && request == VU_GET_PROTOCOL_FEATURES)
		t->protocol = t->value;
}

static void transmit(struct talk *t, const struct step *s)
{
	size_t n = MIN(step_fds(s), t->nfds - t->used), done = 0;
	uint8_t head[MSG_HEADER];
	struct iovec parts[] = { { head, s->kind == STEP_MESSAGE ? MSG_HEADER : 0 },
				 { s->body.p, s->body.n } };
	enum conn_end end;

	if (s->h.request == VU_GET_FEATURES && !s->fds.has)
		n = t->nfds - t->used; /* strays */
	msg_encode(head, &s->h);
	end = conn_send(&t->conn, parts, 2, t->fds + t->used, n, &done,
			clock_mono_ns() + t->ns);
	t->used += n;
	t->answered = t->refused = t->silent = false;
	t->fault = NULL;
	t->value = 0;
	t->closed = end != CONN_DONE;
	if (!end && s->wait)
		receive(t, s);
}

/* Reads the state that is transferred until it ends, as it must before it is asked about
 * (Migrating back-end state). */
static void drain(struct talk *t)
{
	uint64_t deadline = clock_mono_ns() + t->ns;
	char bytes[65536];
	ssize_t n = 1;

	fd_close(&t->fds[0]); /* ours: the back-end's is the last one */
	while (n && clock_mono_ns() < deadline) {
		struct pollfd p = { .fd = t->reads, .events = POLLIN };

		n = poll(&p, 1, 10) > 0 ? read(t->reads, bytes, sizeof(bytes)) : 1;
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			break;
	}
	if (n)
		t->fault = "the transfer does not end";
}

static void act(struct talk *t, const char *word)
{
	const uint64_t one = 1;
	const uint16_t far = 1000;
	bool fine = true;

	if (!strcmp(word, "!drain")) {
		drain(t);
		return;
	}
	if (t->nfds < 2)
		return;
	if (!strcmp(word, "!truncate"))
		fine = !ftruncate(t->fds[0], 0);
	else if (!strcmp(word, "!avail"))
		fine = pwrite(t->fds[0], &far, sizeof(far), AVAIL_AT + 2) > 0;
	else
		fine = write(t->fds[1], &one, sizeof(one)) > 0;
	if (!fine)
		t->fault = "we could not do our part";
}

void talk_sleep(uint64_t ns)
{
	nanosleep(&(struct timespec){ .tv_sec = (time_t)(ns / 1000000000),
				      .tv_nsec = (long)(ns % 1000000000) },
		  NULL);
}

void talk_say(struct talk *t, const char *word)
{
	size_t n = strlen(word), tail = strlen("offered");
	struct buf why = { 0 };
	struct step s;
	char full[64];

	if (*word == '!') {
		act(t, word);
		return;
	}
	if (n > tail && !strcmp(word + n - tail, "offered")) {
		snprintf(full, sizeof(full), "%.*s0x%llx", (int)(n - tail), word,
			 (unsigned long long)t->switched_on);
		word = full;
	}
	if (!step_parse(&s, word, &why)) {
		if (s.kind == STEP_SLEEP)
			talk_sleep(s.ns);
		else
			transmit(t, &s);
	} else {
		t->fault = "we could not read our own word";
	}
	step_free(&s);
	buf_free(&why);
}

/* What the cases stand on. */
#define OUR_PROTOCOL                                                                  \
	(BIT(VU_F_MQ) | BIT(VU_F_REPLY_ACK) | BIT(VU_F_CONFIG) | BIT(VU_F_STATUS) |   \
	 BIT(VU_F_CONFIGURE_MEM_SLOTS) | BIT(VU_F_INFLIGHT_SHMFD) | BIT(VU_F_SHMEM) | \
	 BIT(VU_F_DEVICE_STATE) | BIT(VU_F_RESET_DEVICE))

bool talk_begin(struct talk *t, uint64_t features)
{
	char word[64];

	talk_say(t, "GET_FEATURES+fds:0");
	if (!t->answered)
		return false;
	talk_say(t, "GET_PROTOCOL_FEATURES");
	if (!t->answered)
		return false;
	snprintf(word, sizeof(word), "SET_PROTOCOL_FEATURES=0x%llx",
		 (unsigned long long)(t->protocol & OUR_PROTOCOL));
	talk_say(t, word);
	talk_say(t, "SET_OWNER");
	t->switched_on = t->features & (UINT64_C(0x140000000) | features);
	talk_say(t, "SET_FEATURES=offered");
	return !t->closed;
}

bool talk_more(struct talk *t, uint64_t ns)
{
	struct pollfd p = { .fd = t->conn.fd, .events = POLLIN };
	struct timespec wait = { .tv_sec = (time_t)(ns / 1000000000),
				 .tv_nsec = (long)(ns % 1000000000) };

	return ppoll(&p, 1, &wait, NULL) > 0;
}
