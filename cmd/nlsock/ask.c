/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nlsock do, nlsock dump - a request by names, and its answer. */
#include "nlsock.h"

#include "clock.h"
#include "printer.h"
#include "request.h"
#include "talk.h"
#include "utf8.h"

#include <errno.h>

/* Of a dump so much is kept back, so that one that was interrupted need not be shown. */
enum { HELD = 256 << 10 };

#define ASK_OPTIONS PRINT_OPTIONS, SOCKET_OPTIONS, STRICT_OPTION, TIMEOUT_OPTION

static const struct opt do_opts[] = { ASK_OPTIONS, REQUEST_OPTIONS };
static const struct opt dump_opts[] = {
	ASK_OPTIONS,
	DRY_RUN_OPTION,
	OPT(settings, retry, 0, "retry", "N",
	    "dump again so many times if it was interrupted (5)"),
};
static const struct settings defaults = { .retry = 5 };

struct asking {
	struct ctx *c;
	const struct settings *s;
	struct target target;
	struct request request;
	struct printer printer;
	struct nl_conn conn;
	struct pcap pcap;
	struct about about;
	struct buf words; /* of the last error */
	bool dump, shown; /* some of it has been printed for good */
};

static bool is_ours(const struct asking *a, const struct nlmsghdr *h)
{
	const struct nlmsghdr *req = (const void *)a->request.bytes.p;
	const bool audit = a->target.language.protocol == NETLINK_AUDIT; /* says 0 */

	return h->nlmsg_seq == req->nlmsg_seq &&
	       (h->nlmsg_pid == a->conn.portid || audit);
}

static int take_message(const struct nlmsghdr *h, struct bytes raw, void *arg)
{
	struct asking *a = arg;
	struct about about = a->about;

	if (!h) {
		about.event = "malformed";
		printer_event(&a->printer, &about, raw);
		return 0;
	}
	if (!is_ours(a, h) || h->nlmsg_type == NLMSG_NOOP)
		return 0;
	if (is_end(&a->target.language, h->nlmsg_type)) {
		a->words.n = 0;
		request_explain(&a->request, h, &a->words);
		return 0;
	}
	printer_message(&a->printer, h, &about);
	return 0;
}

static int take_datagram(void *arg)
{
	struct asking *a = arg;

	a->printer.wall_ns = clock_wall_ns();
	if (!a->shown && a->printer.out->n < HELD)
		return 0;
	a->shown = true;
	return out_mark(&a->c->out);
}

static int report_error(struct asking *a, int error)
{
	struct buf text = { 0 };
	int status;

	utf8_escape(&text, a->words.n ? a->words.p : "", a->words.n);
	buf_putc(&text, 0);
	status = diag_fail(&a->c->diag, error,
			   a->words.n && !text.err ? text.p : talk_hint(error), "%s %s",
			   a->target.word, a->request.name);
	buf_free(&text);
	return status;
}

static int incomplete(struct asking *a, int err, const char *what, const char *hint)
{
	diag_fail(&a->c->diag, err, hint, "%s %s: %s", a->target.word, a->request.name,
		  what);
	return STATUS_INCOMPLETE;
}

static int report(struct asking *a, const struct outcome *o)
{
	if (o->error)
		return report_error(a, o->error);
	if (o->malformed)
		return diag_fail(&a->c->diag, EBADMSG, NULL, "%s %s: answer",
				 a->target.word, a->request.name);
	if (a->words.n)
		diag_warn(&a->c->diag, "%s %s: %.*s", a->target.word, a->request.name,
			  (int)a->words.n, a->words.p);
	if (o->lost)
		return incomplete(a, ENOBUFS, "part of the answer is lost",
				  "a larger --rcvbuf may help");
	if (o->interrupted)
		return incomplete(a, 0, "what was dumped changed meanwhile, each time",
				  "a larger --retry may help");
	if (o->unfinished)
		return incomplete(a, ETIMEDOUT, "the answer has no end",
				  "a longer --timeout may help");
	return 0;
}

/* What was dumped in vain is taken back, or marked where it has been printed. */
static void begin_again(struct asking *a, size_t start)
{
	const struct about about = { .event = "interrupted", .side = SIDE_REPLY };

	if (!a->shown) {
		a->printer.out->n = start;
		a->printer.printed = false;
		return;
	}
	printer_event(&a->printer, &about, (struct bytes){ 0 });
	a->about.event = "again";
}

