/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fault.c - what a back-end shall do wrong, and when. Pure, no I/O. */
#include "fault.h"

#include "diag.h"
#include "msg.h"
#include "step.h"
#include "units.h"

#include <errno.h>

enum arg_form { ARG_NONE, ARG_NUMBER, ARG_TIME };

static const struct {
	const char *name;
	uint8_t arg;
} kinds[FAULT_KINDS] = {
	[FAULT_IGNORE] = { "ignore", ARG_NONE },
	[FAULT_REFUSE] = { "refuse", ARG_NONE },
	[FAULT_FALSE_ACK] = { "false-ack", ARG_NONE },
	[FAULT_ACK_THEN_CLOSE] = { "ack-then-close", ARG_NONE },
	[FAULT_CLOSE] = { "close", ARG_NONE },
	[FAULT_HANG] = { "hang", ARG_NONE },
	[FAULT_CRASH] = { "crash", ARG_NUMBER },
	[FAULT_LEAK_FDS] = { "leak-fds", ARG_NONE },
	[FAULT_CLOSE_AFTER] = { "close-after", ARG_NONE },
	[FAULT_DROP_REPLY] = { "drop-reply", ARG_NONE },
	[FAULT_HALF_REPLY] = { "half-reply", ARG_NUMBER },
	[FAULT_DELAY] = { "delay", ARG_TIME },
	[FAULT_SLOW] = { "slow", ARG_NONE },
	[FAULT_TWICE] = { "twice", ARG_NONE },
	[FAULT_UNASKED] = { "unasked", ARG_NONE },
	[FAULT_WRONG_SIZE] = { "wrong-size", ARG_NUMBER },
	[FAULT_WRONG_LENGTH] = { "wrong-length", ARG_NUMBER },
	[FAULT_WRONG_VALUE] = { "wrong-value", ARG_NUMBER },
	[FAULT_WRONG_REQUEST_ID] = { "wrong-request-id", ARG_NUMBER },
	[FAULT_WRONG_VERSION] = { "wrong-version", ARG_NUMBER },
	[FAULT_NO_REPLY_FLAG] = { "no-reply-flag", ARG_NONE },
	[FAULT_STRAY_FDS] = { "stray-fds", ARG_NUMBER },
	[FAULT_GARBAGE] = { "garbage", ARG_NUMBER },
	[FAULT_NO_USED] = { "no-used", ARG_NONE },
	[FAULT_USED_TWICE] = { "used-twice", ARG_NONE },
	[FAULT_USED_AHEAD] = { "used-ahead", ARG_NUMBER },
	[FAULT_WRONG_ID] = { "wrong-id", ARG_NUMBER },
	[FAULT_WRONG_WRITTEN] = { "wrong-written", ARG_NUMBER },
	[FAULT_WRONG_DATA] = { "wrong-data", ARG_NONE },
	[FAULT_IO_ERROR] = { "io-error", ARG_NONE },
	[FAULT_NO_CALL] = { "no-call", ARG_NONE },
};

const char *fault_name(enum fault_kind kind)
{
	return kinds[kind].name;
}

bool fault_of_ring(enum fault_kind kind)
{
	return kind >= FAULT_NO_USED;
}

static int wrong(struct buf *why, const char *what, const char *word, size_t n)
{
	buf_printf(why, "%s '%.*s'", what, (int)MIN(n, 100), word);
	return -EINVAL;
}

static int find_kind(struct fault *f, const char *word, size_t n, struct buf *why)
{
	const char *names[FAULT_KINDS + 1] = { 0 }, *near;

	for (size_t i = 0; i < FAULT_KINDS; i++) {
		names[i] = kinds[i].name;
		if (strlen(names[i]) != n || strncmp(names[i], word, n) != 0)
			continue;
		f->kind = (uint8_t)i;
		return 0;
	}
	near = nearest(word, n, names);
	wrong(why, "no fault is called", word, n);
	if (near) {
		buf_printf(why, ", did you mean '%s'?", near);
		return -EINVAL;
	}
	for (size_t i = 0; i < FAULT_KINDS; i++)
		buf_printf(why, "%s%s", i ? ", " : "; there are ", names[i]);
	return -EINVAL;
}

static int parse_arg(struct fault *f, const char *word, size_t n, struct buf *why)
{
	uint8_t form = kinds[f->kind].arg;
	char text[32];
	int err = form == ARG_NONE || !n || n >= sizeof(text) ? -EINVAL : 0;

	if (!err) {
		memcpy(text, word, n);
		text[n] = 0;
		err = form == ARG_TIME ? parse_duration(text, &f->arg.v)
				       : parse_size(text, &f->arg.v);
	}
	f->arg.has = !err;
	return err ? wrong(why,
			   form == ARG_NONE ? "this fault takes no value:"
					    : "not its value:",
			   word, n)
		   : 0;
}

static int parse_nth(struct fault *f, const char *word, struct buf *why)
{
	if (parse_u64(word, &f->nth) || !f->nth)
		return wrong(why, "after @ stands which time, from 1:", word,
			     strlen(word));
	return 0;
}

/* On which request: rings have none. */
static int parse_request(struct fault *f, const char *word, size_t n, struct buf *why)
{
	if (fault_of_ring(f->kind))
		return wrong(why, "a fault in the rings takes no request:", word, n);
	if (n == 3 && !strncmp(word, "any", 3))
		return 0;
	return step_request(&f->request, word, n, why);
}

