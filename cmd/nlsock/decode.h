/* SPDX-License-Identifier: GPL-2.0-or-later */
/* decode.h - a netlink message as a record. Pure. */
#ifndef NLSOCK_DECODE_H
#define NLSOCK_DECODE_H

#include "families.h"
#include "rec.h"
#include "spec.h"

/* What a message is read by. */
struct language {
	int protocol;
	struct families families; /* for NETLINK_GENERIC, else empty */
};

struct reply {
	/* The record. Nests point into this struct: it may not move while they are used.
	 */
	const char *name; /* the message type's, NULL where it is not known */
	uint16_t type;
	uint32_t len, seq, portid;
	struct nest flags, error, header, attrs;
	struct bytes payload; /* all that is in none of the above */

	/* What they are made of. */
	uint16_t flag_bits;
	bool is_ack; /* NLMSG_ERROR, or NLMSG_DONE where that ends a dump */
	bool malformed;
	struct nl_ack ack;
	struct buf why; /* the kernel's words, kept from message to message */
	const struct header *fixed;
	struct bytes fixed_bytes, user_header, attr_bytes;
	char text[48];
};

extern const struct record reply_record;

/*
 * Reads h (all nlmsg_len bytes are there) into r, which must have been zeroed once and is
 * freed by reply_free. req is the message it answers, NULL if unknown; for the attribute
 * paths of extended acks.
 */
void reply_decode(struct reply *r, const struct language *l, const struct nlmsghdr *h,
		  const struct nlmsghdr *req) NONNULL(1, 2, 3);

/* Bytes that are no message, as a record. */
void reply_garbage(struct reply *r, struct bytes b) NONNULL(1);
void reply_free(struct reply *r) NONNULL(1);

/* The name of a message type; text is written to where the name is made up. May be NULL.
 */
const char *type_name(const struct language *l, uint16_t type, char *text, size_t size)
	NONNULL(1, 3);

/* Whether this type ends an exchange; CONNECTOR has data in messages of type 3. */
bool is_end(const struct language *l, uint16_t type) NONNULL(1);

#endif
