/* SPDX-License-Identifier: GPL-2.0-or-later */
/* printer.h - a message as one object: attributes and header, and what is about it. */
#ifndef NLSOCK_PRINTER_H
#define NLSOCK_PRINTER_H

#include "target.h"
#include "tree.h"

/* What is known of a message besides its bytes. */
struct about {
	const char *event; /* why it is printed, where that needs saying; else NULL */
	struct opt_u64 group, lost;
	struct opt_i64 nsid;
	enum side side;
};

/*
 * Messages in a row have much in common. What is about them ("nlsock") and their fixed
 * headers are kept as JSON, and copied where the next has the same.
 */
enum { MEMOS = 16, MEMO_BYTES = 24 };

struct memo {
	const struct layout *layout;
	char bytes[MEMO_BYTES];
	size_t n;
	struct buf text;
};

/* All that "nlsock" is made of. */
struct stamp {
	struct buf text;
	const struct target *target;
	const struct op *op;
	const char *event;
	uint64_t wall_ns;
	struct opt_u64 group, lost;
	struct opt_i64 nsid;
	uint32_t seq, portid;
	uint16_t type, flags;
	int command;
	enum side side;
};

struct printer {
	struct buf *out; /* lines are appended here; not owned */
	const struct target *target;
	enum tree_form form; /* TREE_JSON or TREE_LINES */
	bool raw, meta;      /* the bytes in hex; "nlsock" in text too */
	uint64_t wall_ns;    /* when what is printed came */
	struct reply reply;  /* freed by printer_free */
	struct buf time;
	uint64_t time_of;
	struct stamp stamp;
	struct memo headers[MEMOS];
	bool printed; /* a line was: text has an empty one between two */
};

void printer_message(struct printer *p, const struct nlmsghdr *h, const struct about *a)
	NONNULL(1, 2, 3);
/* A line that is about no message: of loss, or of an interruption; or bytes that are
 * none.
 */
void printer_event(struct printer *p, const struct about *a, struct bytes raw)
	NONNULL(1, 2);
/* A datagram of NETLINK_KOBJECT_UEVENT, which is text and no message. */
void printer_text(struct printer *p, const struct about *a, struct bytes datagram)
	NONNULL(1, 2);
void printer_free(struct printer *p) NONNULL(1);

#endif
