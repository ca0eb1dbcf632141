/* SPDX-License-Identifier: GPL-2.0-or-later */
/* step.c - what to send, as people write it. Pure, no I/O. */
#include "step.h"

#include "diag.h"
#include "units.h"
#include "watch.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

enum { WORD_MAX = 64 };

static int wrong(struct buf *why, const char *what, const char *word)
{
	buf_printf(why, "%s '%.200s'", what, word);
	return -EINVAL;
}

/* The name in capitals, with _ for -. */
static bool tidy(char out[WORD_MAX], const char *word, size_t n)
{
	if (!n || n >= WORD_MAX)
		return false;
	for (size_t i = 0; i < n; i++)
		out[i] = word[i] == '-' ? '_' : (char)toupper((unsigned char)word[i]);
	out[n] = 0;
	return true;
}

int step_request(uint32_t *number, const char *word, size_t n, struct buf *why)
{
	const char *names[64] = { 0 }, *near;
	char text[WORD_MAX];
	uint64_t v;

	if (!tidy(text, word, n)) {
		buf_printf(why, "no request is called '%.*s'", (int)MIN(n, 100), word);
		return -EINVAL;
	}
	if (isdigit((unsigned char)*text)) {
		if (text[0] == '0' && text[1] == 'X')
			text[1] = 'x';
		if (parse_u64(text, &v) || v > UINT32_MAX)
			return wrong(why, "not the number of a request:", text);
		*number = (uint32_t)v;
		return 0;
	}
	for (size_t i = 0; i < spec_requests.n; i++) {
		if (!strcmp(spec_requests.v[i].name, text)) {
			*number = (uint32_t)spec_requests.v[i].number;
			return 0;
		}
		names[i] = spec_requests.v[i].name;
	}
	near = nearest(text, n, names);
	buf_printf(why, "no request is called '%s'", text);
	if (near)
		buf_printf(why, ", did you mean '%s'?", near);
	return -EINVAL;
}

/* NAME:NUMBER within a modifier of n bytes. */
static bool numbered(const char *word, size_t n, const char *name, uint64_t most,
		     uint64_t *v)
{
	size_t k = strlen(name);
	char text[WORD_MAX];

	if (n <= k + 1 || n - k > sizeof(text) || strncmp(word, name, k) != 0 ||
	    word[k] != ':')
		return false;
	memcpy(text, word + k + 1, n - k - 1);
	text[n - k - 1] = 0;
	return !parse_size(text, v) && *v <= most;
}

static bool is(const char *word, size_t n, const char *name)
{
	return strlen(name) == n && !strncmp(word, name, n);
}

struct modified {
	struct opt_u64 flags, size;
	int wait; /* -1: not said */
};

static int modify(struct step *s, struct modified *m, const char *word, size_t n,
		  struct buf *why)
{
	uint64_t v;

	if (is(word, n, "ack"))
		s->h.flags |= MSG_NEED_REPLY;
	else if (is(word, n, "reply"))
		s->h.flags |= MSG_REPLY;
	else if (is(word, n, "wait") || is(word, n, "nowait"))
		m->wait = *word == 'w';
	else if (numbered(word, n, "version", MSG_VERSION_MASK, &v))
		s->h.flags = (s->h.flags & ~(uint32_t)MSG_VERSION_MASK) | (uint32_t)v;
	else if (numbered(word, n, "flags", UINT32_MAX, &v))
		m->flags = some_u64(v);
	else if (numbered(word, n, "size", UINT32_MAX, &v))
		m->size = some_u64(v);
	else if (numbered(word, n, "fds", 253, &v))
		s->fds = some_u64(v);
	else {
		buf_printf(why,
			   "no modifier is called '%.*s': ack, reply, wait, nowait, "
			   "version:N, flags:N, size:N, fds:N",
			   (int)MIN(n, 100), word);
		return -EINVAL;
	}
	return 0;
}

static const struct payload *layout_of(const struct request_spec *r, uint32_t flags)
{
	/* With the members of packed rings, which are parts of `num`. */
	if (r && r->number == (flags & MSG_REPLY ? VU_GET_VRING_BASE : VU_SET_VRING_BASE))
		return &spec_packed_base;
	if (!(flags & MSG_REPLY))
		return r ? r->ask : NULL;
	return r && r->reply ? r->reply : &spec_ack;
}

static int parse_message(struct step *s, const char *word, struct buf *why)
{
	size_t n = strcspn(word, "+=");
	struct modified m = { .wait = -1 };
	const struct request_spec *r;
	const struct payload *layout;
	int err = step_request(&s->h.request, word, n, why);

	s->h.flags = MSG_VERSION;
	while (!err && word[n] == '+') {
		word += n + 1;
		n = strcspn(word, "+=");
		err = modify(s, &m, word, n, why);
	}
	if (err)
		return err;
	r = spec_request(s->h.request);
	layout = layout_of(r, s->h.flags);
	if (word[n] == '=' || (layout && layout->size))
		err = payload_encode(&s->body, layout, word[n] ? word + n + 1 : "", why);
	if (!err && s->body.n > 1 << 24)
		return wrong(why, "too long:", "payload");
	if (m.flags.has)
		s->h.flags = (uint32_t)m.flags.v;
	s->h.size = (uint32_t)(m.size.has ? m.size.v : s->body.n);
	s->wait = m.wait >= 0 ? m.wait
			      : !(s->h.flags & MSG_REPLY) &&
					watch_answers(s->h.request, s->h.flags);
	return err;
}

int step_parse(struct step *s, const char *word, struct buf *why)
{
	*s = (struct step){ .kind = STEP_MESSAGE };
	if (!strcmp(word, "read") || !strcmp(word, "close")) {
		s->kind = *word == 'r' ? STEP_READ : STEP_CLOSE;
		return 0;
	}
	if (!strncmp(word, "sleep:", 6)) {
		s->kind = STEP_SLEEP;
		return parse_duration(word + 6, &s->ns) ? wrong(why, "not a time:", word)
							: 0;
	}
	if (!strncmp(word, "raw:", 4)) {
		s->kind = STEP_RAW;
		if (hex_decode(&s->body, word + 4, strlen(word + 4)) || !s->body.n)
			return wrong(why, "not bytes in hex:", word);
		return s->body.err;
	}
	if (!strncmp(word, "fd:", 3)) {
		s->kind = STEP_FD;
		buf_puts(&s->body, word + 3);
		buf_putc(&s->body, 0);
		return s->body.err;
	}
	return parse_message(s, word, why);
}

size_t step_fds(const struct step *s)
{
	const struct request_spec *r =
		s->kind == STEP_MESSAGE ? spec_request(s->h.request) : NULL;
	uint32_t n = 0;

	if (s->fds.has)
		return s->fds.v;
	if (!r || s->body.n < 4)
		return r && r->fds == FDS_ONE;
	memcpy(&n, s->body.p, sizeof(n));
	switch ((enum fd_rule)r->fds) {
	case FDS_ONE:
		return 1;
	case FDS_RING:
		return !(n & BIT(8));
	case FDS_ITEMS:
		return MIN(n, 8);
	default:
		return 0;
	}
}

void step_free(struct step *s)
{
	buf_free(&s->body);
}
