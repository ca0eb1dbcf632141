/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tool.h - what a tool declares, and the one main that all tools share. */
#ifndef LIB_TOOL_H
#define LIB_TOOL_H

#include "cli.h"
#include "sink.h"

/* The options that every command with records has. */
struct common {
	bool json, prometheus, no_headings, quiet, verbose, help, version;
	const char *columns;
	const char *sort;
	uint64_t top;
	int color; /* index into auto, always, never */
};

/* What a running command has at hand. */
struct ctx {
	const struct tool *tool;
	const struct command *cmd;
	const struct record *rec; /* what it prints: cmd->rec, unless prepare chose */
	const void *config;       /* the struct that cmd->opts fills */
	char *const *args;        /* operands, NULL-terminated */
	size_t nargs;
	struct common common;
	struct diag diag;
	struct out out;
	struct sink *sink; /* for rec; closed by main; NULL without rec */
};

/* Records that some option of a command prints instead of its usual ones. */
struct variant {
	const char *title; /* heading of their list of columns, as "With --group" */
	const struct record *rec;
};

struct command {
	const char *name;          /* NULL for the one job of a tool without commands */
	const char *brief;         /* one line, no full stop */
	const char *args;          /* operands as usage shows them, NULL for none */
	size_t min_args, max_args; /* max_args 0 with args: any number */
	const struct opt *opts;
	size_t nopts;
	const struct record *rec; /* what it prints; NULL: nothing but text of its own */
	const struct variant *variants;
	size_t nvariants;
	const void *defaults; /* initial config, NULL for zeros */
	size_t config_size;
	bool metrics;         /* offers --prometheus */
	bool stop_at_operand; /* options after the first operand belong to it */
	/* Whether word can be an operand; asked for the default command only. */
	bool (*operand)(const char *word);
	/* Before output is opened: may change c->rec and c->common by the options. NULL
	 * for none. Returns a status, 0 to go on. */
	int (*prepare)(struct ctx *c);
	/* Returns a status. Loses no error: a failing sink ends it, main says why. */
	int (*run)(struct ctx *c);
};

struct tool {
	const char *name;
	const char *brief;                     /* one line, no full stop */
	const struct command *const *commands; /* the first is the bare call's */
	size_t ncommands;
	const char *examples; /* lines of "  command   # what it shows" for --help */
};

/* Each tool defines this one symbol; main is in the library. */
extern const struct tool tool;

int tool_main(const struct tool *t, int argc, char **argv) NONNULL(1, 3);

/* The options of struct common that cmd has, by what it prints; config may be NULL. */
struct opt_set common_options(const struct command *cmd, struct common *config)
	NONNULL(1);

/* Whether one of cmd's own options takes the letter that a common one would have. */
bool letter_taken(const struct command *cmd, char letter) NONNULL(1);

/* Ends c->sink and opens it anew, for c->rec and by c->common as they are now: its
 * headings come again. Returns a status. */
MUST_CHECK int ctx_reopen(struct ctx *c) NONNULL(1);

/* A sink like c->sink for a further type of record. Columns and sort are not applied. */
MUST_CHECK int ctx_sink(struct ctx *c, const struct record *rec, struct sink **s)
	NONNULL(1, 2, 3);

/* help.c: all of them end with a newline. cmd NULL: of the tool as a whole. */
void help_text(struct buf *b, const struct tool *t, const struct command *cmd)
	NONNULL(1, 2);
/* Commands, options and columns, a line each, its parts between tabs: for the build. */
void help_table(struct buf *b, const struct tool *t) NONNULL(1, 2);

#endif