int fault_parse(struct fault *f, const char *word, struct buf *why)
{
	size_t n = strcspn(word, ":=@");
	int err;

	*f = (struct fault){ 0 };
	err = find_kind(f, word, n, why);
	word += n;
	if (!err && *word == ':') {
		n = strcspn(++word, "=@");
		err = parse_request(f, word, n, why);
		word += n;
	} else if (!err && !fault_of_ring(f->kind)) {
		err = wrong(why, "it takes a request, as in", "drop-reply:GET_CONFIG",
			    21);
	}
	if (!err && *word == '=') {
		n = strcspn(++word, "@");
		err = parse_arg(f, word, n, why);
		word += n;
	} else if (!err && f->kind == FAULT_DELAY) {
		err = wrong(why, "it takes a time, as in", "delay:GET_FEATURES=2s", 21);
	}
	if (!err && *word == '@')
		err = parse_nth(f, word + 1, why);
	return err;
}

uint32_t fault_due(const struct faults *f, struct fault_counts *seen, uint32_t request)
{
	uint32_t due = 0;

	for (size_t i = 0; i < f->n; i++) {
		const struct fault *x = &f->v[i];

		if (fault_of_ring(x->kind) || (x->request && x->request != request))
			continue;
		if (++seen->v[i] == x->nth || !x->nth)
			due |= UINT32_C(1) << i;
	}
	return due;
}

const struct fault *fault_among(const struct faults *f, uint32_t due, enum fault_kind k)
{
	for (size_t i = 0; i < f->n; i++)
		if (due & UINT32_C(1) << i && f->v[i].kind == k)
			return &f->v[i];
	return NULL;
}

const struct fault *fault_in_ring(const struct faults *f, struct fault_counts *seen,
				  enum fault_kind kind)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->v[i].kind == kind && (++seen->v[i] == f->v[i].nth || !f->v[i].nth))
			return &f->v[i];
	return NULL;
}

static uint64_t arg_or(const struct fault *f, uint64_t otherwise)
{
	return f->arg.has ? f->arg.v : otherwise;
}

/* The body becomes n bytes long. */
static void resize(struct buf *m, size_t n)
{
	size_t want = MSG_HEADER + MIN(n, 1 << 20);

	if (want > m->n)
		buf_fill(m, 0, want - m->n);
	else
		m->n = want;
}

static void spoil(struct buf *m, const struct fault *f, struct msg_header *h)
{
	uint64_t v = UINT64_MAX;
	size_t body = m->n - MSG_HEADER;

	switch ((enum fault_kind)f->kind) {
	case FAULT_WRONG_SIZE:
		resize(m, arg_or(f, body >= 8 ? body - 4 : body + 4));
		h->size = (uint32_t)(m->n - MSG_HEADER);
		break;
	case FAULT_WRONG_LENGTH:
		h->size = (uint32_t)arg_or(f, h->size + 8);
		break;
	case FAULT_WRONG_REQUEST_ID:
		h->request = (uint32_t)arg_or(f, h->request + 1);
		break;
	case FAULT_WRONG_VERSION:
		h->flags = (h->flags & ~(uint32_t)MSG_VERSION_MASK) |
			   (arg_or(f, 2) & MSG_VERSION_MASK);
		break;
	case FAULT_NO_REPLY_FLAG:
		h->flags &= ~(uint32_t)MSG_REPLY;
		break;
	case FAULT_WRONG_VALUE:
		v = arg_or(f, v);
		memcpy(m->p + MSG_HEADER, &v, MIN(body, sizeof(v)));
		break;
	case FAULT_GARBAGE:
		resize(m, arg_or(f, 64));
		memset(m->p + MSG_HEADER, 0xa5, m->n - MSG_HEADER);
		*h = (struct msg_header){ 0xa5a5a5a5, 0xa5a5a5a5, 0xa5a5a5a5 };
		break;
	default:
		break;
	}
}

void fault_reply(const struct faults *f, uint32_t due, struct fault_reply *r)
{
	const struct fault *x;
	struct msg_header h;

	if (!due || r->message->err || r->message->n < MSG_HEADER)
		return;
	if (msg_decode((const uint8_t *)r->message->p, &h))
		return;
	for (size_t i = 0; i < f->n; i++)
		if (due & UINT32_C(1) << i)
			spoil(r->message, &f->v[i], &h);
	if (r->message->err)
		return;
	msg_encode((uint8_t *)r->message->p, &h);
	x = fault_among(f, due, FAULT_STRAY_FDS);
	r->stray_fds = x ? MIN(arg_or(x, 1), 250) : 0;
	x = fault_among(f, due, FAULT_DELAY);
	r->delay_ns = x ? x->arg.v : 0;
	r->slow = fault_among(f, due, FAULT_SLOW);
	r->dropped = fault_among(f, due, FAULT_DROP_REPLY);
	if (fault_among(f, due, FAULT_TWICE)) {
		size_t n = r->message->n;
		char *to = buf_room(r->message, n);

		if (to) {
			memcpy(to, r->message->p, n);
			r->message->n += n;
		}
	}
	x = fault_among(f, due, FAULT_HALF_REPLY);
	if (x)
		r->message->n = MIN(arg_or(x, r->message->n / 2), r->message->n);
	r->close = x || fault_among(f, due, FAULT_CLOSE_AFTER) ||
		   fault_among(f, due, FAULT_ACK_THEN_CLOSE);
}
