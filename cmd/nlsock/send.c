/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nlsock send - messages as they are, and every reply. */
#include "nlsock.h"

#include "input.h"
#include "request.h"
#include "talk.h"
#include "target.h"
#include "utf8.h"

#include <errno.h>

static const struct opt opts[] = {
	OPT(settings, hex, 'x', "hex", NULL,
	    "standard input is hex; it is guessed without this or -b"),
	OPT(settings, binary, 'b', "binary", NULL,
	    "standard input is the messages' bytes themselves"),
	OPT(settings, strict, 0, "strict", NULL,
	    "have the kernel check requests strictly (NETLINK_GET_STRICT_CHK)"),
	SOCKET_OPTIONS,
	OPT(settings, timeout, 't', "timeout", "TIME",
	    "wait so long for a next reply (1s if an end is to come, else 100ms)",
	    .min = 1000000, .max = UINT64_C(1000000000) * 86400),
};

struct sending {
	struct ctx *c;
	const struct settings *settings;
	struct language language;
	struct nl_conn conn;
	struct pcap pcap;
	struct reply reply;
	const struct nlmsghdr *req; /* the one in progress */
	size_t number;              /* its place in the input, from 1 */
	int status;
};

/* A failure outweighs an incomplete answer. */
static void set_status(struct sending *s, int status)
{
	if (s->status != STATUS_FAILED)
		s->status = status;
}

static int bad_input(const struct diag *d, const char *unit, const struct input_fault *f)
{
	return diag_fail(d, 0, NULL, "standard input, %s %zu: %s", unit, f->at, f->what);
}

/* The messages on standard input, as bytes. Returns a status. */
static int read_messages(const struct ctx *c, struct buf *messages)
{
	const struct settings *settings = c->config;
	struct input_fault fault;
	struct buf raw = { 0 };
	int status = request_read(c, "-", REQUEST_MOST, &raw);

	if (status)
		goto out;
	if (!settings->hex && (settings->binary || !input_is_hex(raw.p, raw.n)))
		buf_add(messages, raw.p, raw.n);
	else if (input_unhex(messages, raw.p, raw.n, &fault) == -EINVAL)
		status = bad_input(&c->diag, "character", &fault);
	if (!status && messages->err)
		status = diag_fail(&c->diag, messages->err, NULL, "standard input");
	if (!status && input_check(messages->p, messages->n, &fault) < 0)
		status = bad_input(&c->diag, "message at byte", &fault);
out:
	buf_free(&raw);
	return status;
}

static int take_message(const struct nlmsghdr *h, struct bytes raw, void *arg)
{
	struct sending *s = arg;
	bool answer = h && h->nlmsg_seq == s->req->nlmsg_seq;

	if (h)
		reply_decode(&s->reply, &s->language, h, answer ? s->req : NULL);
	else
		reply_garbage(&s->reply, raw);
	return sink_row(s->c->sink, &s->reply);
}

/* Not sink_flush, which would begin to count and to sort anew. */
static int flush(void *arg)
{
	struct sending *s = arg;

	return out_flush(&s->c->out);
}

/* What went wrong with a request, by the kernel's own words where it has some. */
static void report(struct sending *s, const struct outcome *o)
{
	const struct diag *d = &s->c->diag;
	char text[48];
	const char *name =
		type_name(&s->language, s->req->nlmsg_type, text, sizeof(text));
	struct buf words = { 0 };

	name = name ? name : "of unknown type";
	if (o->error) {
		utf8_escape(&words, s->reply.why.n ? s->reply.why.p : "", s->reply.why.n);
		buf_putc(&words, 0);
		diag_fail(d, o->error,
			  s->reply.why.n && !words.err ? words.p : talk_hint(o->error),
			  "message %zu (%s)", s->number, name);
		set_status(s, STATUS_FAILED);
	}
	if (o->malformed) {
		diag_fail(d, EBADMSG, NULL, "message %zu (%s): answer", s->number, name);
		set_status(s, STATUS_FAILED);
	}
	if (o->lost) {
		diag_fail(d, ENOBUFS, NULL,
			  "message %zu (%s): part of the answer is lost", s->number,
			  name);
		set_status(s, STATUS_INCOMPLETE);
	}
	if (o->interrupted) {
		diag_fail(d, 0, "send it again",
			  "message %zu (%s): what was dumped changed meanwhile "
			  "(NLM_F_DUMP_INTR)",
			  s->number, name);
		set_status(s, STATUS_INCOMPLETE);
	}
	if (o->unfinished) {
		diag_fail(d, ETIMEDOUT, "a longer --timeout may help",
			  "message %zu (%s): the answer has no end", s->number, name);
		set_status(s, STATUS_INCOMPLETE);
	}
	if (!o->messages && !(s->req->nlmsg_flags & NLM_F_REQUEST))
		diag_warn(d, "message %zu (%s): no answer, it has no NLM_F_REQUEST",
			  s->number, name);
	buf_free(&words);
}

static int send_one(struct sending *s, const struct nlmsghdr *req)
{
	const struct talk t = { .conn = &s->conn,
				.language = &s->language,
				.pcap = &s->pcap,
				.timeout_ns = s->settings->timeout.ns,
				.nonblock = s->settings->nonblock,
				.message = take_message,
				.datagram = flush,
				.arg = s };
	struct outcome o;
	int err;

	s->req = req;
	s->number++;
	err = talk_request(&t, req, &o);
	if (err && s->c->out.err)
		return STATUS_FAILED; /* main says why */
	if (err)
		return diag_fail(&s->c->diag, err, talk_hint(err),
				 "message %zu of %u bytes", s->number, req->nlmsg_len);
	report(s, &o);
	return 0;
}

static int send_all(struct sending *s, const struct buf *messages)
{
	const struct nlmsghdr *h = nl_msg_at(messages->p, messages->n);
	size_t left = messages->n;
	int status = 0;

	for (; h && !status; h = nl_msg_next(h, &left))
		status = send_one(s, h);
	return status ? status : s->status;
}

static int converse(struct sending *s, const struct buf *messages)
{
	int status = settings_connect(s->c, s->settings, s->language.protocol, &s->conn);

	if (status)
		return status;
	if (!s->settings->strict)
		(void)nl_option(&s->conn, NETLINK_GET_STRICT_CHK, 0);
	status = settings_record(s->c, s->settings->pcap, &s->pcap);
	if (!status)
		status = settings_recorded(s->c, &s->pcap, send_all(s, messages));
	nl_done(&s->conn);
	return status;
}

static int run(struct ctx *c)
{
	struct sending s = { .c = c, .settings = c->config };
	struct buf messages = { 0 };
	int status;

	if (s.settings->hex && s.settings->binary)
		return diag_usage(&c->diag, "--hex and --binary exclude each other");
	status = settings_enter(c, s.settings);
	if (!status)
		status = target_language(c, c->args[0], &s.language);
	if (!status)
		status = read_messages(c, &messages);
	if (!status)
		status = converse(&s, &messages);
	reply_free(&s.reply);
	families_free(&s.language.families);
	buf_free(&messages);
	return status;
}

const struct command send_command = {
	.name = "send",
	.brief = "Send messages from standard input as they are, print every reply",
	.args = "PROTO",
	.min_args = 1,
	.max_args = 1,
	.opts = opts,
	.nopts = COUNT(opts),
	.rec = &reply_record,
	.config_size = sizeof(struct settings),
	.run = run,
};
