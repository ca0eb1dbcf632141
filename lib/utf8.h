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

/* Whether any of eight bytes is not printable ASCII, or a quote or a backslash. */
static inline bool utf8_special(uint64_t w)
{
	const uint64_t ones = UINT64_MAX / 255;
	uint64_t quote = w ^ ones * '"', slash = w ^ ones * '\\', del = w ^ ones * 0x7f;

	/* A byte below what is taken away borrows from its high bit; bytes that have it
	 * already are special anyway. */
	return (w | (w - ones * 0x20) | (quote - ones) | (slash - ones) | (del - ones)) &
	       ones << 7;
}

/* Whether utf8_escape and utf8_quote would leave all n bytes as they are, and all are
 * ASCII; for keys and names, most of which are. */
static inline bool utf8_plain(const char *s, size_t n)
{
	uint32_t head, tail;
	uint64_t w;

	for (; n >= sizeof(w); s += sizeof(w), n -= sizeof(w)) {
		memcpy(&w, s, sizeof(w));
		if (utf8_special(w))
			return false;
	}
	if (!n)
		return true;
	w = UINT64_C(0x6161616161000000);
	if (n < 4) {
		w |= (uint64_t)(uint8_t)s[n - 1] << 16 |
		     (uint64_t)(uint8_t)s[n / 2] << 8 | (uint8_t)s[0];
	} else { /* they may overlap */
		memcpy(&head, s, sizeof(head));
		memcpy(&tail, s + n - sizeof(tail), sizeof(tail));
		w = (uint64_t)tail << 32 | head;
	}
	return !utf8_special(w);
}

/* Columns that n bytes of s take on a terminal (wcwidth(3) of each character). */
size_t utf8_width(const char *s, size_t n);

/* Length of the longest start of s that is at most width columns wide. */
size_t utf8_clip(const char *s, size_t n, size_t width);

/* Whether all n bytes of s are valid UTF-8 (RFC 3629: no surrogates, shortest form). */
bool utf8_valid(const char *s, size_t n);

#endif
