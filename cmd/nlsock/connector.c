/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "connector.h"

#include <string.h>

#include <linux/cn_proc.h>
#include <linux/connector.h>

int connector_ask(struct nl_conn *c, bool on)
{
	const uint32_t op = on ? PROC_CN_MCAST_LISTEN : PROC_CN_MCAST_IGNORE;
	const struct cn_msg m = { .id = { CN_IDX_PROC, CN_VAL_PROC }, .len = sizeof(op) };
	char ask[NLMSG_HDRLEN + sizeof(m) + sizeof(op)];
	const struct nlmsghdr h = { .nlmsg_len = sizeof(ask), .nlmsg_type = NLMSG_DONE };

	memcpy(ask, &h, sizeof(h));
	memcpy(ask + NLMSG_HDRLEN, &m, sizeof(m));
	memcpy(ask + NLMSG_HDRLEN + sizeof(m), &op, sizeof(op));
	return nl_send_bytes(c, ask, sizeof(ask));
}
