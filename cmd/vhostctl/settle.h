/* SPDX-License-Identifier: GPL-2.0-or-later */
/* settle.h - what in shared memory its owner may write byte by byte. */
#ifndef VHOSTCTL_SETTLE_H
#define VHOSTCTL_SETTLE_H

#include "util.h"

/*
 * Reads *at, which goes up from `from` by at most `most`, modulo 65536. What is beyond is
 * read again for 41 ms at the most: the peer may have cleared it to write it, as those
 * do that pack it byte by byte. What is still beyond then is returned as it is.
 */
uint16_t settled_index(const uint16_t *at, uint16_t from, uint32_t most) NONNULL(1);

/* Before what can't be is read again: pauses, longer each time, 41 ms in all. *tries is 0
 * at first. False once that is over. */
bool settle_pause(unsigned int *tries) NONNULL(1);

#endif
