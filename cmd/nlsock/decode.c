/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decode.h"

#include "attrs.h"
#include "tree.h"

#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/sock_diag.h>
#include <stdio.h>
#include <string.h>

static const struct field reply_fields[] = {
	FIELD(reply, name, SHOW, "name of the message type"),
	FIELD(reply, type, SHOW, "message type, a number"),
	FIELD(reply, len, SHOW, "length with the 16 bytes of the header"),
	FIELD(reply, flags, SHOW, "flags of the message header, NLM_F_*"),
	FIELD(reply, seq, SHOW, "sequence number, repeated from the request"),
	FIELD(reply, portid, SHOW, "port of the socket that asked"),
	FIELD(reply, error, SHOW,
	      "of an ack or the end of a dump: code, errno's name and the kernel's "
	      "words"),
	FIELD(reply, header, SHOW, "fixed header before the attributes"),
	FIELD(reply, attrs, SHOW, "attributes as a tree: number and bytes"),
	FIELD(reply, payload, SHOW | HEX, "bytes that are neither header nor attributes"),
};
const struct record reply_record = RECORD("nlsock_reply", reply_fields, .vertical = true);

static const struct message *find(const struct messages *m, uint16_t type)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->v[i].type == type)
			return &m->v[i];
	return NULL;
}

static const struct message *message_of(const struct language *l, uint16_t type)
{
	if (type < NLMSG_MIN_TYPE)
		return find(&control_messages, type);
	switch (l->protocol) {
	case NETLINK_ROUTE:
		return find(&route_messages, type);
	case NETLINK_SOCK_DIAG:
		return find(&diag_messages, type);
	case NETLINK_XFRM:
		return find(&xfrm_messages, type);
	case NETLINK_NETFILTER:
		return find(&netfilter_messages, type);
	default:
		return NULL;
	}
}

bool is_end(const struct language *l, uint16_t type)
{
	return (type == NLMSG_ERROR || type == NLMSG_DONE) &&
	       l->protocol != NETLINK_CONNECTOR;
}

static const char *family_name(const struct language *l, uint16_t type, char *text,
			       size_t size)
{
	const struct family *f = family_by_id(&l->families, type);

	if (!f || !f->name.p)
		return NULL;
	snprintf(text, size, "%.*s", (int)f->name.n, f->name.p);
	return text;
}

static const char *netfilter_name(uint16_t type, char *text, size_t size)
{
	const char *subsystem = name_of(&nfnl_subsystems, NFNL_SUBSYS_ID(type));

	if (!subsystem)
		return NULL;
	snprintf(text, size, "%s %u", subsystem, NFNL_MSG_TYPE(type));
	return text;
}

const char *type_name(const struct language *l, uint16_t type, char *text, size_t size)
{
	const struct message *m = message_of(l, type);

	/* The connector does not use the type, and has data in type 3. */
	if (l->protocol == NETLINK_CONNECTOR)
		return NULL;
	if (m)
		return m->name;
	if (type < NLMSG_MIN_TYPE)
		return NULL;
	if (l->protocol == NETLINK_GENERIC)
		return family_name(l, type, text, size);
	return l->protocol == NETLINK_NETFILTER ? netfilter_name(type, text, size) : NULL;
}

/* The fixed header of a message, NULL where nothing is known of its payload. */
static const struct header *header_of(const struct language *l, const struct nlmsghdr *h,
				      bool request)
{
	const struct message *m = message_of(l, h->nlmsg_type);

	if (l->protocol == NETLINK_CONNECTOR)
		return &connector_header;
	if (m && m->header)
		return m->header;
	if (h->nlmsg_type < NLMSG_MIN_TYPE)
		return NULL;
	if (l->protocol == NETLINK_GENERIC)
		return family_by_id(&l->families, h->nlmsg_type) ? &genl_header : NULL;
	if (l->protocol == NETLINK_NETFILTER)
		return &nfnl_header;
	if (l->protocol == NETLINK_SOCK_DIAG &&
	    (h->nlmsg_type == SOCK_DIAG_BY_FAMILY || h->nlmsg_type == SOCK_DESTROY) &&
	    h->nlmsg_len > NLMSG_HDRLEN)
		return diag_header(*((const uint8_t *)h + NLMSG_HDRLEN), request);
	return NULL;
}

/* A generic family may have a header of its own after genlmsghdr. */
static size_t user_header_size(const struct language *l, const struct nlmsghdr *h)
{
	const struct family *f = family_by_id(&l->families, h->nlmsg_type);

	return f ? NLMSG_ALIGN((size_t)f->genl.hdrsize) : 0;
}

static void emit_flags(struct tree *t, const void *arg)
{
	const struct reply *r = arg;
	const struct value v = { .kind = VALUE_U64,
				 .show = BITS,
				 .u = r->flag_bits,
				 .names = r->is_ack ? &ack_flags : &reply_flags };

	tree_value(t, NULL, v);
}

static void emit_error(struct tree *t, const void *arg)
{
	const struct reply *r = arg;
	int code = r->ack.error;
	bool known = code < 0 && code >= -4095;

	tree_object(t, NULL);
	tree_value(t, "code", value_i64(code));
	tree_value(t, "errno", value_str(known ? strerrorname_np(-code) : NULL));
	tree_value(t, "message", value_bytes(r->why.n ? r->why.p : NULL, r->why.n));
	tree_end(t);
}

