/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Generic netlink, by what every kernel that has it says of its controller. */
#undef NDEBUG
#include "genl.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

static int count(const struct nlmsghdr *h, void *arg)
{
	struct nlattr *a[CTRL_ATTR_MAX + 1];

	assert(!genl_attrs(h, 0, a, CTRL_ATTR_MAX) && a[CTRL_ATTR_FAMILY_ID]);
	++*(int *)arg;
	return 0;
}

static int stop(const struct nlmsghdr *h, void *arg)
{
	(void)h;
	++*(int *)arg;
	return -ECANCELED;
}

static void zero(void *arg)
{
	*(int *)arg = 0;
}

static void expect_member(const struct nl_conn *c, int group)
{
	uint32_t groups[8] = { 0 };
	socklen_t size = sizeof(groups);

	assert(!getsockopt(c->fd, SOL_NETLINK, NETLINK_LIST_MEMBERSHIPS, groups, &size));
	assert(groups[(group - 1) / 32] >> (group - 1) % 32 & 1);
}

int main(void)
{
	const char *too_long = "a name that no family can have";
	struct genl_family f;
	struct nl_conn c;
	int n = 0, group;

	assert(!nl_open(&c, NETLINK_GENERIC));
	assert(!genl_resolve(&c, "nlctrl", &f) && f.id == GENL_ID_CTRL && f.version);
	assert(genl_resolve(&c, "none such", &f) == -ENOENT);
	assert(genl_resolve(&c, too_long, &f) == -ENOENT);
	assert(!genl_families(&c, count, zero, &n) && n >= 1);
	group = genl_group(&c, "nlctrl", "notify");
	assert(group > 0);
	assert(genl_group(&c, "nlctrl", "none such") == -ENOENT);
	assert(!genl_listen(&c, "nlctrl", "notify"));
	expect_member(&c, group);
	n = 0;
	assert(genl_families(&c, stop, zero, &n) == -ECANCELED && n == 1);
	nl_done(&c);
	assert(nl_open(&c, 31) == -EPROTONOSUPPORT);
	return 0;
}
