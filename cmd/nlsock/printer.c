/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "printer.h"

#include "clock.h"
#include "unpack.h"

/* What emit_about needs: all of one line. */
struct line {
	struct printer *p;
	const struct nlmsghdr *h; /* NULL: none */
	const struct meaning *m;
	const struct about *about;
	struct bytes raw;
};

static struct value opt_u(struct opt_u64 v)
{
	return v.has ? value_u64(v.v) : value_none(false);
}

static struct value opt_i(struct opt_i64 v)
{
	return v.has ? value_i64(v.v) : value_none(false);
}

/* The time is the same for all messages of a datagram. */
static struct value time_value(struct printer *p)
{
	if (p->time_of != p->wall_ns) {
		p->time.n = 0;
		put_time(&p->time, p->wall_ns);
		p->time_of = p->wall_ns;
	}
	return value_bytes(p->time.p, p->time.n);
}

static void emit_message(struct tree *t, const struct line *l)
{
	const struct nlmsghdr *h = l->h;
	const struct language *lang = &l->p->target->language;
	struct value flags = { .kind = VALUE_U64,
			       .show = BITS,
			       .u = h ? h->nlmsg_flags : 0,
			       .names = &reply_flags };
	const struct meaning *m = l->m;
	char text[48];
	const char *op = m && m->op ? m->op->name : NULL;

	if (h && !op)
		op = type_name(lang, h->nlmsg_type, text, sizeof(text));
	if (h && is_end(lang, h->nlmsg_type))
		flags.names = &ack_flags;
	else if (l->about->side == SIDE_REQUEST)
		flags.names = &request_flags;
	tree_value(t, "family",
		   value_str(m && m->schema ? m->schema->name : l->p->target->word));
	tree_value(t, "op", value_str(op));
	tree_value(t, "type", h ? value_u64(h->nlmsg_type) : value_none(false));
	tree_value(t, "cmd",
		   m && m->command >= 0 ? value_i64(m->command) : value_none(false));
	tree_value(t, "flags", h ? flags : value_none(false));
	tree_value(t, "seq", h ? value_u64(h->nlmsg_seq) : value_none(false));
	tree_value(t, "portid", h ? value_u64(h->nlmsg_pid) : value_none(false));
}

static void emit_about(struct tree *t, const struct line *l)
{
	const struct about *a = l->about;

	tree_object(t, "nlsock");
	emit_message(t, l);
	tree_value(t, "group", opt_u(a->group));
	tree_value(t, "nsid", opt_i(a->nsid));
	tree_value(t, "time", time_value(l->p));
	tree_value(t, "event", value_str(a->event));
	tree_value(t, "lost", opt_u(a->lost));
	if (l->p->raw || (!l->h && l->raw.p))
		tree_value(t, "raw", value_hexbytes(l->raw.p, l->raw.n));
	tree_end(t);
}

static void emit_known(struct tree *t, const struct meaning *m)
{
	const struct scope s = { .set = m->op->set,
				 .attrs = m->attrs,
				 .twins = m->fixed->twins };

	if (m->fixed->layout)
		unpack_struct(t, m->fixed->layout, m->header, &s);
	unpack_attrs(t, &s);
}

/* Without a schema: the header by what is built in, attributes by number. */
static void emit_unknown(struct tree *t, struct printer *p, const struct nlmsghdr *h)
{
	struct reply *r = &p->reply;

	reply_decode(r, &p->target->language, h, NULL);
	if (r->error.emit)
		tree_value(t, "error",
			   (struct value){ .kind = VALUE_NEST, .nest = r->error });
	if (r->header.emit)
		tree_value(t, "header",
			   (struct value){ .kind = VALUE_NEST, .nest = r->header });
	if (r->attrs.emit)
		tree_value(t, "attrs",
			   (struct value){ .kind = VALUE_NEST, .nest = r->attrs });
	if (r->payload.p)
		tree_value(t, "payload", value_hexbytes(r->payload.p, r->payload.n));
}

static void put_line(struct printer *p, const struct line *l)
{
	struct tree t;

	if (p->form != TREE_JSON && p->printed)
		buf_putc(p->out, '\n');
	p->printed = true;
	tree_init(&t, p->out, p->form);
	tree_object(&t, NULL);
	if (l->m && l->m->op)
		emit_known(&t, l->m);
	else if (l->h)
		emit_unknown(&t, p, l->h);
	if (p->form == TREE_JSON || p->meta || !l->h)
		emit_about(&t, l);
	tree_end(&t);
	tree_free(&t);
	if (p->form == TREE_JSON)
		buf_putc(p->out, '\n');
}

void printer_message(struct printer *p, const struct nlmsghdr *h, const struct about *a)
{
	struct meaning m;
	const struct line l = { .p = p,
				.h = h,
				.m = &m,
				.about = a,
				.raw = { .p = (const char *)h, .n = h->nlmsg_len } };

	target_read(p->target, h, a->side, &m);
	put_line(p, &l);
}

void printer_event(struct printer *p, const struct about *a, struct bytes raw)
{
	const struct line l = { .p = p, .about = a, .raw = raw };

	put_line(p, &l);
}

void printer_free(struct printer *p)
{
	reply_free(&p->reply);
	buf_free(&p->time);
}
