/* SPDX-License-Identifier: GPL-2.0-or-later */
/* help_bash.c - completion for bash, from the tables. */
#include "tool.h"

static void put_options(struct buf *b, const struct command *cmd, struct opt_set set,
			bool common)
{
	for (size_t i = 0; i < set.n; i++) {
		const struct opt *o = &set.v[i];

		if (o->brief && !(common && letter_taken(cmd, o->brief)))
			buf_printf(b, "-%c ", o->brief);
		buf_printf(b, "--%s%s ", o->name, o->arg ? "=" : "");
	}
}

static void put_columns(struct buf *b, const struct record *rec)
{
	for (size_t i = 0; i < rec->nfields; i++)
		buf_printf(b, "%s ", rec->fields[i].name);
	buf_puts(b, "all");
}

static void put_choices(struct buf *b, struct opt_set set)
{
	for (size_t i = 0; i < set.n; i++) {
		if (!set.v[i].choices)
			continue;
		buf_printf(b, " --%s)\n\t\twords='", set.v[i].name);
		for (const char *const *w = set.v[i].choices; *w; w++)
			buf_printf(b, "%s%s", *w, w[1] ? " " : "");
		buf_puts(b, "' ;;\n\t");
	}
}

/* One case per command: its options and columns, and what the option before wants. */
static void put_command(struct buf *b, const struct command *cmd)
{
	struct opt_set own = { .v = cmd->opts, .n = cmd->nopts };

	buf_printf(b, "%s)\n\topts='", cmd->name ? cmd->name : "*");
	put_options(b, cmd, own, false);
	put_options(b, cmd, common_options(cmd, NULL), true);
	buf_puts(b, "'\n\tcols='");
	if (cmd->rec)
		put_columns(b, cmd->rec);
	buf_puts(b, "'\n\tcase $prev in\n\t");
	put_choices(b, own);
	put_choices(b, common_options(cmd, NULL));
	buf_puts(b, "esac ;;\n");
}

static void put_commands(struct buf *b, const struct tool *t)
{
	for (size_t i = 0; i < t->ncommands; i++)
		if (t->commands[i]->name)
			buf_printf(b, "%s%s", i ? " " : "", t->commands[i]->name);
}

static const char script_head[] =
	"\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
	"\tlocal w cmd='' opts='' cols='' words='' list=''\n"
	"\tif [[ $cur == = ]]; then cur=''; fi\n"
	"\tif [[ $prev == = ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi\n"
	"\tfor w in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
	"\t\tif [[ \" $commands \" == *\" $w \"* ]]; then cmd=$w; break; fi\n"
	"\tdone\n";

static const char script_tail[] =
	"\tcase $prev in\n"
	"\t-o | --columns)\n"
	"\t\tif [[ $cur == *,* ]]; then list=${cur%,*},; fi\n"
	"\t\tif [[ -z $list && $cur == +* ]]; then list=+; fi\n"
	"\t\twords=$cols ;;\n"
	"\t--sort) words=\"${cols% all} -${cols// / -}\" ;;\n"
	"\tesac\n"
	"\tif [[ -n $words ]]; then\n"
	"\t\tCOMPREPLY=($(compgen -P \"$list\" -W \"$words\" -- \"${cur#\"$list\"}\"))\n"
	"\t\tcompopt -o nospace\n"
	"\telif [[ $cur == -* ]]; then\n"
	"\t\tCOMPREPLY=($(compgen -W \"$opts\" -- \"$cur\"))\n"
	"\t\tif [[ ${COMPREPLY[0]} == *= ]]; then compopt -o nospace; fi\n"
	"\telif [[ -z $cmd && -n $commands ]]; then\n"
	"\t\tCOMPREPLY=($(compgen -W \"$commands\" -- \"$cur\"))\n"
	"\tfi\n"
	"}\n";

void help_bash(struct buf *b, const struct tool *t)
{
	const struct command *first = t->commands[0];

	buf_printf(b, "# bash completion for %s, generated from its tables\n_%s()\n{\n",
		   t->name, t->name);
	buf_puts(b, "\tlocal commands='");
	put_commands(b, t);
	buf_puts(b, "'\n");
	buf_puts(b, script_head);
	if (first->name)
		buf_printf(b, "\tcase ${cmd:-%s} in\n\t", first->name);
	else
		buf_puts(b, "\tcase x in\n\t");
	for (size_t i = 0; i < t->ncommands; i++) {
		put_command(b, t->commands[i]);
		buf_putc(b, '\t');
	}
	buf_puts(b, "esac\n");
	buf_puts(b, script_tail);
	buf_printf(b, "complete -o default -F _%s %s\n", t->name, t->name);
}
