/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pure: what the kernel says about a request besides its data. */
#include "nl.h"

#include <errno.h>

#define PATH_MAX_DEPTH 16

/* Where the TLVs of an ack begin, 0 for a malformed message. */
static size_t tlv_start(const struct nlmsghdr *h)
{
	const struct nlmsgerr *e = (const void *)((const char *)h + NLMSG_HDRLEN);
	size_t room = h->nlmsg_len - NLMSG_HDRLEN;

	if (h->nlmsg_type == NLMSG_DONE)
		return NLMSG_HDRLEN + sizeof(int);
	if (room < sizeof(*e))
		return 0;
	if (h->nlmsg_flags & NLM_F_CAPPED)
		return NLMSG_HDRLEN + sizeof(*e);
	/* The kernel echoes the whole request only for an error. */
	if (e->msg.nlmsg_len < NLMSG_HDRLEN)
		return 0;
	if (e->msg.nlmsg_len > room - sizeof(int))
		return h->nlmsg_flags & NLM_F_ACK_TLVS ? 0 : h->nlmsg_len;
	return NLMSG_HDRLEN + sizeof(int) + NLMSG_ALIGN((size_t)e->msg.nlmsg_len);
}

static bool read_tlvs(struct bytes tlvs, struct nl_ack *ack)
{
	struct nlattr *a[NLMSGERR_ATTR_MAX + 1];
	struct bytes text;

	if (nl_attrs(tlvs.p, tlvs.n, a, NLMSGERR_ATTR_MAX))
		return false;
	text = nla_read_str(a[NLMSGERR_ATTR_MSG]);
	if (text.p)
		memcpy(ack->message, text.p, MIN(text.n, sizeof(ack->message) - 1));
	nla_read_u32(a[NLMSGERR_ATTR_OFFS], &ack->offset);
	ack->has_missing = nla_read_u32(a[NLMSGERR_ATTR_MISS_TYPE], &ack->missing);
	nla_read_u32(a[NLMSGERR_ATTR_MISS_NEST], &ack->missing_nest);
	return true;
}

struct bytes nl_ack_attrs(const struct nlmsghdr *h)
{
	size_t start;

	if (!(h->nlmsg_flags & NLM_F_ACK_TLVS) ||
	    h->nlmsg_len < NLMSG_HDRLEN + sizeof(int))
		return (struct bytes){ 0 };
	start = tlv_start(h);
	if (!start || start >= h->nlmsg_len)
		return (struct bytes){ 0 };
	return (struct bytes){ .p = (const char *)h + start, .n = h->nlmsg_len - start };
}

bool nl_ack_decode(const struct nlmsghdr *h, struct nl_ack *ack)
{
	struct nl_ack fresh = { .interrupted = ack->interrupted,
				.filtered = ack->filtered };
	struct bytes tlvs;

	*ack = fresh;
	/* Some protocols end a dump with a bare header. */
	if (h->nlmsg_type == NLMSG_DONE && h->nlmsg_len < NLMSG_HDRLEN + sizeof(int))
		return true;
	if (!tlv_start(h))
		return false;
	memcpy(&ack->error, (const char *)h + NLMSG_HDRLEN, sizeof(ack->error));
	tlvs = nl_ack_attrs(h);
	return !tlvs.p || read_tlvs(tlvs, ack);
}

struct step_names {
	nl_attr_name *name;
	void *arg;
};

static void put_step(struct buf *b, const uint16_t *path, size_t depth,
		     const struct step_names *s)
{
	const char *name = s->name ? s->name(path, depth, s->arg) : NULL;

	if (depth > 1)
		buf_putc(b, '.');
	if (name)
		buf_puts(b, name);
	else
		buf_printf(b, "%u", path[depth - 1]);
}

/*
 * The numbers of the attributes on the way to the one whose header is at offset. Returns
 * how many, 0 where none is there.
 */
static size_t find_path(const struct nlmsghdr *req, size_t header, size_t offset,
			uint16_t *path)
{
	size_t pos = NLMSG_HDRLEN + NLMSG_ALIGN(header), end = req->nlmsg_len, depth = 0;
	const struct nlattr *a;

	while (pos + NLA_HDRLEN <= end && offset >= pos) {
		a = (const void *)((const char *)req + pos);
		if (!nla_ok(a, (int)(end - pos)))
			return 0;
		if (offset >= pos + NLA_ALIGN((size_t)a->nla_len)) {
			pos += NLA_ALIGN((size_t)a->nla_len);
			continue;
		}
		if (depth == PATH_MAX_DEPTH)
			return 0;
		path[depth++] = (uint16_t)nla_type(a);
		if (offset == pos)
			return depth;
		end = pos + a->nla_len;
		pos += NLA_HDRLEN;
	}
	return 0;
}

static void put_path(struct buf *b, const uint16_t *path, size_t depth,
		     const struct step_names *s)
{
	for (size_t i = 1; i <= depth; i++)
		put_step(b, path, i, s);
}

void nl_ack_text(struct buf *b, const struct nl_ack *ack, const struct nlmsghdr *req,
		 size_t header, nl_attr_name *name, void *arg)
{
	struct step_names s = { .name = name, .arg = arg };
	uint16_t path[PATH_MAX_DEPTH + 1];
	const char *gap = ack->message[0] ? " (" : "";
	size_t start = b->n, depth;

	buf_puts(b, ack->message);
	if (ack->offset) {
		depth = find_path(req, header, ack->offset, path);
		buf_puts(b, gap);
		buf_puts(b, depth ? "attribute " : "at byte ");
		if (depth)
			put_path(b, path, depth, &s);
		else
			buf_printf(b, "%u of the request", ack->offset);
		gap = ", ";
	}
	if (ack->has_missing) {
		depth = ack->missing_nest
				? find_path(req, header, ack->missing_nest, path)
				: 0;
		path[depth] = (uint16_t)ack->missing;
		buf_puts(b, gap);
		buf_puts(b, "missing attribute ");
		put_path(b, path, depth + 1, &s);
	}
	if (ack->message[0] && b->n > start + strlen(ack->message))
		buf_putc(b, ')');
}
