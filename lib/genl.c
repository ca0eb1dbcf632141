/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "genl.h"

#include <errno.h>
#include <netlink/genl/genl.h>

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
	struct nl_msg *m;
	int err = -ENOMEM;

	*f = (struct genl_family){ 0 };
	if (strlen(name) >= GENL_NAMSIZ)
		return -ENOENT;
	m = genl_new(&control, CTRL_CMD_GETFAMILY, 0);
	if (m && !nla_put_string(m, CTRL_ATTR_FAMILY_NAME, name))
		err = nl_request(c, nlmsg_hdr(m), take_family, f, NULL);
	nlmsg_free(m);
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
