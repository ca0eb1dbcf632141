/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "genl.h"

#include <errno.h>
#include <netlink/genl/genl.h>
#include <sys/socket.h>

#define TRIES 5

static const struct genl_family control = { .id = GENL_ID_CTRL, .version = 2 };

struct nl_msg *genl_new(const struct genl_family *f, uint8_t cmd, int flags)
{
	struct nl_msg *m = nlmsg_alloc();

	if (m && !genlmsg_put(m, 0, 0, f->id, (int)f->hdrsize, flags, cmd,
			      (uint8_t)f->version)) {
		nlmsg_free(m);
		m = NULL;
	}
	return m;
}

int genl_attrs(const struct nlmsghdr *h, size_t hdrsize, struct nlattr **attrs, int max)
{
	return nl_msg_attrs(h, GENL_HDRLEN + NLMSG_ALIGN(hdrsize), attrs, max);
}

/* Asks the controller for one family by name; handler takes the CTRL_CMD_NEWFAMILY. */
static int get_family(struct nl_conn *c, const char *name, nl_handler *handler, void *arg)
{
	struct nl_msg *m;
	int err = -ENOMEM;

	if (strlen(name) >= GENL_NAMSIZ)
		return -ENOENT;
	m = genl_new(&control, CTRL_CMD_GETFAMILY, 0);
	if (m && !nla_put_string(m, CTRL_ATTR_FAMILY_NAME, name))
		err = nl_request(c, nlmsg_hdr(m), handler, arg, NULL);
	nlmsg_free(m);
	return err;
}

static int take_family(const struct nlmsghdr *h, void *arg)
{
	struct nlattr *a[CTRL_ATTR_MAX + 1];
	struct genl_family *f = arg;

	if (genl_attrs(h, 0, a, CTRL_ATTR_MAX) ||
	    !nla_read_u16(a[CTRL_ATTR_FAMILY_ID], &f->id))
		return -EBADMSG;
	nla_read_u32(a[CTRL_ATTR_VERSION], &f->version);
	nla_read_u32(a[CTRL_ATTR_HDRSIZE], &f->hdrsize);
	nla_read_u32(a[CTRL_ATTR_MAXATTR], &f->maxattr);
	return 0;
}

int genl_resolve(struct nl_conn *c, const char *name, struct genl_family *f)
{
	int err;

	*f = (struct genl_family){ 0 };
	err = get_family(c, name, take_family, f);
	return !err && !f->id ? -ENOENT : err;
}

int genl_families(struct nl_conn *c, nl_handler *handler, void (*reset)(void *arg),
		  void *arg)
{
	struct nl_msg *m = genl_new(&control, CTRL_CMD_GETFAMILY, 0);
	int err = -ENOMEM;

	if (m)
		err = nl_request_dump(c, nlmsg_hdr(m), handler, reset, arg, TRIES, NULL);
	nlmsg_free(m);
	return err;
}

struct wanted_group {
	const char *name;
	uint32_t id;
	bool found;
};

static int take_groups(const struct nlmsghdr *h, void *arg)
{
	struct nlattr *a[CTRL_ATTR_MAX + 1], *g[CTRL_ATTR_MCAST_GRP_MAX + 1];
	struct wanted_group *w = arg;
	const struct nlattr *one;
	struct bytes name;
	int left;

	if (genl_attrs(h, 0, a, CTRL_ATTR_MAX))
		return -EBADMSG;
	if (!a[CTRL_ATTR_MCAST_GROUPS])
		return 0;
	nla_for_each_nested(one, a[CTRL_ATTR_MCAST_GROUPS], left) {
		if (nl_attrs(nla_data(one), (size_t)nla_len(one), g,
			     CTRL_ATTR_MCAST_GRP_MAX))
			return -EBADMSG;
		name = nla_read_str(g[CTRL_ATTR_MCAST_GRP_NAME]);
		if (name.p && strlen(w->name) == name.n &&
		    !memcmp(name.p, w->name, name.n))
			w->found = nla_read_u32(g[CTRL_ATTR_MCAST_GRP_ID], &w->id);
	}
	return 0;
}

int genl_group(struct nl_conn *c, const char *family, const char *group)
{
	struct wanted_group w = { .name = group };
	int err = get_family(c, family, take_groups, &w);

	if (err)
		return err;
	return w.found && w.id <= INT32_MAX ? (int)w.id : -ENOENT;
}

int genl_listen(struct nl_conn *c, const char *family, const char *group)
{
	int id = genl_group(c, family, group);

	return id < 0 ? id : nl_option(c, NETLINK_ADD_MEMBERSHIP, id);
}
