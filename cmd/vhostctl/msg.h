/* SPDX-License-Identifier: GPL-2.0-or-later */
/* msg.h - the bytes of vhost-user messages: pure, no I/O. */
#ifndef VHOSTCTL_MSG_H
#define VHOSTCTL_MSG_H

#include "util.h"

enum {
	MSG_HEADER = 12,        /* bytes on the wire */
	MSG_BODY_MAX = 1 << 16, /* the longest that is specified has 2056 */
	MSG_VERSION = 1,
	MSG_VERSION_MASK = 3,
	MSG_REPLY = 1 << 2,
	MSG_NEED_REPLY = 1 << 3,
	CONFIG_HEADER = 12, /* offset, size, flags before the bytes of GET_CONFIG */
	CONFIG_MAX = 256,   /* longest config space that peers have room for */
};

struct msg_header {
	uint32_t request, flags;
	uint32_t size; /* of the body that follows, in bytes */
};

enum msg_fault {
	MSG_FINE,
	MSG_WRONG_VERSION,
	MSG_TOO_LONG,
	MSG_NO_REPLY, /* the reply flag is missing */
	MSG_OTHER,    /* a reply to another request */
	MSG_WRONG_SIZE,
};

/* A fault in words, to follow "broken message: ". */
const char *msg_fault_text(enum msg_fault f);

/* The header in the machine's byte order, as vhost-user.rst ("Header") has it. */
void msg_encode(uint8_t out[MSG_HEADER], const struct msg_header *h) NONNULL(1, 2);

/* Reads a header. MSG_FINE, MSG_WRONG_VERSION or MSG_TOO_LONG; *h is filled in any case.
 */
MUST_CHECK enum msg_fault msg_decode(const uint8_t in[MSG_HEADER], struct msg_header *h)
	NONNULL(1, 2);

/* Whether h, already read, heads the reply to request. */
MUST_CHECK enum msg_fault msg_check_reply(const struct msg_header *h, uint32_t request)
	NONNULL(1);

/* A body that is one u64. MSG_FINE or MSG_WRONG_SIZE, then *v is unchanged. */
MUST_CHECK enum msg_fault msg_u64(struct bytes body, uint64_t *v) NONNULL(2);

/*
 * The body of GET_CONFIG for n bytes from offset 0, at most CONFIG_MAX; out has room for
 * CONFIG_HEADER + CONFIG_MAX. Returns its length.
 */
size_t msg_config_encode(uint8_t *out, size_t n) NONNULL(1);

/*
 * The answer to it: *config becomes the n bytes, within body, or empty where the back-end
 * refused (size 0). MSG_FINE or MSG_WRONG_SIZE.
 */
MUST_CHECK enum msg_fault msg_config_decode(struct bytes body, size_t n,
					    struct bytes *config) NONNULL(3);

#endif