static struct value member_value(const struct member *m, const char *p)
{
	union {
		uint8_t b;
		uint16_t h;
		uint32_t w;
		uint64_t d;
	} u;

	if (m->size > sizeof(u))
		return value_hexbytes(p, m->size);
	memcpy(&u, p, m->size);
	switch (m->size) {
	case 1:
		return value_u64(u.b);
	case 2:
		return value_u64(u.h);
	case 4:
		return value_u64(u.w);
	default: /* a cookie or a mask, which may need all 64 bits */
		return value_hex(u.d);
	}
}

static void emit_header(struct tree *t, const void *arg)
{
	const struct reply *r = arg;
	const struct header *f = r->fixed;

	tree_object(t, NULL);
	tree_value(t, "struct", value_str(f->name));
	for (size_t i = 0; i < f->n; i++)
		tree_value(t, f->members[i].name,
			   member_value(&f->members[i],
					r->fixed_bytes.p + f->members[i].off));
	if (!f->n)
		tree_value(t, "hex", value_hexbytes(r->fixed_bytes.p, r->fixed_bytes.n));
	if (r->user_header.n)
		tree_value(t, "user_header",
			   value_hexbytes(r->user_header.p, r->user_header.n));
	tree_end(t);
}

static struct bytes take(struct bytes *from, size_t n)
{
	struct bytes b = { .p = from->p, .n = MIN(n, from->n) };

	from->p += b.n;
	from->n -= b.n;
	return b;
}

static void read_ack(struct reply *r, const struct language *l, const struct nlmsghdr *h,
		     const struct nlmsghdr *req)
{
	const struct header *f = req ? header_of(l, req, true) : NULL;
	size_t skip = f ? f->size : 0;

	r->is_ack = true;
	r->malformed = !nl_ack_decode(h, &r->ack);
	if (r->malformed)
		return;
	if (req && l->protocol == NETLINK_GENERIC)
		skip += user_header_size(l, req);
	if (req)
		nl_ack_text(&r->why, &r->ack, req, skip, NULL, NULL);
	else
		buf_puts(&r->why, r->ack.message);
	r->error = (struct nest){ .emit = emit_error, .arg = r };
	r->attr_bytes = nl_ack_attrs(h);
}

static void read_header(struct reply *r, const struct language *l,
			const struct nlmsghdr *h, struct bytes *rest)
{
	size_t size, user = 0;

	r->fixed = header_of(l, h, false);
	if (!r->fixed)
		return;
	size = NLMSG_ALIGN((size_t)r->fixed->size);
	if (l->protocol == NETLINK_GENERIC && h->nlmsg_type >= NLMSG_MIN_TYPE)
		user = user_header_size(l, h);
	if (rest->n < r->fixed->size || rest->n < (user ? size + user : 0)) {
		r->fixed = NULL;
		return;
	}
	r->fixed_bytes = take(rest, size);
	r->fixed_bytes.n = r->fixed->size;
	r->user_header = take(rest, user);
	if (r->fixed->size)
		r->header = (struct nest){ .emit = emit_header, .arg = r };
}

/* What neither the code of an ack nor its attributes tell: the request that it repeats.
 */
static struct bytes untold(struct reply *r, struct bytes rest)
{
	if (!r->fixed)
		(void)take(&rest, sizeof(r->ack.error));
	if (!attrs_whole(r->attr_bytes.p, r->attr_bytes.n))
		r->attr_bytes.n = 0;
	rest.n -= MIN(r->attr_bytes.n, rest.n);
	return rest;
}

/* What follows the header: attributes if they are whole, else bytes. */
static void read_rest(struct reply *r, struct bytes rest)
{
	if (r->is_ack && !r->malformed)
		rest = untold(r, rest);
	else if (r->fixed && !r->fixed->opaque && attrs_whole(rest.p, rest.n)) {
		r->attr_bytes = rest;
		rest.n = 0;
	}
	if (rest.n)
		r->payload = rest;
	if (r->attr_bytes.n)
		r->attrs = (struct nest){ .emit = attrs_emit, .arg = &r->attr_bytes };
}

void reply_decode(struct reply *r, const struct language *l, const struct nlmsghdr *h,
		  const struct nlmsghdr *req)
{
	struct bytes rest = { .p = (const char *)h + NLMSG_HDRLEN,
			      .n = h->nlmsg_len - NLMSG_HDRLEN };
	struct buf why = r->why;

	why.n = 0;
	*r = (struct reply){ .type = h->nlmsg_type,
			     .len = h->nlmsg_len,
			     .seq = h->nlmsg_seq,
			     .portid = h->nlmsg_pid,
			     .flag_bits = h->nlmsg_flags,
			     .why = why };
	r->name = type_name(l, h->nlmsg_type, r->text, sizeof(r->text));
	r->flags = (struct nest){ .emit = emit_flags, .arg = r };
	if (is_end(l, h->nlmsg_type))
		read_ack(r, l, h, req);
	read_header(r, l, h, &rest);
	read_rest(r, rest);
}

void reply_garbage(struct reply *r, struct bytes b)
{
	struct buf why = r->why;

	why.n = 0;
	*r = (struct reply){
		.len = (uint32_t)b.n, .payload = b, .why = why, .malformed = true
	};
}

void reply_free(struct reply *r)
{
	buf_free(&r->why);
}
