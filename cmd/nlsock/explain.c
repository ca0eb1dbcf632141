/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel says about a request, with the names that the request's schema has. */
#include "request.h"
#include "unpack.h"

#include <inttypes.h>

struct naming {
	const struct op *op;
	struct bytes attrs; /* of the request */
};

/* The set below an attribute, and the bytes in it, where that is a nest of some kind. */
static void descend(struct scope *inner, const struct scope *outer,
		    const struct attr_spec *a, uint16_t number)
{
	const struct nlattr *x = scope_find(outer, number);
	const struct submsg_format *f = NULL;

	*inner = (struct scope){ .outer = outer, .attrs = nla_read_bytes(x) };
	if (!a)
		return;
	inner->set = a->nested;
	if (a->type == ATTR_SUBMSG)
		f = scope_format(outer, a);
	if (f)
		inner->set = f->set;
}

static const char *name_step(const uint16_t *path, size_t depth, void *arg)
{
	const struct naming *n = arg;
	struct scope levels[20] = { { .set = n->op ? n->op->set : NULL,
				      .attrs = n->attrs } };
	const struct attr_spec *a = NULL;

	if (depth > COUNT(levels) - 1)
		return NULL;
	for (size_t i = 0; i < depth; i++) {
		a = schema_attr(levels[i].set, path[i]);
		descend(&levels[i + 1], &levels[i], a, path[i]);
	}
	return a ? a->name : NULL;
}

static void put_range(struct buf *b, struct nlattr *const *a, int min, int max,
		      const char *what, bool sign)
{
	uint64_t low = 0, high = 0;
	bool has_low = nla_read_u64(a[min], &low), has_high = nla_read_u64(a[max], &high);

	if (!has_low && !has_high)
		return;
	buf_printf(b, "%s%s %s ", b->n ? "; " : "", what,
		   !has_low    ? "at most"
		   : !has_high ? "at least"
			       : "from");
	if (has_low)
		buf_printf(b, sign ? "%" PRId64 : "%" PRIu64, low);
	if (has_low && has_high)
		buf_puts(b, " to ");
	if (has_high)
		buf_printf(b, sign ? "%" PRId64 : "%" PRIu64, high);
}

static void put_lengths(struct buf *b, struct nlattr *const *a)
{
	uint32_t low = 0, high = 0;

	if (nla_read_u32(a[NL_POLICY_TYPE_ATTR_MIN_LENGTH], &low))
		buf_printf(b, "%sat least %u bytes", b->n ? "; " : "", low);
	if (nla_read_u32(a[NL_POLICY_TYPE_ATTR_MAX_LENGTH], &high))
		buf_printf(b, "%sat most %u bytes", b->n ? "; " : "", high);
}

/* NLMSGERR_ATTR_POLICY: what the kernel would have taken (linux/netlink.h). */
static void put_policy(struct buf *b, const struct nlmsghdr *ack)
{
	const struct bytes tlvs = nl_ack_attrs(ack);
	struct nlattr *a[NLMSGERR_ATTR_POLICY + 1], *p[NL_POLICY_TYPE_ATTR_MASK + 1];
	uint64_t mask;

	if (!tlvs.p || nl_attrs(tlvs.p, tlvs.n, a, NLMSGERR_ATTR_POLICY) ||
	    !a[NLMSGERR_ATTR_POLICY] ||
	    nl_attrs(nla_data(a[NLMSGERR_ATTR_POLICY]),
		     (size_t)nla_len(a[NLMSGERR_ATTR_POLICY]), p,
		     NL_POLICY_TYPE_ATTR_MASK))
		return;
	put_range(b, p, NL_POLICY_TYPE_ATTR_MIN_VALUE_U, NL_POLICY_TYPE_ATTR_MAX_VALUE_U,
		  "allowed is", false);
	put_range(b, p, NL_POLICY_TYPE_ATTR_MIN_VALUE_S, NL_POLICY_TYPE_ATTR_MAX_VALUE_S,
		  "allowed is", true);
	put_lengths(b, p);
	if (nla_read_u64(p[NL_POLICY_TYPE_ATTR_MASK], &mask))
		buf_printf(b, "%sallowed bits are 0x%" PRIx64, b->n ? "; " : "", mask);
}

void request_explain(const struct request *r, const struct nlmsghdr *ack, struct buf *b)
{
	const struct nlmsghdr *req = (const void *)r->bytes.p;
	const bool generic = r->schema ? !r->schema->raw : false;
	size_t skip = (generic ? GENL_HDRLEN : 0) + (r->header ? r->header->size : 0);
	size_t at = MIN(NLMSG_HDRLEN + NLMSG_ALIGN(skip), r->bytes.n);
	struct naming n = { .op = r->op,
			    .attrs = { .p = r->bytes.p + at, .n = r->bytes.n - at } };
	struct nl_ack a = { 0 };

	if (!nl_ack_decode(ack, &a))
		return;
	nl_ack_text(b, &a, req, skip, name_step, &n);
	put_policy(b, ack);
}
