/* SPDX-License-Identifier: GPL-2.0-or-later */
/* help_mdoc.c - the manual's OPTIONS and COLUMNS, from the tables. */
#include "tool.h"

/* Text at the start of a line or holding a backslash would be read as a request. */
static void put_text(struct buf *b, const char *text)
{
	if (*text == '.' || *text == '\'')
		buf_puts(b, "\\&");
	for (; *text; text++) {
		if (*text == '\\')
			buf_puts(b, "\\e");
		else
			buf_putc(b, *text);
	}
}

static void put_options(struct buf *b, const struct command *cmd, struct opt_set set,
			bool common)
{
	if (!set.n)
		return;
	buf_puts(b, ".Bl -tag -width Ds\n");
	for (size_t i = 0; i < set.n; i++) {
		const struct opt *o = &set.v[i];

		buf_puts(b, ".It ");
		if (o->brief && !(common && letter_taken(cmd, o->brief)))
			buf_printf(b, "Fl %c , ", o->brief);
		buf_printf(b, "Fl \\-%s", o->name);
		if (o->arg)
			buf_printf(b, " Ns = Ns Ar %s", o->arg);
		buf_putc(b, '\n');
		put_text(b, o->help);
		buf_puts(b, ".\n");
	}
	buf_puts(b, ".El\n");
}

static void put_columns(struct buf *b, const struct record *rec)
{
	buf_puts(b, ".Bl -tag -width Ds\n");
	for (size_t i = 0; i < rec->nfields; i++) {
		const struct field *f = &rec->fields[i];

		buf_printf(b, ".It Cm %s%s\n", f->name,
			   f->flags & SHOW && !rec->vertical ? " Pq shown by default"
							     : "");
		put_text(b, f->help);
		buf_puts(b, ".\n");
	}
	buf_puts(b, ".El\n");
}

/* Whether an earlier command prints the same records. */
static const struct command *same_record(const struct tool *t, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (t->commands[i]->rec == t->commands[at]->rec)
			return t->commands[i];
	return NULL;
}

static void put_records(struct buf *b, const struct command *cmd)
{
	put_columns(b, cmd->rec);
	for (size_t i = 0; i < cmd->nvariants; i++) {
		buf_puts(b, ".Ss ");
		put_text(b, cmd->variants[i].title);
		buf_putc(b, '\n');
		put_columns(b, cmd->variants[i].rec);
	}
}

static void put_title(struct buf *b, const struct tool *t, const struct command *cmd)
{
	if (cmd->name)
		buf_printf(b, ".Ss %s %s\n", t->name, cmd->name);
}

void help_mdoc(struct buf *b, const struct tool *t)
{
	const struct command *first = t->commands[0];
	struct opt_set all = common_options(first, NULL), more;

	/* Commands that print no records have the last of the common options. */
	for (size_t i = 0; i < t->ncommands; i++) {
		more = common_options(t->commands[i], NULL);
		all = more.n < all.n ? more : all;
		/* What has no letter in one of them is told of each. */
		for (size_t k = 0; k < all.n; k++)
			if (letter_taken(t->commands[i], all.v[k].brief)) {
				all.v += k + 1;
				all.n -= k + 1;
				k = SIZE_MAX; /* from the next one on */
			}
	}
	buf_puts(b, ".Sh OPTIONS\n");
	for (size_t i = 0; i < t->ncommands; i++) {
		const struct command *cmd = t->commands[i];

		more = common_options(cmd, NULL);
		more.n -= all.n;
		if (cmd->nopts + more.n)
			put_title(b, t, cmd);
		put_options(b, cmd, (struct opt_set){ .v = cmd->opts, .n = cmd->nopts },
			    false);
		put_options(b, cmd, more, true);
	}
	if (first->name)
		buf_puts(b, ".Ss All commands\n");
	put_options(b, first, all, true);
	buf_puts(b,
		 ".Sh COLUMNS\nThese names are the columns of the text and the keys of "
		 "the JSON objects.\n");
	for (size_t i = 0; i < t->ncommands; i++) {
		const struct command *cmd = t->commands[i], *same = same_record(t, i);

		if (!cmd->rec)
			continue;
		put_title(b, t, cmd);
		if (same)
			buf_printf(b, "As %s.\n", same->name);
		else
			put_records(b, cmd);
	}
}
