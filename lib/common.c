/* SPDX-License-Identifier: GPL-2.0-or-later */
/* common.c - the options that all tools share. */
#include "tool.h"

static const char *const color_words[] = { "auto", "always", "never", NULL };

/* Those only some commands have come first, so that the rest is one piece. */
static const struct opt common_opts[] = {
	OPT(common, prometheus, 0, "prometheus", NULL, "print metrics for Prometheus"),
	OPT(common, json, 'j', "json", NULL,
	    "print one JSON object a line, every column"),
	OPT(common, columns, 'o', "columns", "LIST",
	    "columns to print, +COL adds to the default, all takes every one"),
	OPT(common, sort, 's', "sort", "[-]COL", "sort by a column, descending with -"),
	OPT(common, top, 'n', "top", "N", "print at most N records, after sorting",
	    .min = 1),
	OPT(common, no_headings, 0, "no-headings", NULL, "leave the headings out"),
	OPT(common, color, 0, "color", "auto|always|never", "when to colour the output",
	    .choices = color_words),
	OPT(common, quiet, 'q', "quiet", NULL, "no warnings, only errors"),
	OPT(common, verbose, 'v', "verbose", NULL, "say more on standard error"),
	OPT(common, help, 'h', "help", NULL, "print this help"),
	OPT(common, version, 'V', "version", NULL, "print the version"),
};

enum { WITH_METRICS = 0, WITH_RECORDS = 1, PLAIN = 7 };

struct opt_set common_options(const struct command *cmd, struct common *config)
{
	size_t from = cmd->metrics ? WITH_METRICS : cmd->rec ? WITH_RECORDS : PLAIN;

	return (struct opt_set){ .v = common_opts + from,
				 .n = COUNT(common_opts) - from,
				 .config = config };
}

bool letter_taken(const struct command *cmd, char letter)
{
	for (size_t i = 0; i < cmd->nopts; i++)
		if (letter && cmd->opts[i].brief == letter)
			return true;
	return false;
}
