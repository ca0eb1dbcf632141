/* SPDX-License-Identifier: GPL-2.0-or-later */
/* help.c - --help, from the tables. */
#include "tool.h"

#include <stdio.h>

enum { HELP_AT = 30 }; /* the column where explanations begin */

static void put_pair(struct buf *b, const char *left, const char *help)
{
	size_t n = strlen(left);

	buf_puts(b, left);
	if (n + 2 > HELP_AT) {
		buf_putc(b, '\n');
		n = 0;
	}
	buf_fill(b, ' ', HELP_AT - n);
	buf_puts(b, help);
	buf_putc(b, '\n');
}

static void put_options(struct buf *b, const struct command *cmd, struct opt_set set,
			bool common)
{
	for (size_t i = 0; i < set.n; i++) {
		const struct opt *o = &set.v[i];
		char brief[] = { '-', o->brief, ',', ' ', 0 }, left[128];
		bool letter = o->brief && !(common && letter_taken(cmd, o->brief));

		snprintf(left, sizeof(left), "  %s--%s%s%s", letter ? brief : "    ",
			 o->name, o->arg ? "=" : "", o->arg ? o->arg : "");
		put_pair(b, left, o->help);
	}
}

static void put_columns(struct buf *b, const struct record *rec, bool stars)
{
	for (size_t i = 0; i < rec->nfields; i++) {
		const struct field *f = &rec->fields[i];
		char left[128];

		snprintf(left, sizeof(left), "%c %s",
			 f->flags & SHOW && stars ? '*' : ' ', f->name);
		put_pair(b, left, f->help);
	}
}

static void put_records(struct buf *b, const struct command *cmd)
{
	if (!cmd->rec)
		return;
	buf_puts(b, cmd->rec->vertical ? "\nFields:\n" : "\nColumns (* by default):\n");
	put_columns(b, cmd->rec, !cmd->rec->vertical);
	for (size_t i = 0; i < cmd->nvariants; i++) {
		buf_printf(b, "\n%s:\n", cmd->variants[i].title);
		put_columns(b, cmd->variants[i].rec, false);
	}
}

static void put_usage(struct buf *b, const struct tool *t, const struct command *cmd)
{
	buf_printf(b, "Usage: %s%s%s [OPTION...]%s%s\n%s.\n", t->name,
		   cmd->name ? " " : "", cmd->name ? cmd->name : "", cmd->args ? " " : "",
		   cmd->args ? cmd->args : "", cmd->name ? cmd->brief : t->brief);
}

static void put_status(struct buf *b, const struct tool *t)
{
	buf_printf(b,
		   "\nExit status: 0 done, 1 failed, 2 usage, 3 printed but incomplete,\n"
		   "4 a condition that was asked about is true. More in %s(8).\n",
		   t->name);
}

static void put_examples(struct buf *b, const struct tool *t)
{
	if (t->examples)
		buf_printf(b, "\nExamples:\n%s", t->examples);
}

static void help_overview(struct buf *b, const struct tool *t)
{
	buf_printf(b, "Usage: %s [COMMAND] [OPTION...] [ARG...]\n%s.\n\nCommands:\n",
		   t->name, t->brief);
	for (size_t i = 0; i < t->ncommands; i++) {
		const struct command *cmd = t->commands[i];
		char left[128];

		snprintf(left, sizeof(left), "  %s%s%s", cmd->name, cmd->args ? " " : "",
			 cmd->args ? cmd->args : "");
		put_pair(b, left, cmd->brief);
	}
	buf_printf(b, "\nWithout a command: %s.\n",
		   t->commands[0]->min_args ? "this help" : t->commands[0]->name);
	buf_puts(b, "\nOptions of all commands:\n");
	put_options(b, t->commands[0], common_options(t->commands[0], NULL), true);
	buf_printf(b, "\n%s COMMAND --help lists a command's own options and columns.\n",
		   t->name);
}

void help_text(struct buf *b, const struct tool *t, const struct command *cmd)
{
	if (!cmd) {
		help_overview(b, t);
	} else {
		put_usage(b, t, cmd);
		buf_puts(b, "\nOptions:\n");
		put_options(b, cmd, (struct opt_set){ .v = cmd->opts, .n = cmd->nopts },
			    false);
		put_options(b, cmd, common_options(cmd, NULL), true);
		put_records(b, cmd);
	}
	if (!cmd || !cmd->name)
		put_examples(b, t);
	put_status(b, t);
}
