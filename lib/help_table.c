/* SPDX-License-Identifier: GPL-2.0-or-later */
/* help_table.c - what the tables say, a fact a line: the build makes the manual's lists
 * and the completion from it. */
#include "tool.h"

static void put_options(struct buf *b, const struct command *cmd, struct opt_set set,
			bool common)
{
	for (size_t i = 0; i < set.n; i++) {
		const struct opt *o = &set.v[i];
		bool letter = o->brief && !(common && letter_taken(cmd, o->brief));

		buf_printf(b, "option\t%s\t%c\t%s\t%s\t%s\t", common ? "common" : "own",
			   letter ? o->brief : '-', o->name, o->arg ? o->arg : "",
			   o->help);
		for (const char *const *w = o->choices; w && *w; w++)
			buf_printf(b, "%s%s", *w, w[1] ? " " : "");
		buf_putc(b, '\n');
	}
}

static void put_columns(struct buf *b, const struct record *rec, const char *title)
{
	buf_printf(b, "record\t%s\n", title);
	for (size_t i = 0; i < rec->nfields; i++) {
		const struct field *f = &rec->fields[i];
		bool shown = f->flags & SHOW && !rec->vertical;

		buf_printf(b, "column\t%s\t%s\t%s\n", f->name, shown ? "shown" : "-",
			   f->help);
	}
}

void help_table(struct buf *b, const struct tool *t)
{
	buf_printf(b, "tool\t%s\n", t->name);
	for (size_t i = 0; i < t->ncommands; i++) {
		const struct command *cmd = t->commands[i];

		buf_printf(b, "command\t%s\n", cmd->name ? cmd->name : "");
		put_options(b, cmd, (struct opt_set){ .v = cmd->opts, .n = cmd->nopts },
			    false);
		put_options(b, cmd, common_options(cmd, NULL), true);
		if (cmd->rec)
			put_columns(b, cmd->rec, "");
		for (size_t k = 0; k < cmd->nvariants; k++)
			put_columns(b, cmd->variants[k].rec, cmd->variants[k].title);
	}
}
