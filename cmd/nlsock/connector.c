/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "connector.h"

#include <linux/cn_proc.h>
#include <linux/connector.h>

int connector_ask(struct nl_conn *c, bool on)
{
	const struct {
		struct nlmsghdr h;
		struct cn_msg m;
		uint32_t op;
	} __attribute__((packed)) ask = {
		.h = { .nlmsg_len = sizeof(ask), .nlmsg_type = NLMSG_DONE },
		.m = { .id = { CN_IDX_PROC, CN_VAL_PROC }, .len = sizeof(ask.op) },
		.op = on ? PROC_CN_MCAST_LISTEN : PROC_CN_MCAST_IGNORE,
	};

	return nl_send_bytes(c, &ask, sizeof(ask));
}
