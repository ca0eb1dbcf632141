/* SPDX-License-Identifier: GPL-2.0-or-later */
/* families.h - the generic netlink families of this kernel, as its controller tells them.
 */
#ifndef NLSOCK_FAMILIES_H
#define NLSOCK_FAMILIES_H

#include "genl.h"

struct family {
	struct genl_family genl;
	struct bytes name;
	struct bytes ops,
		groups; /* attributes: CTRL_ATTR_OPS and CTRL_ATTR_MCAST_GROUPS */
};

struct families {
	struct buf raw; /* the controller's messages, which v points into */
	struct family *v;
	size_t n;
};

/* Pure: one CTRL_CMD_NEWFAMILY message. Points into h. Returns 0 or -EBADMSG. */
MUST_CHECK int family_decode(const struct nlmsghdr *h, struct family *f) NONNULL(1, 2);

/*
 * Asks the controller for all families, in its order. Returns 0; -EINTR where the list
 * changed under each of the tries, what is in f then may lack some; or -errno (f empty).
 */
MUST_CHECK int families_load(struct families *f) NONNULL(1);
void families_free(struct families *f) NONNULL(1);

/* The family with this id, or name (case matters), or NULL. */
const struct family *family_by_id(const struct families *f, uint16_t id);
const struct family *family_by_name(const struct families *f, const char *name);

#endif
