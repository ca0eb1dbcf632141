/* SPDX-License-Identifier: GPL-2.0-or-later */
/* genl.h - generic netlink: families by name, requests, listening. */
#ifndef LIB_GENL_H
#define LIB_GENL_H

#include "nl.h"

#include <linux/genetlink.h>

struct genl_family {
	uint16_t id;
	uint32_t version, hdrsize, maxattr;
};

/* Finds a family on a NETLINK_GENERIC connection. Returns 0, -ENOENT or -errno. */
MUST_CHECK int genl_resolve(struct nl_conn *c, const char *name, struct genl_family *f)
	NONNULL(1, 2, 3);

/* Hands each family (CTRL_CMD_NEWFAMILY message) to handler. As nl_request_dump, five
 * tries. */
MUST_CHECK int genl_families(struct nl_conn *c, nl_handler *handler,
			     void (*reset)(void *arg), void *arg) NONNULL(1, 2, 3);

/* A new request for cmd; free it with nlmsg_free. NULL where memory is out. */
struct nl_msg *genl_new(const struct genl_family *f, uint8_t cmd, int flags) NONNULL(1);

/*
 * The attributes of a generic message by number, after the family's own header of hdrsize
 * bytes. Returns 0 or -EBADMSG.
 */
MUST_CHECK int genl_attrs(const struct nlmsghdr *h, size_t hdrsize, struct nlattr **attrs,
			  int max) NONNULL(1, 3);

#endif
