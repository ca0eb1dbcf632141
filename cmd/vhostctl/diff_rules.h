/* SPDX-License-Identifier: GPL-2.0-or-later */
/* diff_rules.h - what a difference of two back-ends means to a guest that moves. Pure. */
#ifndef VHOSTCTL_DIFF_RULES_H
#define VHOSTCTL_DIFF_RULES_H

#include "offer.h"

enum verdict { BREAKS, CHANGES, GAINS };

/* why: NULL where the verdict says it all. Lives for ever. */
struct ruling {
	enum verdict verdict;
	const char *why;
};

/* A virtio feature bit that only one of them offers: lost, or else gained. */
struct ruling rule_feature(const struct offer *a, unsigned int bit, bool lost) NONNULL(1);

/* A protocol feature bit that only one of them offers. */
struct ruling rule_protocol(const struct offer *a, unsigned int bit, bool lost)
	NONNULL(1);

/* Another number of queues, of memory regions: what a back-end does that says none is
 * what a VMM takes it for. */
struct ruling rule_queues(const struct offer *a, const struct offer *b) NONNULL(1, 2);
struct ruling rule_slots(const struct offer *a, const struct offer *b) NONNULL(1, 2);

/* A member of the configuration that both have, as text. */
struct ruling rule_config(const char *key, const char *was, const char *is)
	NONNULL(1, 2, 3);

#endif
