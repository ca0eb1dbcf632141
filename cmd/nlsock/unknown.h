/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unknown.h - what to say of a word that is no protocol, family or spec. */
#ifndef NLSOCK_UNKNOWN_H
#define NLSOCK_UNKNOWN_H

#include "families.h"
#include "tool.h"

/* Names the nearest of all protocols, families and specs, and says where there is no spec
 * at all. Returns STATUS_USAGE. */
int target_unknown(const struct ctx *c, const char *word, const struct families *f)
	NONNULL(1, 2, 3);

#endif
