/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spec.h - what the kernel's headers say about protocols, messages and fixed headers. */
#ifndef NLSOCK_SPEC_H
#define NLSOCK_SPEC_H

#include "value.h"

#include <linux/netlink.h>

enum { PROTOCOLS = MAX_LINKS };

/* A member of a fixed header: a host-order integer of 1, 2, 4 or 8 bytes, else bytes. */
struct member {
	const char *name;
	uint16_t off, size;
};

#define MEMBER(T, m)                                      \
	{                                                 \
		.name = #m, .off = offsetof(struct T, m), \
		.size = sizeof(((struct T *)0)->m)        \
	}

/* The fixed header before a message's attributes. */
struct header {
	const char *name; /* the struct's */
	uint16_t size;
	bool opaque; /* what follows it is no attributes */
	const struct member *members;
	size_t n;
};

#define HEADER(T, ...)                                            \
	{                                                         \
		.name = #T, .size = sizeof(struct T), __VA_ARGS__ \
	}
#define MEMBERS(table) .members = (table), .n = COUNT(table)

struct message {
	uint16_t type;
	const char *name;
	const struct header *header; /* NULL: its payload is not looked into */
};

#define MESSAGE(T, h)                                  \
	{                                              \
		.type = (T), .name = #T, .header = (h) \
	}

struct messages {
	const struct message *v;
	size_t n;
};

extern const struct names protocol_names; /* the headers' NETLINK_* without the prefix */
extern const struct names reply_flags, request_flags, ack_flags, op_flags;
extern const struct names nfnl_subsystems;

extern const struct messages control_messages; /* below NLMSG_MIN_TYPE, in any protocol */
extern const struct messages route_messages, diag_messages, xfrm_messages;
extern const struct messages netfilter_messages;

extern const struct header genl_header, nfnl_header, connector_header;
extern const struct header error_header;

/* By address family, the first byte: what SOCK_DIAG_BY_FAMILY starts with, NULL unknown.
 */
const struct header *diag_header(uint8_t family, bool request);

#endif
