/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nlsock list - the protocols and the generic netlink families of this kernel. */
#include "nlsock.h"

#include "specs.h"
#include "talk.h"
#include "tree.h"

#include <errno.h>

struct row {
	const char *kind;
	struct bytes name;
	uint32_t id;
	struct opt_u64 version, hdrsize, maxattr, op_count;
	struct nest groups, ops;
	const char *names;
};

static const struct field row_fields[] = {
	FIELD(row, kind, SHOW, "protocol, or family of the protocol GENERIC"),
	FIELD(row, name, SHOW, "as in linux/netlink.h, or as the family calls itself"),
	FIELD(row, id, SHOW, "protocol number, or message type of the family"),
	FIELD(row, version, SHOW, "of the family"),
	FIELD(row, names, SHOW,
	      "where names of it come from: spec, policy (numbers only), none"),
	FIELD(row, op_count, SHOW, "how many operations the family has", .head = "OPS"),
	FIELD(row, groups, SHOW, "multicast groups: id and name"),
	FIELD(row, ops, 0, "operations: id and what they can, GENL_*"),
	FIELD(row, hdrsize, 0, "bytes of the family's own header"),
	FIELD(row, maxattr, 0, "greatest attribute number the family takes"),
};
static const struct record row_record = RECORD("nlsock_list", row_fields);

static void emit_op(struct tree *t, uint32_t id, uint32_t flags)
{
	const struct value v = {
		.kind = VALUE_U64, .show = BITS, .u = flags, .names = &op_flags
	};
	struct buf text = { 0 };

	if (t->form == TREE_JSON) {
		tree_object(t, NULL);
		tree_value(t, "id", value_u64(id));
		tree_value(t, "flags", v);
		tree_end(t);
		return;
	}
	buf_printf(&text, "%u:", id);
	for (unsigned int bit = 0, n = 0; bit < 32; bit++) {
		const char *name = name_of(&op_flags, bit);

		if (flags >> bit & 1 && name)
			buf_printf(&text, "%s%s", n++ ? "+" : "", name);
	}
	tree_value(t, NULL, value_bytes(text.p, text.n));
	buf_free(&text);
}

static void emit_ops(struct tree *t, const void *arg)
{
	struct nlattr *a[CTRL_ATTR_OP_MAX + 1];
	const struct bytes *b = arg;
	const struct nlattr *op;
	int left;

	tree_array(t, NULL);
	nla_for_each_attr(op, (const void *)b->p, (int)b->n, left) {
		uint32_t id = 0, flags = 0;

		if (nl_attrs(nla_data(op), (size_t)nla_len(op), a, CTRL_ATTR_OP_MAX))
			continue;
		nla_read_u32(a[CTRL_ATTR_OP_ID], &id);
		nla_read_u32(a[CTRL_ATTR_OP_FLAGS], &flags);
		emit_op(t, id, flags);
	}
	tree_end(t);
}

static void emit_group(struct tree *t, uint32_t id, struct bytes name)
{
	struct value v = value_bytes(name.p, name.n);
	struct buf text = { 0 };

	if (t->form == TREE_JSON) {
		tree_object(t, NULL);
		tree_value(t, "id", value_u64(id));
		tree_value(t, "name", v);
		tree_end(t);
		return;
	}
	buf_printf(&text, "%u:", id);
	buf_add(&text, name.p, name.n);
	tree_value(t, NULL, value_bytes(text.p, text.n));
	buf_free(&text);
}

static void emit_groups(struct tree *t, const void *arg)
{
	struct nlattr *a[CTRL_ATTR_MCAST_GRP_MAX + 1];
	const struct bytes *b = arg;
	const struct nlattr *group;
	int left;

	tree_array(t, NULL);
	nla_for_each_attr(group, (const void *)b->p, (int)b->n, left) {
		uint32_t id = 0;

		if (nl_attrs(nla_data(group), (size_t)nla_len(group), a,
			     CTRL_ATTR_MCAST_GRP_MAX))
			continue;
		nla_read_u32(a[CTRL_ATTR_MCAST_GRP_ID], &id);
		emit_group(t, id, nla_read_str(a[CTRL_ATTR_MCAST_GRP_NAME]));
	}
	tree_end(t);
}

/* What the specs speak of. */
struct spoken {
	bool protocols[PROTOCOLS];
	struct buf families; /* names, each with a NUL before and after it */
};

