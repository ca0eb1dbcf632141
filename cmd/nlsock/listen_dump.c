/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The whole state, before events and after some were lost. */
#include "listen.h"

#include "clock.h"
#include "json.h"
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
	struct buf kept; /* messages that other dumps need values of */
	bool keep;
	bool again; /* it was interrupted, or lost */
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
	if (d->keep) {
		buf_add(&d->kept, h, h->nlmsg_len);
		buf_fill(&d->kept, 0, NLMSG_ALIGN(h->nlmsg_len) - h->nlmsg_len);
	}
	return 0;
}

static int take_datagram(void *arg)
{
	struct dumping *d = arg;

	return out_mark(&d->all->c->out);
}

/* Says what of an outcome has to be said. */
static void judge(struct dumping *d, const struct op *op, const struct outcome *o)
{
	const struct diag *diag = &d->all->c->diag;
	const char *word = d->l->target.word;

	if (o->interrupted || o->lost || o->unfinished)
		d->again = true;
	/* What a kernel can't dump is not part of the state, what is gone has an event.
	 */
	if (o->error == -EINVAL)
		diag_info(diag, "%s %s: only by parts", word, op->name);
	else if (o->error && o->error != -EOPNOTSUPP &&
		 (!op->each || o->error != -ENOENT)) {
		(void)diag_fail(diag, o->error, NULL, "%s %s", word, op->name);
		d->all->status = STATUS_INCOMPLETE;
	}
}

/* map: values of the request, or NULL. */
static int dump_op(struct dumping *d, const struct schema *schema, const struct op *op,
		   const struct node *map)
{
	struct outcome o;

	const struct talk t = { .conn = &d->conn,
				.language = &d->l->target.language,
				.pcap = &d->all->pcap,
				.message = take_message,
				.datagram = take_datagram,
				.arg = d };
	struct ctx *c = d->all->c;
	struct nlmsghdr *req;
	int err, status = request_bare(c, d->all->s, &d->l->target, schema, op, true, map,
				       &d->request);

	if (!status) {
		req = (void *)d->request.bytes.p;
		req->nlmsg_seq = ++d->conn.seq;
		req->nlmsg_pid = d->conn.portid;
		err = talk_request(&t, req, &o);
		if (!err)
			judge(d, op, &o);
		else if (!c->out.err)
			status = diag_fail(&c->diag, err, NULL, "%s %s",
					   d->l->target.word, op->name);
		else
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

/* Whether both dump the same messages, asked for alike. */
static bool alike(const struct op *a, const struct op *b)
{
	return a->reply == b->reply && a->set == b->set &&
	       op_fixed(a, SIDE_REQUEST, true)->layout ==
		       op_fixed(b, SIDE_REQUEST, true)->layout;
}

/*
 * Whether o dumps state: what events tell of, in specs that have events of it. What comes
 * second and is alike is a part of the first, or would reset counters.
 */
static bool is_state(const struct schema *s, const struct op *o)
{
	bool any = false;

	if (!o->dump.there)
		return false;
	for (const struct op *k = s->ops; k < s->ops + s->nops; k++) {
		if (k < o && k->dump.there && alike(k, o))
			return false;
		any |= k->dump.there && told(s, k);
	}
	return !any || told(s, o);
}

/* What op wants to be asked for with, from a message of the dump it depends on. */
static struct node *values_of(const struct dumping *d, const struct op *op,
			      const struct nlmsghdr *h, struct arena *a)
{
	const struct about about = { .side = SIDE_REPLY };
	struct node *map = node_add(a, NULL, NODE_MAP, NULL);
	struct buf line = { 0 }, why = { 0 };
	struct printer p = { .out = &line, .target = &d->l->target, .form = TREE_JSON };
	const struct node *root;

	printer_message(&p, h, &about);
	root = json_parse(a, line.p, line.n, &why);
	for (const struct node *w = op->with->first; w && map; w = w->next) {
		const struct node *from =
			node_get(root, w->kind == NODE_SCALAR ? w->s : "");
		struct node *to = from ? node_add(a, map, NODE_SCALAR, w->key) : NULL;

		if (!to || from->kind != NODE_SCALAR) {
			map = NULL;
			break;
		}
		to->quoted = from->quoted;
		to->n = from->n;
		to->s = from->s;
	}
	printer_free(&p);
	buf_free(&line);
	buf_free(&why);
	return map;
}

/* Dumps op for each of the messages that were kept. */
static int dump_parts(struct dumping *d, const struct schema *schema, const struct op *op)
{
	const struct nlmsghdr *h = nl_msg_at(d->kept.p, d->kept.n);
	size_t left = d->kept.n;
	int status = 0;

	for (; h && !status; h = nl_msg_next(h, &left)) {
		struct arena a = { 0 };
		const struct node *map = values_of(d, op, h, &a);

		if (map)
			status = dump_op(d, schema, op, map);
		arena_free(&a);
	}
	return status;
}

/* Dumps op, and then what depends on it. */
static int dump_state(struct dumping *d, const struct schema *s, const struct op *op)
{
	int status;

	d->keep = false;
	for (size_t i = 0; i < s->nops; i++)
		d->keep |= s->ops[i].each == op && is_state(s, &s->ops[i]);
	status = dump_op(d, s, op, NULL);
	d->keep = false;
	for (size_t i = 0; i < s->nops && !status; i++)
		if (s->ops[i].each == op && is_state(s, &s->ops[i]))
			status = dump_parts(d, s, &s->ops[i]);
	d->kept.n = 0;
	return status;
}

/* One pass over all dumps of the target. */
static int dump_all(struct dumping *d)
{
	const struct target *t = &d->l->target;
	int status = 0;

	d->again = false;
	for (size_t i = 0; i < t->n && !status; i++)
		for (size_t k = 0; k < t->schemas[i].nops && !status; k++) {
			const struct op *op = &t->schemas[i].ops[k];

			if (!op->each && is_state(&t->schemas[i], op))
				status = dump_state(d, &t->schemas[i], op);
		}
	return status;
}

int listen_dump(struct listening *all, struct listener *l, const char *what)
{
	struct dumping d = { .all = all, .l = l, .what = what };
	struct settings roomy = *all->s;
	uint32_t tries = all->s->retry;
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
		status = dump_all(&d);
	} while (!status && d.again && tries--);
	if (!status && d.again) {
		diag_warn(&all->c->diag, "%s: the dump was interrupted each time",
			  l->target.word);
		all->status = STATUS_INCOMPLETE;
	}
	if (!status)
		say(&d, d.end);
	nl_done(&d.conn);
	buf_free(&d.kept);
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
