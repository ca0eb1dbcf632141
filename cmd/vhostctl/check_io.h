/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check_io.h - requests of a disk through one ring, honest and not. */
#ifndef VHOSTCTL_CHECK_IO_H
#define VHOSTCTL_CHECK_IO_H

#include "check_cases.h"
#include "check_talk.h"

/* So much of the disk is read and written, from its start. */
enum { CHECK_IO_BYTES = 4096 };

/*
 * Does what k->io says in the ring that the case has set up (see RING in check_cases.c).
 * Returns NULL where all is right, else what is wrong, in words that live on.
 */
const char *check_io(const struct check_case *k, struct talk *t) NONNULL(1, 2);

#endif
