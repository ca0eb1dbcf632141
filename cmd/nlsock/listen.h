/* SPDX-License-Identifier: GPL-2.0-or-later */
/* listen.h - private to listening: what its parts share. */
#ifndef NLSOCK_LISTEN_H
#define NLSOCK_LISTEN_H

#include "ear.h"
#include "printer.h"
#include "settings.h"

enum { TARGETS = 16 };

struct listener {
	struct target target;
	struct ear ear;
	struct printer printer;
	bool open;
	bool asked; /* the kernel to tell of processes */
	bool stale; /* something was lost: the state has to be dumped anew */
};

struct listening {
	struct ctx *c;
	const struct settings *s;
	struct listener *v;
	size_t n;
	struct pcap pcap;
	uint64_t events;
	bool met;   /* --until */
	int status; /* of what went wrong on the way */
};

/* Joins the groups of the options, by default all that are known. Returns a status. */
MUST_CHECK int listen_join(struct listening *all) NONNULL(1);

/*
 * Dumps all that the specs of l's target can dump, between records that say so; what:
 * "snapshot" or "resync". Returns a status.
 */
MUST_CHECK int listen_dump(struct listening *all, struct listener *l, const char *what)
	NONNULL(1, 2, 3);

#endif
