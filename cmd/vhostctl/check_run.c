/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check_run.c - one case against a back-end: what it did. */
#include "check_run.h"

#include "clock.h"
#include "conn.h"
#include "fd.h"
#include "spec.h"
#include "step.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { AVAIL_AT = 0x2000 };

/* A conversation, and what came of it. */
struct talk {
	struct conn conn;
	struct message *rx;
	uint64_t ns, protocol;
	int fds[9];
	size_t nfds, used;
	bool closed, silent, refused, answered, broken; /* of the last request */
};

static void sleep_ns(uint64_t ns)
{
	nanosleep(&(struct timespec){ .tv_sec = (time_t)(ns / 1000000000),
				      .tv_nsec = (long)(ns % 1000000000) },
		  NULL);
}

static void receive(struct talk *t, uint32_t request)
{
	uint64_t v = 0;
	enum conn_end end;
	struct bytes body;

	message_begin(t->rx);
	end = conn_receive(&t->conn, t->rx, clock_mono_ns() + t->ns);
	t->silent = end == CONN_RETRY;
	t->closed = end == CONN_DISCONNECT || end == CONN_ERROR;
	t->broken = end == CONN_BROKEN;
	if (end)
		return;
	message_close(t->rx);
	body = (struct bytes){ (const char *)t->rx->body, t->rx->h.size };
	t->broken = msg_check_reply(&t->rx->h, request);
	t->answered = !t->broken;
	if (!spec_request(request) || !spec_request(request)->reply)
		t->refused = !msg_u64(body, &v) && v;
	else if (request == VU_GET_PROTOCOL_FEATURES && !msg_u64(body, &v))
		t->protocol = v;
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
	t->answered = t->refused = t->silent = t->broken = false;
	t->closed = end != CONN_DONE;
	if (!end && s->wait)
		receive(t, s->h.request);
}

static void act(struct talk *t, const char *word)
{
	const uint64_t one = 1;
	const uint16_t far = 1000;
	bool fine = true;

	if (t->nfds < 2)
		return;
	if (!strcmp(word, "!truncate"))
		fine = !ftruncate(t->fds[0], 0);
	else if (!strcmp(word, "!avail"))
		fine = pwrite(t->fds[0], &far, sizeof(far), AVAIL_AT + 2) > 0;
	else
		fine = write(t->fds[1], &one, sizeof(one)) > 0;
	t->broken |= !fine;
}

static void say(struct talk *t, const char *word)
{
	struct buf why = { 0 };
	struct step s;

	if (*word == '!') {
		act(t, word);
		return;
	}
	if (!step_parse(&s, word, &why)) {
		if (s.kind == STEP_SLEEP)
			sleep_ns(s.ns);
		else
			transmit(t, &s);
	}
	step_free(&s);
	buf_free(&why);
}

/* The beginning of every honest conversation. False where it fails already. */
static bool begin(struct talk *t)
{
	char word[64];

	say(t, "GET_FEATURES+fds:0");
	if (!t->answered)
		return false;
	say(t, "GET_PROTOCOL_FEATURES");
	if (!t->answered)
		return false;
	snprintf(word, sizeof(word), "SET_PROTOCOL_FEATURES=0x%llx",
		 (unsigned long long)(t->protocol & (BIT(VU_F_MQ) | BIT(VU_F_REPLY_ACK) |
						     BIT(VU_F_CONFIG) | BIT(VU_F_STATUS) |
						     BIT(VU_F_CONFIGURE_MEM_SLOTS))));
	say(t, word);
	say(t, "SET_OWNER");
	say(t, "SET_FEATURES=0x140000000");
	return !t->closed;
}

static void conclude(struct check_outcome *out, const char *fmt, ...) PRINTF(2, 3);
static void conclude(struct check_outcome *out, const char *fmt, ...)
{
	size_t n = strlen(out->detail);
	va_list args;

	if (n && n + 3 < sizeof(out->detail)) {
		memcpy(out->detail + n, "; ", 3);
		n += 2;
	}
	va_start(args, fmt);
	vsnprintf(out->detail + n, sizeof(out->detail) - n, fmt, args);
	va_end(args);
	out->result = CHECK_FAIL;
}

static void judge_answers(const struct talk *t, const char *word,
			  struct check_outcome *out)
{
	if (t->closed)
		conclude(out, "closed the connection at %s", word);
	else if (t->silent)
		conclude(out, "did not answer %s", word);
	else if (t->broken)
		conclude(out, "a broken message in answer to %s", word);
	else if (t->refused)
		conclude(out, "refused %s", word);
}

/* Whether it closes after all: it gets a moment. */
static bool closes(struct talk *t)
{
	uint64_t ns = t->ns;

	t->ns = 50000000;
	receive(t, 0);
	t->ns = ns;
	return t->closed || t->broken;
}

