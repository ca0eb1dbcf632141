/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The whole state, before events and after some were lost. */
#include "listen.h"

#include "clock.h"
#include "request.h"
#include "talk.h"
#include "until.h"

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
	size_t start = d->l->printer.out->n;

	(void)raw;
	if (!h || h->nlmsg_seq != req->nlmsg_seq ||
	    is_end(&d->l->target.language, h->nlmsg_type))
		return 0;
	printer_message(&d->l->printer, h, &about);
	if (d->all->s->until && d->l->printer.form == TREE_JSON &&
	    until_holds(d->all->s->until, d->l->printer.out->p + start,
			d->l->printer.out->n - start))
		d->all->met = true;
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

			if (!op->dump.there)
				continue;
			status = dump_op(d, &t->schemas[i], op, &o);
			/* What a kernel can't dump is not part of the state. */
			if (!status && (o.interrupted || o.lost || o.unfinished))
				*again = true;
			if (!status && o.error && o.error != -EOPNOTSUPP)
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
