/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nlsock multi - several requests in one datagram, each with its answer. */
#include "nlsock.h"

#include "clock.h"
#include "printer.h"
#include "request.h"
#include "talk.h"
#include "utf8.h"

#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>

static const struct opt opts[] = {
	PRINT_OPTIONS, SOCKET_OPTIONS, STRICT_OPTION, TIMEOUT_OPTION, REQUEST_OPTIONS,
};

struct batch {
	struct ctx *c;
	const struct settings *s;
	struct target target;
	struct request *v;
	size_t n;
	struct buf bytes; /* all messages */
	struct printer printer;
	struct nl_conn conn;
	struct pcap pcap;
	bool failed; /* one was, and that has been said */
};

/* Without an ack: older kernels have none for what begins and ends a batch. */
static bool is_bracket(const struct batch *b, const struct request *r)
{
	return b->target.language.protocol == NETLINK_NETFILTER &&
	       (r->number == NFNL_MSG_BATCH_BEGIN || r->number == NFNL_MSG_BATCH_END);
}

static void report_error(struct batch *b, const struct request *r,
			 const struct nlmsghdr *h, int error)
{
	struct buf words = { 0 }, text = { 0 };

	request_explain(r, h, &words);
	utf8_escape(&text, words.n ? words.p : "", words.n);
	buf_putc(&text, 0);
	diag_fail(&b->c->diag, error, words.n && !text.err ? text.p : talk_hint(error),
		  "%s %s (request %td of %zu)", b->target.word, r->name, r - b->v + 1,
		  b->n);
	b->failed = true;
	buf_free(&words);
	buf_free(&text);
}

static void take_end(struct batch *b, const struct request *r, const struct nlmsghdr *h)
{
	struct nl_ack ack;

	if (nl_ack_decode(h, &ack) && ack.error)
		report_error(b, r, h, ack.error);
}

static int take_message(const struct nlmsghdr *h, struct bytes raw, void *arg)
{
	const struct about bad = { .event = "malformed" };
	const struct about about = { .side = SIDE_REPLY };
	struct batch *b = arg;
	uint32_t i;

	if (!h) {
		printer_event(&b->printer, &bad, raw);
		return 0;
	}
	i = h->nlmsg_seq - (b->conn.seq + 1);
	if (i >= b->n || h->nlmsg_pid != b->conn.portid)
		return 0;
	if (is_end(&b->target.language, h->nlmsg_type))
		take_end(b, &b->v[i], h);
	else
		printer_message(&b->printer, h, &about);
	return 0;
}

static int take_datagram(void *arg)
{
	struct batch *b = arg;

	b->printer.wall_ns = clock_wall_ns();
	return out_mark(&b->c->out);
}

static int incomplete(const struct batch *b, int err, const char *what, const char *hint)
{
	diag_fail(&b->c->diag, err, hint, "%s: %s", b->target.word, what);
	return STATUS_INCOMPLETE;
}

static int converse(struct batch *b)
{
	const struct talk t = { .conn = &b->conn,
				.language = &b->target.language,
				.pcap = &b->pcap,
				.timeout_ns = b->s->timeout.ns,
				.nonblock = b->s->nonblock,
				.message = take_message,
				.datagram = take_datagram,
				.arg = b };
	const struct bytes all = { .p = b->bytes.p, .n = b->bytes.n };
	struct outcome o;
	int err;

	b->printer.wall_ns = clock_wall_ns();
	err = talk_batch(&t, all, &o);
	if (err && b->c->out.err)
		return STATUS_FAILED; /* main says why */
	if (err)
		return diag_fail(&b->c->diag, err, talk_hint(err), "%s", b->target.word);
	if (o.malformed)
		return diag_fail(&b->c->diag, EBADMSG, NULL, "%s: answer",
				 b->target.word);
	if (b->failed)
		return STATUS_FAILED;
	if (o.lost)
		return incomplete(b, ENOBUFS, "part of the answer is lost",
				  "a larger --rcvbuf may help");
	if (o.unfinished)
		return incomplete(b, ETIMEDOUT, "not all has been answered",
				  "a longer --timeout may help");
	return 0;
}

