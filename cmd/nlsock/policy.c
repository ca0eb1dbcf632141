/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST = 65536 /* attributes of all policies */ };

/* linux/netlink.h: enum netlink_attribute_type. */
static const uint8_t types[] = { ATTR_UNUSED, ATTR_FLAG, ATTR_U8,     ATTR_U16,
				 ATTR_U32,    ATTR_U64,  ATTR_S8,     ATTR_S16,
				 ATTR_S32,    ATTR_S64,  ATTR_BINARY, ATTR_STRING,
				 ATTR_STRING, ATTR_NEST, ATTR_ARRAY,  ATTR_BITFIELD32,
				 ATTR_SINT,   ATTR_UINT };

/* One attribute of one policy. */
struct item {
	uint32_t policy, holds;
	struct attr_spec spec;
	bool nests;
};

struct collecting {
	struct schema *s;
	struct item *v;
	size_t n, room;
	uint32_t policies; /* one more than the greatest index */
};

static const char *number_name(struct schema *s, uint64_t n)
{
	char text[24];
	int len = snprintf(text, sizeof(text), "%llu", (unsigned long long)n);

	return arena_copy(&s->arena, text, (size_t)len);
}

static bool read_number(const struct nlattr *a, uint64_t *v)
{
	uint32_t narrow;

	if (nla_read_u64(a, v))
		return true;
	if (!nla_read_u32(a, &narrow))
		return false;
	*v = narrow;
	return true;
}

/* What says nothing beyond the type is no limit. */
static void read_checks(struct nlattr *const *a, struct attr_spec *x)
{
	const size_t bits = 8 * type_size(x->type);
	struct checks *c = &x->checks;

	c->has_min = read_number(a[NL_POLICY_TYPE_ATTR_MIN_VALUE_U], &c->min) ||
		     read_number(a[NL_POLICY_TYPE_ATTR_MIN_VALUE_S], &c->min);
	c->has_max = read_number(a[NL_POLICY_TYPE_ATTR_MAX_VALUE_U], &c->max) ||
		     read_number(a[NL_POLICY_TYPE_ATTR_MAX_VALUE_S], &c->max);
	c->has_min_len = read_number(a[NL_POLICY_TYPE_ATTR_MIN_LENGTH], &c->min_len);
	c->has_max_len = read_number(a[NL_POLICY_TYPE_ATTR_MAX_LENGTH], &c->max_len);
	c->has_mask = read_number(a[NL_POLICY_TYPE_ATTR_MASK], &c->mask) ||
		      read_number(a[NL_POLICY_TYPE_ATTR_BITFIELD32_MASK], &c->mask);
	if (!type_signed(x->type) && !c->min && bits &&
	    c->max == UINT64_MAX >> (64 - bits))
		c->has_min = c->has_max = false;
}

static struct item *add(struct collecting *x)
{
	if (x->n == x->room) {
		size_t room = x->room ? 2 * x->room : 64;
		void *p = room <= MOST ? realloc(x->v, room * sizeof(*x->v)) : NULL;

		if (!p)
			return NULL;
		x->v = p;
		x->room = room;
	}
	x->v[x->n] = (struct item){ 0 };
	return &x->v[x->n++];
}

/* { policy index: { attribute: { NL_POLICY_TYPE_ATTR_* } } } */
static int take_attribute(struct collecting *x, const struct nlattr *policy)
{
	struct nlattr *a[NL_POLICY_TYPE_ATTR_MASK + 1];
	const struct nlattr *attr = nla_data(policy);
	uint32_t type = 0;
	struct item *i;

	if (!nla_ok(attr, nla_len(policy)) ||
	    nl_attrs(nla_data(attr), (size_t)nla_len(attr), a, NL_POLICY_TYPE_ATTR_MASK))
		return -EBADMSG;
	i = add(x);
	if (!i)
		return -ENOMEM;
	nla_read_u32(a[NL_POLICY_TYPE_ATTR_TYPE], &type);
	i->policy = (uint32_t)nla_type(policy);
	i->nests = nla_read_u32(a[NL_POLICY_TYPE_ATTR_POLICY_IDX], &i->holds) &&
		   i->holds <= ATTR_MOST;
	i->spec = (struct attr_spec){
		.name = number_name(x->s, (uint64_t)nla_type(attr)),
		.number = (uint16_t)nla_type(attr),
		.type = type < COUNT(types) ? types[type] : ATTR_UNKNOWN,
	};
	if (i->spec.type == ATTR_ARRAY)
		i->spec.sub_type = ATTR_NEST;
	read_checks(a, &i->spec);
	x->policies = MAX(x->policies, MAX(i->policy, i->nests ? i->holds : 0) + 1);
	return i->spec.name ? 0 : -ENOMEM;
}

/* Which policy an operation has: { operation: { CTRL_ATTR_POLICY_DO, _DUMP } }. */
static void take_operation(struct collecting *x, const struct nlattr *op)
{
	struct nlattr *a[CTRL_ATTR_POLICY_DUMP + 1];
	uint32_t policy;

	if (nl_attrs(nla_data(op), (size_t)nla_len(op), a, CTRL_ATTR_POLICY_DUMP) ||
	    (!nla_read_u32(a[CTRL_ATTR_POLICY_DO], &policy) &&
	     !nla_read_u32(a[CTRL_ATTR_POLICY_DUMP], &policy)) ||
	    policy > ATTR_MOST)
		return;
	x->policies = MAX(x->policies, policy + 1);
	/* The place in s->sets, which are there once all has come. */
	for (size_t i = 0; i < x->s->nops; i++)
		if (x->s->ops[i].request == nla_type(op))
			x->s->ops[i].reply = (uint16_t)(policy + 1);
}

