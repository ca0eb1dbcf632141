/* SPDX-License-Identifier: GPL-2.0-or-later */
/* caps.h - which privileges are missing. */
#ifndef XSKBENCH_CAPS_H
#define XSKBENCH_CAPS_H

#include "util.h"

/*
 * What to do about an EPERM or EACCES, by the effective capabilities of this thread
 * (capget(2)): names those that the lab needs and that are not there. Where none is
 * missing, says so. s, of size bytes, is written and returned.
 */
const char *caps_hint(char *s, size_t size) NONNULL(1);

/* Appends to s, of size bytes, those that the lab needs and that are missing, "" for
 * none, commas between. Returns 0 or -errno where that can't be learned. */
int caps_missing(char *s, size_t size) NONNULL(1);

#endif
