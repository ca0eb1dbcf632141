/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cli.h - a typed option table: parser, usage, completion and manual derive from it. */
#ifndef LIB_CLI_H
#define LIB_CLI_H

#include "diag.h"

/* Option values whose C type says how they are written. */
struct size_arg {
	uint64_t bytes;
};
struct time_arg {
	uint64_t ns;
};
struct list_arg { /* every occurrence, in order; v is freed by cli_free */
	const char **v;
	size_t n;
};

enum opt_kind {
	OPT_FLAG,   /* bool */
	OPT_U32,    /* uint32_t */
	OPT_U64,    /* uint64_t */
	OPT_SIZE,   /* struct size_arg: 64K, 1MiB */
	OPT_TIME,   /* struct time_arg: 250ms, 5s */
	OPT_STR,    /* const char *, into argv */
	OPT_LIST,   /* struct list_arg */
	OPT_CHOICE, /* int: index of the word in choices */
};

struct opt {
	char brief;       /* the letter, 0 for none */
	const char *name; /* the long form */
	const char *arg;  /* what the value is called, NULL for a flag */
	const char *help; /* one line, no full stop */
	const char *const
		*choices;  /* NULL-terminated; also checks and completes OPT_STR */
	uint64_t min, max; /* bounds of numbers, units as stored; max 0: none */
	uint32_t bare_ns;  /* unit of a time that is written without one; 0: a second */
	uint16_t off;
	uint8_t kind;
};

#define OPT_KIND(m) \
	_Generic((m),                                                                \
		bool: OPT_FLAG,                                                      \
		uint32_t: OPT_U32,                                                   \
		uint64_t: OPT_U64,                                                   \
		struct size_arg: OPT_SIZE,                                           \
		struct time_arg: OPT_TIME,                                           \
		const char *: OPT_STR,                                               \
		struct list_arg: OPT_LIST,                                           \
		int: OPT_CHOICE)

/* OPT(struct tag, member, letter or 0, "long-name", "ARG" or NULL, "help" [, .min = ...])
 */
#define OPT(T, m, b, n, a, h, ...)                                                  \
	{                                                                           \
		.brief = (b), .name = (n), .arg = (a), .help = (h),                 \
		.off = offsetof(struct T, m), .kind = OPT_KIND(((struct T *)0)->m), \
		__VA_ARGS__                                                         \
	}

/* Options together with the struct that their offsets point into. */
struct opt_set {
	const struct opt *v;
	size_t n;
	void *config;
};

/*
 * Parses argv[1..] by all sets (no two share a name; a letter in a later set gives way to
 * the same letter in an earlier one). Operands move to argv[1..] in their order, their
 * number to *nargs; with stop_at_operand everything from the first operand on is one.
 * Returns 0, or STATUS_USAGE after saying what was wrong.
 */
MUST_CHECK int cli_parse(const struct diag *d, const struct opt_set *sets, size_t nsets,
			 bool stop_at_operand, int argc, char **argv, size_t *nargs)
	NONNULL(1, 2, 6, 7);

/* Frees the lists that cli_parse made. */
void cli_free(const struct opt_set *sets, size_t nsets) NONNULL(1);

#endif
