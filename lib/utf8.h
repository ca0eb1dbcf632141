/* SPDX-License-Identifier: GPL-2.0-or-later */
/* utf8.h - bytes of unknown origin as printable text, reversibly. */
#ifndef LIB_UTF8_H
#define LIB_UTF8_H

#include "buf.h"

/*
 * Appends n bytes of s to b: printable UTF-8 passes; control characters (C0, DEL, C1),
 * line and paragraph separators, bidirectional controls, the backslash and every byte
 * that is not part of valid UTF-8 become \xHH, byte by byte. Undone by replacing each
 * \xHH.
 */
void utf8_escape(struct buf *b, const char *s, size_t n) NONNULL(1);

/* As utf8_escape, and fit to stand between double quotes of JSON or of a metric's label.
 */
void utf8_quote(struct buf *b, const char *s, size_t n) NONNULL(1);

/* Columns that n bytes of s take on a terminal (wcwidth(3) of each character). */
size_t utf8_width(const char *s, size_t n);

/* Length of the longest start of s that is at most width columns wide. */
size_t utf8_clip(const char *s, size_t n, size_t width);

/* Whether all n bytes of s are valid UTF-8 (RFC 3629: no surrogates, shortest form). */
bool utf8_valid(const char *s, size_t n);

#endif
