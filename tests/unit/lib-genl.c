/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Generic netlink, by what every kernel that has it says of its controller. */
#undef NDEBUG
#include "genl.h"

#include <assert.h>
#include <errno.h>

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

int main(void)
{
	const char *too_long = "a name that no family can have";
	struct genl_family f;
	struct nl_conn c;
	int n = 0;

	assert(!nl_open(&c, NETLINK_GENERIC));
	assert(!genl_resolve(&c, "nlctrl", &f) && f.id == GENL_ID_CTRL && f.version);
	assert(genl_resolve(&c, "none such", &f) == -ENOENT);
	assert(genl_resolve(&c, too_long, &f) == -ENOENT);
	assert(!genl_families(&c, count, zero, &n) && n >= 1);
	n = 0;
	assert(genl_families(&c, stop, zero, &n) == -ECANCELED && n == 1);
	nl_done(&c);
	assert(nl_open(&c, 31) == -EPROTONOSUPPORT);
	return 0;
}