static void judge_last(struct talk *t, uint8_t want, const char *word,
		       struct check_outcome *out)
{
	bool acked = t->answered && !t->refused;

	if (want & WANT_REFUSAL && acked)
		conclude(out, "acknowledged %s with 0%s", word,
			 closes(t) ? ", then closed the connection" : "");
	if (want & WANT_REFUSAL && t->silent)
		conclude(out, "did not answer %s", word);
	if (want & WANT_NO_ANSWER && t->answered)
		conclude(out, "answered %s", word);
}

static void converse(const struct check_case *k, struct talk *t, const char *socket,
		     struct check_outcome *out)
{
	size_t last = 0;

	if (!(k->want & NO_START) && !begin(t)) {
		conclude(out, "the usual beginning of a conversation failed");
		return;
	}
	if ((t->protocol & k->gate) != k->gate) {
		out->result = CHECK_SKIP;
		snprintf(out->detail, sizeof(out->detail),
			 "the protocol feature for it is not offered");
		return;
	}
	for (size_t i = 0; i < COUNT(k->words) && k->words[i]; i++) {
		say(t, k->words[i]);
		if (k->want & WANT_ANSWERS)
			judge_answers(t, k->words[i], out);
		last = i;
	}
	judge_last(t, k->want, k->words[last], out);
	if (k->want & WANT_OTHERS && !check_answers(socket, t->ns))
		conclude(out, "meanwhile no other front-end is answered");
}

bool check_answers(const char *socket, uint64_t ns)
{
	struct talk *t = calloc(1, sizeof(*t));
	struct message *rx = calloc(1, sizeof(*rx));
	bool answered = false;

	if (t && rx) {
		*t = (struct talk){ .rx = rx, .ns = ns };
		if (!conn_open(&t->conn, socket, clock_mono_ns() + ns)) {
			say(t, "GET_FEATURES");
			answered = t->answered;
		}
		conn_close(&t->conn);
	}
	free(rx);
	free(t);
	return answered;
}

/* Its fds when the last front-end is really gone: the least of some looks. */
static int settled_fds(const struct target *t, bool *has_zero)
{
	int least = target_fds(t, has_zero);

	for (int i = 0; i < 5 && least >= 0; i++) {
		int now;

		sleep_ns(4000000);
		now = target_fds(t, has_zero);
		least = now >= 0 ? MIN(least, now) : now;
	}
	return least;
}

/* What it left behind: it gets some time to close. */
static void look_at_fds(struct target *t, int before, bool zero_before,
			struct check_outcome *out)
{
	bool zero = true;
	int now = before;

	for (int i = 0; i < 20; i++) {
		now = target_fds(t, &zero);
		if (now < 0 || (now <= before && zero == zero_before))
			break;
		sleep_ns(10000000);
	}
	if (now >= 0 && zero_before && !zero)
		conclude(out, "closed its own fd 0");
	if (now > before)
		conclude(out, "leaks %d file descriptors", now - before);
}

static void look_at_target(struct target *t, uint64_t ns, struct check_outcome *out)
{
	/* A crash takes a moment to be seen. */
	for (int i = 0; i < 3 && !target_ended(t); i++) {
		if (check_answers(t->socket, ns))
			return;
		sleep_ns(20000000);
	}
	*out->detail = 0; /* worse than anything before */
	if (t->gone && WIFSIGNALED(t->status))
		conclude(out, "died of SIG%s", sigabbrev_np(WTERMSIG(t->status)));
	else if (t->gone && WIFEXITED(t->status) && WEXITSTATUS(t->status) > 128)
		conclude(out, "died of SIG%s",
			 sigabbrev_np(WEXITSTATUS(t->status) - 128));
	else if (target_ended(t))
		conclude(out, "ended");
	else
		conclude(out, "hangs: answers no front-end any more");
}

void check_run(const struct check_case *k, struct target *target, uint64_t ns,
	       struct check_outcome *out)
{
	struct message *rx = calloc(1, sizeof(*rx));
	struct talk t = { .rx = rx, .ns = ns };
	bool zero_before;
	int before = settled_fds(target, &zero_before);

	*out = (struct check_outcome){ 0 };
	for (; t.nfds < COUNT(k->fds) && k->fds[t.nfds]; t.nfds++)
		t.fds[t.nfds] = fd_make(k->fds[t.nfds]);
	t.conn.fd = -1;
	if (!rx || conn_open(&t.conn, target->socket, clock_mono_ns() + ns))
		conclude(out, "takes no connection");
	else
		converse(k, &t, target->socket, out);
	conn_close(&t.conn);
	while (t.nfds)
		if (t.fds[--t.nfds] >= 0)
			close(t.fds[t.nfds]);
	free(rx);
	if (before >= 0)
		look_at_fds(target, before, zero_before, out);
	look_at_target(target, ns, out);
}