static int take(const struct nlmsghdr *h, void *arg)
{
	struct nlattr *a[CTRL_ATTR_OP_POLICY + 1];
	const struct nlattr *one;
	int left, err = 0;

	if (genl_attrs(h, 0, a, CTRL_ATTR_OP_POLICY))
		return -EBADMSG;
	if (a[CTRL_ATTR_OP_POLICY])
		nla_for_each_nested(one, a[CTRL_ATTR_OP_POLICY], left)
			take_operation(arg, one);
	if (a[CTRL_ATTR_POLICY])
		nla_for_each_nested(one, a[CTRL_ATTR_POLICY], left)
			err = err ? err : take_attribute(arg, one);
	return err;
}

static int ask(const struct family *f, struct collecting *x)
{
	static const struct genl_family control = { .id = GENL_ID_CTRL, .version = 2 };
	struct nl_msg *m;
	struct nl_conn c;
	int err = nl_open(&c, NETLINK_GENERIC);

	if (err)
		return err;
	m = genl_new(&control, CTRL_CMD_GETPOLICY, 0);
	err = -ENOMEM;
	if (m && !nla_put_u16(m, CTRL_ATTR_FAMILY_ID, f->genl.id))
		err = nl_request_dump(&c, nlmsg_hdr(m), take, NULL, x, 1, NULL);
	nlmsg_free(m);
	nl_done(&c);
	/* Its requests have no attributes, or the kernel is too old to tell. */
	return err == -ENODATA || err == -EOPNOTSUPP ? 0 : err;
}

static int load_ops(const struct family *f, struct schema *s)
{
	struct nlattr *a[CTRL_ATTR_OP_MAX + 1];
	const struct nlattr *op;
	int left;

	s->ops = arena_alloc(&s->arena, (f->ops.n / NLA_HDRLEN + 1) * sizeof(*s->ops));
	if (!s->ops)
		return -ENOMEM;
	nla_for_each_attr(op, (const void *)f->ops.p, (int)f->ops.n, left) {
		struct op *o = &s->ops[s->nops];
		uint32_t id = 0, flags = 0;

		if (nl_attrs(nla_data(op), (size_t)nla_len(op), a, CTRL_ATTR_OP_MAX) ||
		    !nla_read_u32(a[CTRL_ATTR_OP_ID], &id))
			continue;
		nla_read_u32(a[CTRL_ATTR_OP_FLAGS], &flags);
		*o = (struct op){ .name = number_name(s, id),
				  .request = (uint16_t)id,
				  .asks = true,
				  .admin =
					  flags & (GENL_ADMIN_PERM | GENL_UNS_ADMIN_PERM),
				  .act.there = flags & GENL_CMD_CAP_DO,
				  .dump.there = flags & GENL_CMD_CAP_DUMP };
		if (!o->name)
			return -ENOMEM;
		s->nops++;
	}
	return 0;
}

static struct attr_set *sets_of(struct collecting *x)
{
	struct schema *s = x->s;
	struct attr_set *sets = arena_alloc(&s->arena, x->policies * sizeof(*sets) + 1);

	for (uint32_t i = 0; sets && i < x->policies; i++) {
		struct attr_spec *v;
		size_t n = 0;

		for (size_t k = 0; k < x->n; k++)
			n += x->v[k].policy == i;
		v = arena_alloc(&s->arena, n * sizeof(*v) + 1);
		sets[i] = (struct attr_set){ .name = number_name(s, i), .v = v };
		if (!v || !sets[i].name)
			return NULL;
		for (size_t k = 0; k < x->n; k++)
			if (x->v[k].policy == i)
				v[sets[i].n++] = x->v[k].spec;
	}
	return sets;
}

/* All attributes of a set: a request may have any of them. */
static const struct node *names_in(struct schema *s, const struct attr_set *set)
{
	struct node *list = node_add(&s->arena, NULL, NODE_LIST, NULL);

	for (size_t i = 0; list && i < set->n; i++) {
		struct node *n = node_add(&s->arena, list, NODE_SCALAR, NULL);

		if (!n)
			return NULL;
		n->s = set->v[i].name;
		n->n = (uint32_t)strlen(n->s);
	}
	return list;
}

/* Only once all sets are there can attributes point at them. */
static int connect_sets(struct collecting *x)
{
	struct attr_set *sets;
	struct schema *s = x->s;

	sets = sets_of(x);
	if (!sets)
		return -ENOMEM;
	for (uint32_t i = 0; i < x->policies; i++) {
		struct attr_spec *v = (struct attr_spec *)(uintptr_t)sets[i].v;
		size_t at = 0;

		for (size_t k = 0; k < x->n; k++)
			if (x->v[k].policy == i) {
				v[at].nested =
					x->v[k].nests ? &sets[x->v[k].holds] : NULL;
				at++;
			}
	}
	s->sets = sets;
	s->nsets = x->policies;
	for (struct op *o = s->ops; o < s->ops + s->nops; o++) {
		if (!o->reply)
			continue;
		o->set = &sets[o->reply - 1];
		o->reply = 0;
		o->act.attrs[REQUEST_SIDE] = names_in(s, o->set);
		o->dump.attrs[REQUEST_SIDE] = o->act.attrs[REQUEST_SIDE];
	}
	return 0;
}

int policy_load(const struct family *f, struct schema *s)
{
	struct collecting x = { .s = s };
	int err;

	*s = (struct schema){ 0 };
	s->name = arena_copy(&s->arena, f->name.p, f->name.n);
	err = s->name ? load_ops(f, s) : -ENOMEM;
	if (!err)
		err = ask(f, &x);
	if (!err)
		err = connect_sets(&x);
	free(x.v);
	return err;
}
