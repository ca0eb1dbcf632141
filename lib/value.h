/* SPDX-License-Identifier: GPL-2.0-or-later */
/* value.h - a typed value, and the one function that turns it into characters. */
#ifndef LIB_VALUE_H
#define LIB_VALUE_H

#include "buf.h"

struct tree;

/* A name for a number: an enumerator, or a bit's position where the field has BITS. */
struct name {
	uint64_t number;
	const char *name;
};

struct names {
	const struct name *v;
	size_t n;
};

#define NAMES(table)                            \
	{                                       \
		.v = (table), .n = COUNT(table) \
	}

/* The name of a number, or NULL. */
const char *name_of(const struct names *names, uint64_t number) NONNULL(1);

/* A value with inner structure: emit writes exactly one value (see tree.h). */
struct nest {
	void (*emit)(struct tree *t, const void *arg);
	const void *arg;
};

/* How to show a value; fields carry these, and values take them from their field. */
enum {
	HEX = 1 << 0,  /* number: 0x text, a string in JSON; bytes: two digits a byte */
	BITS = 1 << 1, /* number: the names of the set bits; an array in JSON */
	SIZE = 1 << 2, /* bytes: 1.5K for people, the integer in JSON */
	NANO = 1 << 3, /* nanoseconds: 1.5ms for people, the integer in JSON */
	TIME = 1 << 4, /* nanoseconds since 1970: RFC 3339 UTC, microseconds */
	PCT = 1 << 5,  /* 12.5% for people */
};

enum value_kind {
	VALUE_NULL,
	VALUE_BOOL,
	VALUE_U64,
	VALUE_I64,
	VALUE_F64,
	VALUE_BYTES,
	VALUE_NEST,
};

struct value {
	uint8_t kind; /* enum value_kind */
	uint8_t show; /* HEX and its siblings */
	union {
		bool b;
		uint64_t u;
		int64_t i;
		double f;
		struct bytes s;
		struct nest nest;
	};
	const struct names *names; /* may be NULL */
};

/* An absent value: because there is none, or because it could not be learned. */
static inline struct value value_none(bool unknown)
{
	return (struct value){ .kind = VALUE_NULL, .b = unknown };
}

static inline struct value value_u64(uint64_t u)
{
	return (struct value){ .kind = VALUE_U64, .u = u };
}

static inline struct value value_i64(int64_t i)
{
	return (struct value){ .kind = VALUE_I64, .i = i };
}

static inline struct value value_f64(double f)
{
	return (struct value){ .kind = VALUE_F64, .f = f };
}

static inline struct value value_bool(bool b)
{
	return (struct value){ .kind = VALUE_BOOL, .b = b };
}

static inline struct value value_hex(uint64_t u)
{
	return (struct value){ .kind = VALUE_U64, .show = HEX, .u = u };
}

/* The bytes and strings stay the caller's until the value is written. */
static inline struct value value_bytes(const void *p, size_t n)
{
	return p ? (struct value){ .kind = VALUE_BYTES, .s = { .p = p, .n = n } }
		 : value_none(n != 0);
}

static inline struct value value_str(const char *s)
{
	return value_bytes(s, s ? strlen(s) : 0);
}

static inline struct value value_hexbytes(const void *p, size_t n)
{
	struct value v = value_bytes(p, n);

	v.show = HEX;
	return v;
}

/* A number by name, or the number as text where the table does not know it. */
static inline struct value value_enum(uint64_t u, const struct names *names)
{
	return (struct value){ .kind = VALUE_U64, .u = u, .names = names };
}

enum style { STYLE_TEXT, STYLE_JSON };

/*
 * Appends v to b: as text for people, or as one JSON value. The only place where a value
 * becomes characters. A double that is not finite is absent, like VALUE_NULL.
 */
void value_put(struct buf *b, const struct value *v, enum style style) NONNULL(1, 2);

/* Appends v in decimal digits. */
void put_decimal(struct buf *b, uint64_t v) NONNULL(1);

/* Whether v would be shown as absent. */
bool value_absent(const struct value *v) NONNULL(1);

/* Orders two values of one field, absent ones after all others: <0, 0, >0. */
int value_compare(const struct value *a, const struct value *b) NONNULL(1, 2);

#endif
