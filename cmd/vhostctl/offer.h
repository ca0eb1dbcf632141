/* SPDX-License-Identifier: GPL-2.0-or-later */
/* offer.h - what probe -j printed, read back. */
#ifndef VHOSTCTL_OFFER_H
#define VHOSTCTL_OFFER_H

#include "util.h"

enum { OFFER_CONFIG = 64, OFFER_TEXT = 96 };

/* A member of the configuration space, as text. */
struct offer_member {
	char key[OFFER_TEXT], value[OFFER_TEXT];
};

struct offer {
	char type[32];
	struct opt_u64 features, protocol_features, queues, max_mem_slots;
	struct offer_member config[OFFER_CONFIG];
	size_t nconfig;
};

/* Reads n bytes of JSON, one object of probe's. Returns 0, or -EINVAL where it is not. */
MUST_CHECK int offer_parse(struct offer *o, const char *text, size_t n) NONNULL(1, 2);

#endif
