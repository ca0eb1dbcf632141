/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "printer.h"

#include "clock.h"
#include "uevent.h"
#include "unpack.h"

/* What emit_about needs: all of one line. */
struct line {
	struct printer *p;
	const struct nlmsghdr *h; /* NULL: none */
	const struct meaning *m;
	const struct about *about;
	struct bytes raw;
	bool text; /* raw is a datagram of strings */
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
	const struct bytes action = l->text ? uevent_action(l->raw) : (struct bytes){ 0 };

	if (h && !op)
		op = type_name(lang, h->nlmsg_type, text, sizeof(text));
	if (h && is_end(lang, h->nlmsg_type))
		flags.names = &ack_flags;
	else if (l->about->side == SIDE_REQUEST)
		flags.names = &request_flags;
	tree_value(t, "family",
		   value_str(m && m->schema ? m->schema->name : l->p->target->word));
	tree_value(t, "op", l->text ? value_bytes(action.p, action.n) : value_str(op));
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
	if (l->p->raw || (!l->h && l->raw.p && !l->text))
		tree_value(t, "raw", value_hexbytes(l->raw.p, l->raw.n));
	tree_end(t);
}

static bool same_stamp(const struct stamp *a, const struct stamp *b)
{
	return a->op == b->op && a->event == b->event && a->wall_ns == b->wall_ns &&
	       !a->group.has == !b->group.has && a->group.v == b->group.v &&
	       !a->lost.has == !b->lost.has && a->lost.v == b->lost.v &&
	       !a->nsid.has == !b->nsid.has && a->nsid.v == b->nsid.v &&
	       a->seq == b->seq && a->portid == b->portid && a->type == b->type &&
	       a->flags == b->flags && a->command == b->command && a->side == b->side &&
	       a->target == b->target;
}

/* An object of its own in b, of which inner gives the members. */
static void begin_alone(struct tree *alone, struct buf *b)
{
	b->n = 0;
	tree_init(alone, b, TREE_JSON);
	tree_object(alone, NULL);
}

static void end_alone(struct tree *alone)
{
	tree_end(alone);
	tree_free(alone);
}

static struct bytes inner(const struct buf *b)
{
	return b->n > 2 ? (struct bytes){ .p = b->p + 1, .n = b->n - 2 }
			: (struct bytes){ 0 };
}

/* emit_about for a message in JSON without its bytes. */
static void emit_stamp(struct tree *t, const struct line *l)
{
	struct stamp *s = &l->p->stamp;
	const struct stamp now = { .text = s->text,
				   .op = l->m->op,
				   .event = l->about->event,
				   .wall_ns = l->p->wall_ns,
				   .group = l->about->group,
				   .lost = l->about->lost,
				   .nsid = l->about->nsid,
				   .seq = l->h->nlmsg_seq,
				   .portid = l->h->nlmsg_pid,
				   .type = l->h->nlmsg_type,
				   .flags = l->h->nlmsg_flags,
				   .command = l->m->command,
				   .side = l->about->side,
				   .target = l->p->target };
	struct tree alone;

	if (!s->text.n || !same_stamp(&now, s)) {
		*s = now;
		begin_alone(&alone, &s->text);
		emit_about(&alone, l);
		end_alone(&alone);
	}
	tree_rendered(t, inner(&s->text));
}

static struct memo *memo_for(struct printer *p, struct bytes b)
{
	uint32_t hash = 0;

	for (size_t i = 0; i < b.n; i++)
		hash = hash * 31 + (unsigned char)b.p[i];
	return &p->headers[(hash ^ hash >> 8) % MEMOS];
}

/* The fixed header as JSON. That of an op with twins depends on the attributes too. */
static void emit_header(struct tree *t, struct printer *p, const struct meaning *m,
			const struct scope *s)
{
	const struct layout *l = m->fixed->layout;
	const struct bytes b = m->header;
	struct memo *memo = memo_for(p, b);
	struct tree alone;

	if (p->form != TREE_JSON || m->fixed->twins || b.n > MEMO_BYTES) {
		unpack_struct(t, l, b, s);
		return;
	}
	if (memo->layout != l || memo->n != b.n || memcmp(memo->bytes, b.p, b.n) != 0) {
		memo->layout = l;
		memo->n = b.n;
		memcpy(memo->bytes, b.p, b.n);
		begin_alone(&alone, &memo->text);
		unpack_struct(&alone, l, b, s);
		end_alone(&alone);
	}
	tree_rendered(t, inner(&memo->text));
}

static void emit_known(struct tree *t, struct printer *p, const struct meaning *m)
{
	const struct scope s = { .set = m->op->set,
				 .attrs = m->attrs,
				 .twins = m->fixed->twins };

	if (m->fixed->layout)
		emit_header(t, p, m, &s);
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
		emit_known(&t, p, l->m);
	else if (l->h)
		emit_unknown(&t, p, l->h);
	else if (l->text)
		uevent_emit(&t, l->raw);
	if (p->form == TREE_JSON && l->h && !p->raw)
		emit_stamp(&t, l);
	else if (p->form == TREE_JSON || p->meta || (!l->h && !l->text))
		emit_about(&t, l);
	else if (p->raw)
		tree_value(&t, "raw", value_hexbytes(l->raw.p, l->raw.n));
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

void printer_text(struct printer *p, const struct about *a, struct bytes datagram)
{
	const struct line l = { .p = p, .about = a, .raw = datagram, .text = true };

	put_line(p, &l);
}

void printer_free(struct printer *p)
{
	reply_free(&p->reply);
	buf_free(&p->time);
	buf_free(&p->stamp.text);
	for (size_t i = 0; i < MEMOS; i++)
		buf_free(&p->headers[i].text);
}
