/* SPDX-License-Identifier: GPL-2.0-or-later */
/* listen.h - private to listening: what its parts share. */
#ifndef NLSOCK_LISTEN_H
#define NLSOCK_LISTEN_H

#include "ear.h"
#include "printer.h"
#include "settings.h"
#include "silent.h"

enum { TARGETS = 16 };

struct listener {
	struct target target;
	struct ear ear;
	struct printer printer;
	bool open;
	bool asked;          /* the kernel to tell of processes */
	bool stale;          /* something was lost: the state has to be dumped anew */
	unsigned int causes; /* of changes that no event tells; 0: none */
	struct silent_due due;
};

struct listening {
	struct ctx *c;
	const struct settings *s;
	struct listener *v;
	size_t n;
	struct pcap pcap;
	struct silent silent;
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

/* Prints the links that are due, as of a resync without beginning and end. */
void listen_links(struct listening *all, struct listener *l) NONNULL(1, 2);

/* Whether --count or --until is met. */
bool listen_enough(const struct listening *all) NONNULL(1);

/*
 * Prints all that l has heard, without waiting, and what was lost; ends early at a signal
 * or when it is enough. Returns a status.
 */
MUST_CHECK int listen_drain(struct listening *all, struct listener *l, int signals)
	NONNULL(1, 2);

/* Prints a message, or text where h is NULL, and looks whether --until is met by it. */
void listen_take(struct listening *all, struct listener *l, const struct nlmsghdr *h,
		 struct bytes text, const struct about *about) NONNULL(1, 2, 5);

#endif