static int converse(struct asking *a)
{
	const struct talk t = { .conn = &a->conn,
				.language = &a->target.language,
				.pcap = &a->pcap,
				.timeout_ns = a->s->timeout.ns,
				.nonblock = a->s->nonblock,
				.message = take_message,
				.datagram = take_datagram,
				.arg = a };
	struct nlmsghdr *req = (void *)a->request.bytes.p;
	size_t start = a->printer.out->n;
	struct outcome o;
	uint32_t tries = a->s->retry;
	int err;

	for (;;) {
		req->nlmsg_seq = ++a->conn.seq;
		req->nlmsg_pid = a->conn.portid;
		a->printer.wall_ns = clock_wall_ns();
		err = talk_request(&t, req, &o);
		if (err || !o.interrupted || o.error || !tries--)
			break;
		begin_again(a, start);
	}
	if (err && a->c->out.err)
		return STATUS_FAILED; /* main says why */
	if (err)
		return diag_fail(&a->c->diag, err, talk_hint(err), "%s %s",
				 a->target.word, a->request.name);
	return report(a, &o);
}

static int dry_run(struct asking *a)
{
	const struct value v = value_hexbytes(a->request.bytes.p, a->request.bytes.n);

	value_put(&a->c->out.b, &v, STYLE_TEXT);
	buf_putc(&a->c->out.b, '\n');
	return 0;
}

static int ask(struct asking *a)
{
	int status = target_open(a->c, &a->target, a->c->args[0], a->s->spec);

	if (!status && a->target.language.protocol == NETLINK_GENERIC && !a->target.n &&
	    !a->target.live)
		status = diag_usage(&a->c->diag,
				    "%s: name a family, nlsock list shows them",
				    a->target.word);
	if (!status)
		status = request_make(
			a->c, a->s, &a->target, a->dump,
			(struct words){ .v = a->c->args + 1, .n = a->c->nargs - 1 },
			&a->request);
	if (!status && !a->s->dry_run)
		status = target_resolve(a->c, &a->target);
	if (status)
		return status;
	if (a->s->dry_run)
		return dry_run(a);
	if (a->target.language.protocol == NETLINK_GENERIC)
		((struct nlmsghdr *)(void *)a->request.bytes.p)->nlmsg_type =
			a->target.genl.id;
	status = settings_connect(a->c, a->s, a->target.language.protocol, &a->conn);
	if (status)
		return status;
	status = settings_record(a->c, a->s->pcap, &a->pcap);
	if (!status)
		status = settings_recorded(a->c, &a->pcap, converse(a));
	nl_done(&a->conn);
	return status;
}

static int run(struct ctx *c, bool dump)
{
	struct asking a = { .c = c, .s = c->config, .dump = dump };
	int status = settings_enter(c, a.s);

	a.about.side = SIDE_REPLY;
	a.printer = (struct printer){ .out = &c->out.b,
				      .target = &a.target,
				      .form = a.s->json ? TREE_JSON : TREE_LINES,
				      .raw = a.s->raw,
				      .meta = a.s->meta };
	if (!status)
		status = ask(&a);
	printer_free(&a.printer);
	request_free(&a.request);
	target_close(&a.target);
	buf_free(&a.words);
	return status;
}

static int run_do(struct ctx *c)
{
	return run(c, false);
}

static int run_dump(struct ctx *c)
{
	return run(c, true);
}

const struct command do_command = {
	.name = "do",
	.brief = "Ask for one thing, or change it, by names; print the answer",
	.args = "TARGET [OP] [ATTR=VALUE...]",
	.min_args = 1,
	.opts = do_opts,
	.nopts = COUNT(do_opts),
	.defaults = &defaults,
	.config_size = sizeof(struct settings),
	.run = run_do,
};

const struct command dump_command = {
	.name = "dump",
	.brief = "Ask for all things of a kind, by names; print each",
	.args = "TARGET [OP] [ATTR=VALUE...]",
	.min_args = 1,
	.opts = dump_opts,
	.nopts = COUNT(dump_opts),
	.defaults = &defaults,
	.config_size = sizeof(struct settings),
	.run = run_dump,
};
