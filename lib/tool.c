/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tool.c - from the command line to a running command, and to its exit status. */
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* A socket opened on a closed standard descriptor would get our output. One opened as a
 * path is as good as closed, and there even without a /dev. */
static void hold_standard_fds(void)
{
	int fd;

	do
		fd = open("/", O_PATH | O_CLOEXEC);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

static const struct command *command_named(const struct tool *t, const char *word)
{
	for (size_t i = 0; i < t->ncommands; i++)
		if (t->commands[i]->name && !strcmp(t->commands[i]->name, word))
			return t->commands[i];
	return NULL;
}

static bool option_matches(const struct opt *o, const char *word)
{
	return word[1] == '-' ? !strcmp(word + 2, o->name)
			      : o->brief == word[1] && !word[2];
}

/* Whether the option in word, of whatever command, takes its value from the next word. */
static bool takes_next(const struct tool *t, const char *word)
{
	for (size_t i = 0; i < t->ncommands; i++) {
		const struct command *cmd = t->commands[i];
		struct opt_set sets[] = { { .v = cmd->opts, .n = cmd->nopts },
					  common_options(cmd, NULL) };

		for (size_t k = 0; k < COUNT(sets); k++)
			for (size_t j = 0; j < sets[k].n; j++)
				if (sets[k].v[j].arg &&
				    option_matches(&sets[k].v[j], word))
					return true;
	}
	return false;
}

/* Where the first operand stands, argc if there is none. */
static int first_operand(const struct tool *t, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--"))
			return i + 1;
		if (argv[i][0] != '-' || !argv[i][1])
			return i;
		i += takes_next(t, argv[i]);
	}
	return argc;
}

static int unknown_command(const struct tool *t, const struct diag *d, const char *word)
{
	const char *names[32] = { 0 }, *near;

	for (size_t i = 0, n = 0; i < t->ncommands && n + 1 < COUNT(names); i++)
		if (t->commands[i]->name)
			names[n++] = t->commands[i]->name;
	near = nearest(word, strlen(word), names);
	if (near)
		return diag_usage(d, "unknown command '%s', did you mean '%s'?", word,
				  near);
	return diag_usage(d, "unknown command '%s'", word);
}

/* The command that the words name; its name is taken out of them. Else the first. */
static int find_command(struct ctx *c, int *argc, char **argv)
{
	const struct tool *t = c->tool;
	int at = first_operand(t, *argc, argv);

	c->cmd = t->commands[0];
	if (at >= *argc || !c->cmd->name)
		return 0;
	if (strcmp(argv[at - 1], "--") != 0 && command_named(t, argv[at])) {
		c->cmd = command_named(t, argv[at]);
		memmove(argv + at, argv + at + 1, (size_t)(*argc - at) * sizeof(*argv));
		--*argc;
		return 0;
	}
	if (!c->cmd->args || (c->cmd->operand && !c->cmd->operand(argv[at])))
		return unknown_command(t, &c->diag, argv[at]);
	return 0;
}

static int check_operands(const struct ctx *c)
{
	const struct command *cmd = c->cmd;
	size_t most = cmd->max_args ? cmd->max_args : cmd->args ? SIZE_MAX : 0;

	if (c->nargs < cmd->min_args)
		return diag_usage(&c->diag, "%s%smissing operand, usage: %s%s%s %s",
				  cmd->name ? cmd->name : "", cmd->name ? ": " : "",
				  c->tool->name, cmd->name ? " " : "",
				  cmd->name ? cmd->name : "", cmd->args);
	if (c->nargs > most)
		return diag_usage(&c->diag, "unexpected operand '%s'", c->args[most]);
	if (c->common.json && c->common.prometheus)
		return diag_usage(&c->diag, "--json and --prometheus exclude each other");
	return 0;
}

static bool want_color(int choice)
{
	const char *no = getenv("NO_COLOR");

	if (choice)
		return choice == 1;
	return is_screen(STDOUT_FILENO) && !(no && *no);
}

static struct sink_options sink_options(const struct common *o)
{
	struct winsize size = { 0 };

	return (struct sink_options){
		.format = o->json         ? FORMAT_JSON
			  : o->prometheus ? FORMAT_METRICS
					  : FORMAT_TEXT,
		.columns = o->columns,
		.sort = o->sort,
		.top = o->top,
		.no_headings = o->no_headings,
		.color = want_color(o->color),
		.width = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) ? 0 : size.ws_col,
	};
}

