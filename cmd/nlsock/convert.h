/* SPDX-License-Identifier: GPL-2.0-or-later */
/* convert.h - bytes as numbers and as the text that display hints ask for. Pure. */
#ifndef NLSOCK_CONVERT_H
#define NLSOCK_CONVERT_H

#include "buf.h"

/* A number of 1, 2, 4 or 8 bytes anywhere in memory, with zeros above it. */
uint64_t number_at(const char *p, size_t n, bool big_endian) NONNULL(1);
void number_to(char *p, size_t n, bool big_endian, uint64_t v) NONNULL(1);
/* The same number with its sign carried to 64 bits. */
int64_t number_signed(uint64_t v, size_t n);

/*
 * Writes n bytes as an enum hint wants them: addresses of 4 and 16 bytes, bytes with
 * colons, hex with spaces, a UUID; without a NUL. `to` has HINT_ROOM(n) bytes. Returns
 * how many it wrote, 0 where the bytes don't fit the hint.
 */
#define HINT_ROOM(n) (3 * (n) + 46)
size_t hint_write(char *to, int hint, const char *p, size_t n) NONNULL(1, 3);

/*
 * The reverse: appends the bytes that text means. Without a hint, or where the text is
 * not of its kind, it is hex. False where it is neither.
 */
bool hint_parse(struct buf *b, int hint, const char *text) NONNULL(1, 3);

#endif
