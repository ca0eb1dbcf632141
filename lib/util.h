/* SPDX-License-Identifier: GPL-2.0-or-later */
/* util.h - the few macros that every file may use. */
#ifndef LIB_UTIL_H
#define LIB_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COUNT(a)           (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b)          ((a) < (b) ? (a) : (b))
#define MAX(a, b)          ((a) > (b) ? (a) : (b))
#define MUST_CHECK         __attribute__((warn_unused_result))
#define NONNULL(...)       __attribute__((nonnull(__VA_ARGS__)))
#define PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))

/* Bytes somebody else owns: any length, any content; p == NULL means absent, and with a
 * length that they could not be learned. */
struct bytes {
	const char *p;
	size_t n;
};

/* Values that the source may leave out: "-" in text, null in JSON; "?" in text where
 * there may be one that could not be learned. */
struct opt_u64 {
	uint64_t v;
	bool has;
	bool unknown;
};
struct opt_i64 {
	int64_t v;
	bool has;
};
struct opt_bool {
	bool v;
	bool has;
	bool unknown;
};

static inline struct opt_u64 some_u64(uint64_t v)
{
	return (struct opt_u64){ .v = v, .has = true };
}

static inline struct opt_bool some_bool(bool v)
{
	return (struct opt_bool){ .v = v, .has = true };
}

static inline struct opt_i64 some_i64(int64_t v)
{
	return (struct opt_i64){ .v = v, .has = true };
}

#endif
