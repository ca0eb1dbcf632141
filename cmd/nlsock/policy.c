/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy.h"

#include "tree.h"
#include "units.h"

#include <errno.h>

/* linux/netlink.h: enum netlink_attribute_type. */
static const char *const types[] = {
	"invalid",       "flag",       "u8",   "u16",    "u32",    "u64",        "s8",
	"s16",           "s32",        "s64",  "binary", "string", "nul-string", "nest",
	"indexed-array", "bitfield32", "sint", "uint"
};

struct asking {
	struct ctx *c;
	const struct settings *s;
	const struct target *t;
};

static void put_number(struct tree *t, const char *key, const struct nlattr *a, bool sign)
{
	uint64_t wide;
	uint32_t v;

	if (nla_read_u32(a, &v))
		tree_value(t, key, value_u64(v));
	else if (nla_read_u64(a, &wide))
		tree_value(t, key, sign ? value_i64((int64_t)wide) : value_u64(wide));
}

/* A policy's attribute: { policy index: { attribute: { NL_POLICY_TYPE_ATTR_* } } }. */
static void put_attribute(struct tree *t, const struct nlattr *policy)
{
	struct nlattr *a[NL_POLICY_TYPE_ATTR_MASK + 1];
	const struct nlattr *attr = nla_data(policy);
	uint32_t type = 0;

	if (!nla_ok(attr, nla_len(policy)) ||
	    nl_attrs(nla_data(attr), (size_t)nla_len(attr), a, NL_POLICY_TYPE_ATTR_MASK))
		return;
	nla_read_u32(a[NL_POLICY_TYPE_ATTR_TYPE], &type);
	tree_value(t, "policy", value_u64((uint64_t)nla_type(policy)));
	tree_value(t, "attribute", value_u64((uint64_t)nla_type(attr)));
	tree_value(t, "type", value_str(type < COUNT(types) ? types[type] : NULL));
	put_number(t, "min", a[NL_POLICY_TYPE_ATTR_MIN_VALUE_U], false);
	put_number(t, "max", a[NL_POLICY_TYPE_ATTR_MAX_VALUE_U], false);
	put_number(t, "min", a[NL_POLICY_TYPE_ATTR_MIN_VALUE_S], true);
	put_number(t, "max", a[NL_POLICY_TYPE_ATTR_MAX_VALUE_S], true);
	put_number(t, "min-len", a[NL_POLICY_TYPE_ATTR_MIN_LENGTH], false);
	put_number(t, "max-len", a[NL_POLICY_TYPE_ATTR_MAX_LENGTH], false);
	put_number(t, "holds", a[NL_POLICY_TYPE_ATTR_POLICY_IDX], false);
	put_number(t, "most", a[NL_POLICY_TYPE_ATTR_POLICY_MAXTYPE], false);
	put_number(t, "mask", a[NL_POLICY_TYPE_ATTR_MASK], false);
	put_number(t, "mask", a[NL_POLICY_TYPE_ATTR_BITFIELD32_MASK], false);
}

/* Which policy an operation has: { operation: { CTRL_ATTR_POLICY_DO, _DUMP } }. */
static void put_operation(struct tree *t, const struct nlattr *op)
{
	struct nlattr *a[CTRL_ATTR_POLICY_DUMP + 1];

	if (nl_attrs(nla_data(op), (size_t)nla_len(op), a, CTRL_ATTR_POLICY_DUMP))
		return;
	tree_value(t, "op", value_u64((uint64_t)nla_type(op)));
	put_number(t, "do", a[CTRL_ATTR_POLICY_DO], false);
	put_number(t, "dump", a[CTRL_ATTR_POLICY_DUMP], false);
}

static void put_line(struct asking *x, const struct nlattr *a,
		     void (*put)(struct tree *t, const struct nlattr *a))
{
	struct tree t;

	tree_init(&t, &x->c->out.b, x->s->json ? TREE_JSON : TREE_INLINE);
	tree_object(&t, NULL);
	tree_value(&t, "family", value_str(x->t->word));
	tree_value(&t, "from", value_str("policy"));
	put(&t, a);
	tree_end(&t);
	tree_free(&t);
	buf_putc(&x->c->out.b, '\n');
}

static int take(const struct nlmsghdr *h, void *arg)
{
	struct nlattr *a[CTRL_ATTR_OP_POLICY + 1];
	struct asking *x = arg;
	const struct nlattr *one;
	int left;

	if (genl_attrs(h, 0, a, CTRL_ATTR_OP_POLICY))
		return -EBADMSG;
	if (a[CTRL_ATTR_OP_POLICY])
		nla_for_each_nested(one, a[CTRL_ATTR_OP_POLICY], left)
			put_line(x, one, put_operation);
	if (a[CTRL_ATTR_POLICY])
		nla_for_each_nested(one, a[CTRL_ATTR_POLICY], left)
			put_line(x, one, put_attribute);
	return out_mark(&x->c->out);
}

int policy_describe(struct ctx *c, const struct settings *s, const struct target *t)
{
	static const struct genl_family control = { .id = GENL_ID_CTRL, .version = 2 };
	struct asking x = { .c = c, .s = s, .t = t };
	struct nl_conn conn;
	struct nl_msg *m;
	uint64_t op = 0;
	int err;

	if (c->nargs > 1 && (parse_u64(c->args[1], &op) || op > UINT8_MAX))
		return diag_usage(&c->diag,
				  "%s has no spec, its operations are numbers: '%s'",
				  t->word, c->args[1]);
	err = nl_open(&conn, NETLINK_GENERIC);
	if (err)
		return diag_fail(&c->diag, err, NULL, "generic netlink");
	m = genl_new(&control, CTRL_CMD_GETPOLICY, 0);
	err = -ENOMEM;
	if (m && !nla_put_u16(m, CTRL_ATTR_FAMILY_ID, t->genl.id) &&
	    (c->nargs < 2 || !nla_put_u32(m, CTRL_ATTR_OP, (uint32_t)op)))
		err = nl_request_dump(&conn, nlmsg_hdr(m), take, NULL, &x, 1, NULL);
	nlmsg_free(m);
	nl_done(&conn);
	if (err == -ENODATA || err == -EOPNOTSUPP)
		return diag_fail(&c->diag, err,
				 "its requests have no attributes, or it "
				 "does not tell",
				 "policy of %s", t->word);
	return err ? diag_fail(&c->diag, err, NULL, "policy of %s", t->word) : 0;
}