int ctx_sink(struct ctx *c, const struct record *rec, struct sink **s)
{
	struct sink_options o = sink_options(&c->common);
	struct bytes bad;

	o.columns = o.sort = NULL;
	o.top = 0;
	return sink_open(s, &c->out, rec, &o, &bad);
}

static int unknown_column(const struct ctx *c, struct bytes bad)
{
	const struct record *rec = c->rec;
	const char **names = calloc(rec->nfields + 1, sizeof(*names));
	const char *near;
	int status;

	for (size_t i = 0; names && i < rec->nfields; i++)
		names[i] = rec->fields[i].name;
	near = names ? nearest(bad.p, bad.n, names) : NULL;
	if (field_find(rec, bad.p, bad.n))
		status = diag_usage(&c->diag, "column '%.*s' can't be sorted by",
				    (int)bad.n, bad.p);
	else if (near)
		status = diag_usage(&c->diag, "unknown column '%.*s', did you mean '%s'?",
				    (int)bad.n, bad.p, near);
	else
		status = diag_usage(&c->diag, "unknown column '%.*s'", (int)bad.n, bad.p);
	free(names);
	return status;
}

static int open_sink(struct ctx *c)
{
	struct sink_options o = sink_options(&c->common);
	struct bytes bad = { 0 };
	int r = c->rec ? sink_open(&c->sink, &c->out, c->rec, &o, &bad) : 0;

	if (r == -EINVAL)
		return unknown_column(c, bad);
	return r ? diag_fail(&c->diag, r, NULL, "output") : 0;
}

int ctx_reopen(struct ctx *c)
{
	struct sink *old = c->sink;

	c->sink = NULL;
	return sink_close(old) ? STATUS_FAILED : open_sink(c);
}

/* Ends output. A reader that went away is no news: die of SIGPIPE, as filters do. */
static int finish(struct ctx *c, int status)
{
	int r = sink_close(c->sink), w = out_flush(&c->out);

	buf_free(&c->out.b);
	if (w)
		r = w;
	if (r == -EPIPE) {
		signal(SIGPIPE, SIG_DFL);
		raise(SIGPIPE);
	}
	return r ? diag_fail(&c->diag, r, NULL, "standard output") : status;
}

static int run(struct ctx *c)
{
	int status;

	if (c->common.help)
		help_text(&c->out.b, c->tool, c->cmd);
	if (c->common.version)
		buf_printf(&c->out.b, "%s %s\n", c->tool->name, VERSION);
	if (c->common.help || c->common.version)
		return 0;
	status = check_operands(c);
	c->rec = c->cmd->rec;
	if (!status && c->cmd->prepare)
		status = c->cmd->prepare(c);
	if (!status)
		status = open_sink(c);
	return status ? status : c->cmd->run(c);
}

/* --help without a command is about the tool as a whole; so is a bare call with no
 * default. */
static bool is_overview(const struct tool *t, int argc, char **argv)
{
	if (!t->commands[0]->name)
		return false;
	if (argc == 1)
		return t->commands[0]->min_args > 0;
	return argc == 2 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"));
}

int tool_main(const struct tool *t, int argc, char **argv)
{
	struct ctx c = { .tool = t,
			 .diag = { .tool = t->name },
			 .out = { .fd = STDOUT_FILENO } };
	struct opt_set sets[2];
	void *config;
	int status;

	hold_standard_fds();
	signal(SIGPIPE, SIG_IGN);
	if (argc == 2 && !strcmp(argv[1], "--help-table")) {
		help_table(&c.out.b, t);
		return finish(&c, 0);
	}
	if (is_overview(t, argc, argv)) {
		help_text(&c.out.b, t, NULL);
		return finish(&c, 0);
	}
	status = argc ? find_command(&c, &argc, argv) : STATUS_USAGE;
	if (status)
		return status;
	config = calloc(1, c.cmd->config_size + 1);
	if (!config)
		return diag_fail(&c.diag, ENOMEM, NULL, "options");
	if (c.cmd->defaults)
		memcpy(config, c.cmd->defaults, c.cmd->config_size);
	sets[0] =
		(struct opt_set){ .v = c.cmd->opts, .n = c.cmd->nopts, .config = config };
	sets[1] = common_options(c.cmd, &c.common);
	status = cli_parse(&c.diag, sets, COUNT(sets), c.cmd->stop_at_operand, argc, argv,
			   &c.nargs);
	if (!status) {
		c.config = config;
		c.args = argv + 1;
		c.diag.quiet = c.common.quiet;
		c.diag.verbose = c.common.verbose;
		status = finish(&c, run(&c));
	}
	cli_free(sets, COUNT(sets));
	free(config);
	return status;
}
