/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rec.h - one field table per record type; every form of output derives from it. */
#ifndef LIB_REC_H
#define LIB_REC_H

#include "value.h"

enum member_kind {
	MEMBER_BOOL,
	MEMBER_U8,
	MEMBER_U16,
	MEMBER_U32,
	MEMBER_I32,
	MEMBER_U64,
	MEMBER_I64,
	MEMBER_F64,
	MEMBER_OPT_U64,
	MEMBER_OPT_I64,
	MEMBER_OPT_BOOL,
	MEMBER_BYTES,
	MEMBER_STR,   /* const char *, NUL-terminated, NULL is absent */
	MEMBER_CHARS, /* char[], ends at the first NUL or at its size */
	MEMBER_NEST,
};

/* What a field is for; or'ed with HEX, SIZE and the others of value.h. */
enum {
	SHOW = 1 << 8,     /* in the default columns of the text table */
	KEY = 1 << 9,      /* identifies the record: a label in metrics */
	GAUGE = 1 << 10,   /* a metric that goes up and down */
	COUNTER = 1 << 11, /* a metric that only grows; its name gains _total */
};

struct field {
	const char *name; /* column, JSON key, metric: lower case with underscores */
	const char *help; /* one line, no full stop */
	const char *head; /* heading in text where the name in capitals will not do */
	const struct names *names;
	uint16_t off, size;
	uint16_t flags;
	uint8_t kind; /* enum member_kind */
};

struct record {
	const char *name; /* prefix of its metrics */
	const struct field *fields;
	size_t nfields;
	bool vertical; /* text form is one "name: value" line a field, not a table */
};

/* A char pointer that is not const would pass for an array. */
#define IS_CHARS_(m) __builtin_types_compatible_p(__typeof__(m), char *)
#define MEMBER_KIND(m) \
	_Generic((m),                                                                \
		bool: MEMBER_BOOL,                                                   \
		uint8_t: MEMBER_U8,                                                  \
		uint16_t: MEMBER_U16,                                                \
		uint32_t: MEMBER_U32,                                                \
		int32_t: MEMBER_I32,                                                 \
		uint64_t: MEMBER_U64,                                                \
		int64_t: MEMBER_I64,                                                 \
		double: MEMBER_F64,                                                  \
		struct opt_u64: MEMBER_OPT_U64,                                      \
		struct opt_i64: MEMBER_OPT_I64,                                      \
		struct opt_bool: MEMBER_OPT_BOOL,                                    \
		struct bytes: MEMBER_BYTES,                                          \
		const char *: MEMBER_STR,                                            \
		char *: MEMBER_CHARS,                                                \
		struct nest: MEMBER_NEST)

/*
 * FIELD(struct tag, member, flags, help [, .names = &table] [, .head = "HEADING"]):
 * the member gives name, offset, size and type, so a table can't misstate them.
 */
#define FIELD(T, m, fl, h, ...)                                                     \
	{                                                                           \
		.name = #m, .help = (h), .off = offsetof(struct T, m),              \
		.size = (uint16_t)(sizeof(((struct T *)0)->m) /                     \
				   !IS_CHARS_(((struct T *)0)->m)),                 \
		.flags = (fl), .kind = MEMBER_KIND(((struct T *)0)->m), __VA_ARGS__ \
	}

#define RECORD(nm, table, ...)                                                        \
	{                                                                             \
		.name = (nm), .fields = (table), .nfields = COUNT(table), __VA_ARGS__ \
	}

/* The value of field f in row (a struct of the record's type). Borrows the row's bytes.
 * In place for what runs for every cell: a copy would wait for the parts. */
void field_load(const struct field *f, const void *row, struct value *v) NONNULL(1, 2, 3);

static inline struct value field_value(const struct field *f, const void *row)
{
	struct value v;

	field_load(f, row, &v);
	return v;
}

/* The field called name (n bytes, case does not matter), or NULL. */
const struct field *field_find(const struct record *rec, const char *name, size_t n)
	NONNULL(1, 2);

/* A choice of fields in order; owns v. */
struct columns {
	const struct field **v;
	size_t n;
};

/*
 * Chooses columns: list NULL takes the fields with SHOW, or every one if all is set;
 * "a,b" just those, "+a" adds to the default, "all" is every one; a column named twice
 * stays once. Returns 0, -ENOMEM, or -EINVAL with the unknown word in *bad.
 */
MUST_CHECK int columns_select(struct columns *c, const struct record *rec,
			      const char *list, bool all, struct bytes *bad)
	NONNULL(1, 2, 5);

#endif
