/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nl.h - a conversation with the kernel over netlink(7), every length checked. */
#ifndef LIB_NL_H
#define LIB_NL_H

#include "buf.h"

#include <linux/netlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

/* Attribute readers: false and *v unchanged unless a exists and has the right length. */
bool nla_read_u8(const struct nlattr *a, uint8_t *v);
bool nla_read_u16(const struct nlattr *a, uint16_t *v);
bool nla_read_u32(const struct nlattr *a, uint32_t *v);
bool nla_read_u64(const struct nlattr *a, uint64_t *v); /* 4-byte aligned is enough */
/* The string without its NUL, or all of the payload where it has none; absent: p NULL. */
struct bytes nla_read_str(const struct nlattr *a);
struct bytes nla_read_bytes(const struct nlattr *a);

/*
 * Sorts n bytes of attributes by number into attrs[0..max] (the last of a number wins,
 * greater numbers are skipped). Returns 0, or -EBADMSG where a length is wrong.
 */
MUST_CHECK int nl_attrs(const void *p, size_t n, struct nlattr **attrs, int max)
	NONNULL(3);
/* The same for the attributes of a message after its fixed header of `header` bytes. */
MUST_CHECK int nl_msg_attrs(const struct nlmsghdr *h, size_t header,
			    struct nlattr **attrs, int max) NONNULL(1, 3);

/* The message at the start of n bytes if it is there whole, else NULL; and the one after.
 */
const struct nlmsghdr *nl_msg_at(const void *p, size_t n);
const struct nlmsghdr *nl_msg_next(const struct nlmsghdr *h, size_t *left) NONNULL(1, 2);

/* What the kernel said about a request besides its data. */
struct nl_ack {
	int error;         /* as sent: 0, -errno, or a code beyond errno */
	bool interrupted;  /* NLM_F_DUMP_INTR was seen: what was dumped may be wrong */
	bool filtered;     /* NLM_F_DUMP_FILTERED was seen */
	char message[256]; /* NLMSGERR_ATTR_MSG, "" for none */
	uint32_t offset; /* NLMSGERR_ATTR_OFFS: bytes from the request's header, 0 none */
	uint32_t missing; /* NLMSGERR_ATTR_MISS_TYPE, with has_missing */
	uint32_t
		missing_nest; /* NLMSGERR_ATTR_MISS_NEST: offset of the nest, 0 the top */
	bool has_missing;
};

struct nl_conn {
	int fd;
	uint32_t portid; /* our own, chosen by the kernel */
	uint32_t peer;   /* whom we talk to: 0, the kernel; all others are not heard */
	uint32_t seq;    /* of the last request */
	char *rx;        /* receive buffer, owned */
	size_t rx_size;
};

/*
 * Opens a netlink socket of the protocol, bound to a port of its own, with extended acks,
 * capped acks and strict checking asked for where the kernel has them. No libnl here: its
 * nl_connect maps errors lossily and shrinks the receive buffer. Returns 0 or -errno.
 */
MUST_CHECK int nl_open(struct nl_conn *c, int protocol) NONNULL(1);
void nl_done(struct nl_conn *c) NONNULL(1);

/* Sets an int option of SOL_NETLINK (netlink(7)). Returns 0 or -errno. */
int nl_option(struct nl_conn *c, int option, int value) NONNULL(1);

/* Forces the receive buffer (SO_RCVBUFFORCE, else SO_RCVBUF). Returns its real size. */
size_t nl_set_rcvbuf(struct nl_conn *c, size_t bytes) NONNULL(1);

/* Sends n bytes as one datagram to the peer, as they are. Returns 0 or -errno. */
MUST_CHECK int nl_send_bytes(struct nl_conn *c, const void *p, size_t n) NONNULL(1, 2);

/*
 * Receives one datagram of the peer whole: its true size is asked for first, and the
 * buffer grows up to 4 MiB (beyond: -EMSGSIZE, and it is dropped). *d stays valid until
 * the next call. flags: MSG_DONTWAIT or 0. Returns 1, 0 where nothing is there to read,
 * or -errno; -ENOBUFS: datagrams were lost before this one, call again.
 */
MUST_CHECK int nl_datagram(struct nl_conn *c, int flags, struct bytes *d) NONNULL(1, 3);

/* Called for each data message; a negative value ends the exchange and is returned. */
typedef int nl_handler(const struct nlmsghdr *h, void *arg);

/*
 * Sends one request (its seq and portid are filled in here, NLM_F_REQUEST added) and
 * hands every reply to handler until the kernel is done: NLMSG_DONE of a dump, else the
 * ack, which is always asked for. ack may be NULL. Returns 0 or -errno: the kernel's
 * (also DONE's), the handler's (replies may be left: close the connection), -EBADMSG for
 * a malformed reply, -ENOBUFS for an overrun, -EPROTO where the kernel's code is none of
 * errno (ack->error keeps it), -EINTR where a dump was interrupted (NLM_F_DUMP_INTR),
 * after all of it was handed over.
 */
MUST_CHECK int nl_request(struct nl_conn *c, struct nlmsghdr *req, nl_handler *handler,
			  void *arg, struct nl_ack *ack) NONNULL(1, 2);

/*
 * As nl_request for a dump, again up to `tries` times in all while it is interrupted.
 * Before each repetition reset(arg) drops what was taken; NULL: what was taken has been
 * printed, so there is one try only.
 */
MUST_CHECK int nl_request_dump(struct nl_conn *c, struct nlmsghdr *req,
			       nl_handler *handler, void (*reset)(void *arg), void *arg,
			       unsigned int tries, struct nl_ack *ack) NONNULL(1, 2, 3);

/*
 * What an NLMSG_ERROR or NLMSG_DONE message says; h->nlmsg_len has been checked. Fills
 * all but interrupted and filtered. False if malformed. Pure. TLVs:
 * net/netlink/af_netlink.c, netlink_ack and netlink_dump_done.
 */
bool nl_ack_decode(const struct nlmsghdr *h, struct nl_ack *ack) NONNULL(1, 2);
/* The attributes of such a message (NLMSGERR_ATTR_*), p NULL for none. Pure. */
struct bytes nl_ack_attrs(const struct nlmsghdr *h) NONNULL(1);

/*
 * Appends what the ack says for people: the kernel's text and the attribute it points at,
 * as a path like 3.1. req is the request that was sent; header is the length of the fixed
 * header before its attributes. Nothing is appended where the kernel said nothing more.
 * name, if given, turns one path step (attribute of the given parents) into its name.
 */
typedef const char *nl_attr_name(const uint16_t *path, size_t depth, void *arg);
void nl_ack_text(struct buf *b, const struct nl_ack *ack, const struct nlmsghdr *req,
		 size_t header, nl_attr_name *name, void *arg) NONNULL(1, 2, 3);

/*
 * Dumps by NETLINK_SOCK_DIAG (sock_diag(7)): req is the family's request struct. As
 * nl_request_dump with five tries.
 */
MUST_CHECK int sockdiag_dump(struct nl_conn *c, const void *req, size_t size,
			     nl_handler *handler, void (*reset)(void *arg), void *arg)
	NONNULL(1, 2, 4);

#endif