// NOLINTNEXTLINE(readability-non-const-parameter): the type of the callback
static int note_spec(struct schema *s, bool *taken, void *arg)
{
	struct spoken *k = arg;

	(void)taken;
	if (s->raw)
		k->protocols[s->protocol] = true;
	else
		k->protocols[NETLINK_GENERIC] = true;
	if (!s->raw) {
		buf_putc(&k->families, 0);
		buf_add(&k->families, s->name, strlen(s->name) + 1);
	}
	return 0;
}

static void look_for_specs(struct spoken *k)
{
	struct specs specs;

	specs_open(&specs);
	(void)specs_each(&specs, note_spec, k);
	specs_close(&specs);
}

static uint64_t count(struct bytes attrs)
{
	const struct nlattr *a;
	uint64_t n = 0;
	int left;

	nla_for_each_attr(a, (const void *)attrs.p, (int)attrs.n, left)
		n++;
	return n;
}

/* Whether some operation of the family has a policy that the kernel would tell. */
static bool has_policy(const struct family *f)
{
	struct nlattr *a[CTRL_ATTR_OP_MAX + 1];
	const struct nlattr *op;
	uint32_t flags = 0;
	int left;

	nla_for_each_attr(op, (const void *)f->ops.p, (int)f->ops.n, left)
		if (!nl_attrs(nla_data(op), (size_t)nla_len(op), a, CTRL_ATTR_OP_MAX) &&
		    nla_read_u32(a[CTRL_ATTR_OP_FLAGS], &flags) &&
		    flags & GENL_CMD_CAP_HASPOL)
			return true;
	return false;
}

static const char *names_of_family(const struct spoken *k, const struct family *f)
{
	struct buf key = { 0 };
	bool found;

	buf_putc(&key, 0);
	buf_add(&key, f->name.p, f->name.n);
	buf_putc(&key, 0);
	found = k->families.n && memmem(k->families.p, k->families.n, key.p, key.n);
	buf_free(&key);
	return found ? "spec" : has_policy(f) ? "policy" : "none";
}

static int list_protocols(struct ctx *c, const struct spoken *k)
{
	for (int n = 0; n < PROTOCOLS; n++) {
		const char *name = name_of(&protocol_names, (uint64_t)n);
		struct row row = { .kind = "protocol",
				   .id = (uint32_t)n,
				   .names = k->protocols[n] ? "spec" : "none" };
		int r = talk_probe(n);

		if (name)
			row.name = (struct bytes){ .p = name, .n = strlen(name) };
		/* A security module may forbid one: then it is there, but not for us. */
		if (r == -EPERM || r == -EACCES)
			continue;
		if (r < 0)
			return diag_fail(&c->diag, r, NULL, "netlink protocol %d", n);
		if (r && sink_row(c->sink, &row))
			return STATUS_FAILED;
	}
	return 0;
}

static int list_families(struct ctx *c, const struct spoken *k)
{
	struct families all;
	int dumped = families_load(&all), status = 0;

	/* A kernel without generic netlink has no families. */
	if (dumped == -EPROTONOSUPPORT)
		return 0;
	if (dumped && dumped != -EINTR)
		return diag_fail(&c->diag, dumped, NULL,
				 "listing generic netlink families");
	for (size_t i = 0; i < all.n && !status; i++) {
		const struct family *f = &all.v[i];
		struct row row = { .kind = "family",
				   .name = f->name,
				   .id = f->genl.id,
				   .version = some_u64(f->genl.version),
				   .hdrsize = some_u64(f->genl.hdrsize),
				   .maxattr = some_u64(f->genl.maxattr),
				   .op_count = some_u64(count(f->ops)),
				   .groups = { emit_groups, &f->groups },
				   .ops = { emit_ops, &f->ops },
				   .names = names_of_family(k, f) };

		status = sink_row(c->sink, &row) ? STATUS_FAILED : 0;
	}
	families_free(&all);
	if (!status && dumped) {
		diag_fail(&c->diag, dumped, "list again",
			  "generic netlink families changed while they were listed");
		status = STATUS_INCOMPLETE;
	}
	return status;
}

static int run(struct ctx *c)
{
	struct spoken k = { 0 };
	int status;

	look_for_specs(&k);
	status = list_protocols(c, &k);
	if (!status)
		status = list_families(c, &k);
	buf_free(&k.families);
	return status;
}

const struct command list_command = {
	.name = "list",
	.brief = "List the protocols and the generic netlink families of this kernel",
	.rec = &row_record,
	.run = run,
};
