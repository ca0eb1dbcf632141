/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unpack_value.h - private to unpacking: numbers and bytes as the schema shows them. */
#ifndef NLSOCK_UNPACK_VALUE_H
#define NLSOCK_UNPACK_VALUE_H

#include "unpack.h"

/* How a number is shown; of an attribute, an array's element or a struct's member. */
struct manner {
	uint8_t hint;
	bool big_endian, sign, as_flags;
	const struct enumeration *names;
};

/* Writes n bytes under key: by the hint, or in hex where they can't be what it says. */
void emit_text(struct tree *t, const char *key, int hint, const char *p, size_t n)
	NONNULL(1);
/* Writes a number of n bytes (1, 2, 4 or 8) under key. */
void emit_number(struct tree *t, const char *key, const struct manner *m, const char *p,
		 size_t n) NONNULL(1, 3);
/* Writes whole numbers of one type as an array; what is left of b is not written. */
void emit_numbers(struct tree *t, const char *key, const struct manner *m, uint8_t type,
		  struct bytes b) NONNULL(1, 3);

#endif
