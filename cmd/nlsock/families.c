/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "families.h"

#include <errno.h>
#include <stdlib.h>

int family_decode(const struct nlmsghdr *h, struct family *f)
{
	struct nlattr *a[CTRL_ATTR_MAX + 1];

	*f = (struct family){ 0 };
	if (genl_attrs(h, 0, a, CTRL_ATTR_MAX) ||
	    !nla_read_u16(a[CTRL_ATTR_FAMILY_ID], &f->genl.id))
		return -EBADMSG;
	nla_read_u32(a[CTRL_ATTR_VERSION], &f->genl.version);
	nla_read_u32(a[CTRL_ATTR_HDRSIZE], &f->genl.hdrsize);
	nla_read_u32(a[CTRL_ATTR_MAXATTR], &f->genl.maxattr);
	f->name = nla_read_str(a[CTRL_ATTR_FAMILY_NAME]);
	f->ops = nla_read_bytes(a[CTRL_ATTR_OPS]);
	f->groups = nla_read_bytes(a[CTRL_ATTR_MCAST_GROUPS]);
	return 0;
}

static int keep(const struct nlmsghdr *h, void *arg)
{
	struct families *f = arg;

	buf_add(&f->raw, h, h->nlmsg_len);
	buf_fill(&f->raw, 0, NLMSG_ALIGN(h->nlmsg_len) - h->nlmsg_len);
	f->n++;
	return f->raw.err;
}

static void forget(void *arg)
{
	struct families *f = arg;

	f->raw.n = f->n = 0;
}

/* Only once the buffer has its last place can anything point into it. */
static int decode_kept(struct families *f)
{
	const struct nlmsghdr *h = nl_msg_at(f->raw.p, f->raw.n);
	size_t left = f->raw.n, i = 0;
	int err = 0;

	f->v = calloc(f->n + 1, sizeof(*f->v));
	if (!f->v)
		return -ENOMEM;
	for (; h && !err; h = nl_msg_next(h, &left))
		err = family_decode(h, &f->v[i++]);
	return err;
}

int families_load(struct families *f)
{
	struct nl_conn c;
	int err, dumped;

	*f = (struct families){ 0 };
	err = nl_open(&c, NETLINK_GENERIC);
	if (err)
		return err;
	dumped = genl_families(&c, keep, forget, f);
	nl_done(&c);
	err = dumped && dumped != -EINTR ? dumped : decode_kept(f);
	if (err)
		families_free(f);
	return err ? err : dumped;
}

void families_free(struct families *f)
{
	free(f->v);
	buf_free(&f->raw);
	*f = (struct families){ 0 };
}

const struct family *family_by_id(const struct families *f, uint16_t id)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->v[i].genl.id == id)
			return &f->v[i];
	return NULL;
}

const struct family *family_by_name(const struct families *f, const char *name)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->v[i].name.n == strlen(name) &&
		    !memcmp(f->v[i].name.p, name, f->v[i].name.n))
			return &f->v[i];
	return NULL;
}
