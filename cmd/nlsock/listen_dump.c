/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The whole state, before events and after some were lost. */
#include "listen.h"

#include "clock.h"
#include "request.h"
#include "talk.h"

#include <errno.h>
#include <stdio.h>

struct dumping {
	struct listening *all;
	struct listener *l;
	struct nl_conn conn;
	struct request request;
	const char *what;
	char begin[16], end[16];
};

static void say(struct dumping *d, const char *event)
{
	const struct about about = { .event = event, .side = SIDE_REPLY };

	d->l->printer.wall_ns = clock_wall_ns();
	printer_event(&d->l->printer, &about, (struct bytes){ 0 });
}

static int take_message(const struct nlmsghdr *h, struct bytes raw, void *arg)
{
	const struct about about = { .event = ((struct dumping *)arg)->what,
				     .side = SIDE_REPLY };
	struct dumping *d = arg;
	const struct nlmsghdr *req = (const void *)d->request.bytes.p;

	(void)raw;
	if (!h || h->nlmsg_seq != req->nlmsg_seq ||
	    is_end(&d->l->target.language, h->nlmsg_type))
		return 0;
	listen_take(d->all, d->l, h, (struct bytes){ 0 }, &about);
	return 0;
}

static int take_datagram(void *arg)
{
	struct dumping *d = arg;

	return out_mark(&d->all->c->out);
}

static int dump_op(struct dumping *d, const struct schema *schema, const struct op *op,
		   struct outcome *o)
{
	const struct talk t = { .conn = &d->conn,
				.language = &d->l->target.language,
				.pcap = &d->all->pcap,
				.message = take_message,
				.datagram = take_datagram,
				.arg = d };
	struct ctx *c = d->all->c;
	struct nlmsghdr *req;
	int err, status = request_bare(c, d->all->s, &d->l->target, schema, op, true,
				       &d->request);

	if (!status) {
		req = (void *)d->request.bytes.p;
		req->nlmsg_seq = ++d->conn.seq;
		req->nlmsg_pid = d->conn.portid;
		err = talk_request(&t, req, o);
		if (err && !c->out.err)
			status = diag_fail(&c->diag, err, NULL, "%s %s",
					   d->l->target.word, op->name);
		else if (err)
			status = STATUS_FAILED;
	}
	request_free(&d->request);
	return status;
}

/* Whether some event tells of what o dumps. */
static bool told(const struct schema *s, const struct op *o)
{
	for (size_t i = 0; i < s->nops; i++) {
		const struct op *e = &s->ops[i];

		if (e->event && (e->like == o || (s->raw && e->reply == o->reply)))
			return true;
	}
	return false;
}

/*
 * Whether o dumps state: what events tell of, in specs that have events of it. What comes
 * second with the same messages is a part of the first, or would reset counters.
 */
static bool is_state(const struct schema *s, const struct op *o)
{
	bool any = false;

	if (!o->dump.there)
		return false;
	for (const struct op *k = s->ops; k < s->ops + s->nops; k++) {
		if (k < o && k->dump.there && k->reply == o->reply && k->set == o->set)
			return false;
		any |= k->dump.there && told(s, k);
	}
	return !any || told(s, o);
}

/* One pass over all dumps of the target. *again: it was interrupted or lost. */
static int dump_all(struct dumping *d, bool *again)
{
	const struct target *t = &d->l->target;
	struct outcome o;
	int status = 0;

	*again = false;
	for (size_t i = 0; i < t->n && !status; i++)
		for (size_t k = 0; k < t->schemas[i].nops && !status; k++) {
			const struct op *op = &t->schemas[i].ops[k];

			if (!is_state(&t->schemas[i], op))
				continue;
			status = dump_op(d, &t->schemas[i], op, &o);
			/* What a kernel can't dump is not part of the state. */
			if (!status && (o.interrupted || o.lost || o.unfinished))
				*again = true;
			if (!status && o.error == -EINVAL)
				diag_info(&d->all->c->diag, "%s %s: only by parts",
					  t->word, op->name);
			else if (!status && o.error && o.error != -EOPNOTSUPP)
				diag_warn(&d->all->c->diag, "%s %s: %s", t->word,
					  op->name, strerrordesc_np(-o.error));
		}
	return status;
}

int listen_dump(struct listening *all, struct listener *l, const char *what)
{
	struct dumping d = { .all = all, .l = l, .what = what };
	struct settings roomy = *all->s;
	uint32_t tries = all->s->retry;
	bool again = true;
	int status;

	/* A buffer and a port chosen for events are not for this. */
	roomy.rcvbuf.bytes = 0;
	roomy.bind = 0;
	status = settings_connect(all->c, &roomy, l->target.language.protocol, &d.conn);

	if (status)
		return status;
	if (l->target.language.protocol == NETLINK_ROUTE)
		silent_settle();
	snprintf(d.begin, sizeof(d.begin), "%s-begin", what);
	snprintf(d.end, sizeof(d.end), "%s-end", what);
	do {
		say(&d, d.begin);
		status = dump_all(&d, &again);
	} while (!status && again && tries--);
	if (!status && again) {
		diag_warn(&all->c->diag, "%s: the dump was interrupted each time",
			  l->target.word);
		all->status = STATUS_INCOMPLETE;
	}
	if (!status)
		say(&d, d.end);
	nl_done(&d.conn);
	return status;
}

struct links {
	struct listening *all;
	struct listener *l;
};

static int take_link(const struct nlmsghdr *h, void *arg)
{
	const struct about about = { .event = "resync", .side = SIDE_REPLY };
	const struct links *x = arg;

	listen_take(x->all, x->l, h, (struct bytes){ 0 }, &about);
	return 0;
}

/* One that is gone meanwhile is told of by an event. */
void listen_links(struct listening *all, struct listener *l)
{
	struct links x = { .all = all, .l = l };

	l->printer.wall_ns = clock_wall_ns();
	for (size_t i = 0; i < l->due.some.n; i++)
		silent_get(l->due.some.v[i], take_link, &x);
}