/* The messages one after the other, each with the number that tells its answer. */
static int join_messages(struct batch *b)
{
	const bool generic = b->target.language.protocol == NETLINK_GENERIC;

	for (size_t i = 0; i < b->n; i++) {
		const struct request *r = &b->v[i];
		struct nlmsghdr *h = (void *)r->bytes.p;

		h->nlmsg_seq = b->conn.seq + 1 + (uint32_t)i;
		h->nlmsg_pid = b->conn.portid;
		if (generic)
			h->nlmsg_type = b->target.genl.id;
		if (is_bracket(b, r))
			h->nlmsg_flags &= (uint16_t)~NLM_F_ACK;
		buf_add(&b->bytes, r->bytes.p, r->bytes.n);
		buf_fill(&b->bytes, 0, NLMSG_ALIGN(b->bytes.n) - b->bytes.n);
	}
	return b->bytes.err ? diag_fail(&b->c->diag, ENOMEM, NULL, "requests") : 0;
}

/* From one "," to the next. */
static int make_all(struct batch *b)
{
	const size_t nargs = b->c->nargs;
	size_t at = 1;
	int status = 0;

	if (!strcmp(b->c->args[nargs - 1], ","))
		return diag_usage(&b->c->diag, "',' stands between requests, and none "
					       "follows the last");
	b->v = calloc(nargs, sizeof(*b->v));
	if (!b->v)
		return diag_fail(&b->c->diag, ENOMEM, NULL, "requests");
	while (!status && at < nargs) {
		struct words w = { .v = b->c->args + at };

		while (at + w.n < nargs && strcmp(w.v[w.n], ",") != 0)
			w.n++;
		if (!w.n)
			return diag_usage(&b->c->diag, "',' stands between requests");
		status = request_make(b->c, b->s, &b->target, false, w, &b->v[b->n++]);
		at += w.n + 1;
	}
	return status;
}

static int dry_run(struct batch *b)
{
	const struct value v = value_hexbytes(b->bytes.p, b->bytes.n);

	value_put(&b->c->out.b, &v, STYLE_TEXT);
	buf_putc(&b->c->out.b, '\n');
	return 0;
}

static int perform(struct batch *b)
{
	int status = target_open(b->c, &b->target, b->c->args[0], b->s->spec);

	if (!status)
		status = make_all(b);
	if (!status && !b->s->dry_run)
		status = target_resolve(b->c, &b->target);
	if (!status && !b->s->dry_run)
		status = settings_connect(b->c, b->s, b->target.language.protocol,
					  &b->conn);
	if (status)
		return status;
	status = join_messages(b);
	if (b->s->dry_run)
		return status ? status : dry_run(b);
	if (!status)
		status = settings_record(b->c, b->s->pcap, &b->pcap);
	if (!status)
		status = settings_recorded(b->c, &b->pcap, converse(b));
	nl_done(&b->conn);
	return status;
}

static int run(struct ctx *c)
{
	struct batch b = { .c = c, .s = c->config };
	int status = settings_enter(c, b.s);

	b.printer = (struct printer){ .out = &c->out.b,
				      .target = &b.target,
				      .form = b.s->json ? TREE_JSON : TREE_LINES,
				      .raw = b.s->raw,
				      .meta = b.s->meta };
	if (!status)
		status = perform(&b);
	printer_free(&b.printer);
	for (size_t i = 0; i < b.n; i++)
		request_free(&b.v[i]);
	free(b.v);
	buf_free(&b.bytes);
	target_close(&b.target);
	return status;
}

const struct command multi_command = {
	.name = "multi",
	.brief = "Send several requests in one datagram, print the answers",
	.args = "TARGET OP [ATTR=VALUE...] [, OP [ATTR=VALUE...]]...",
	.min_args = 2,
	.opts = opts,
	.nopts = COUNT(opts),
	.config_size = sizeof(struct settings),
	.run = run,
};
