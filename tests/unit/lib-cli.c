/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The option table: every kind of value, operands, and what is refused. */
#undef NDEBUG
#include "cli.h"

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct config {
	bool flag;
	uint32_t small;
	uint64_t big;
	struct size_arg size;
	struct time_arg time, pause;
	const char *word;
	struct list_arg list;
	int choice;
};
static const char *const choices[] = { "red", "green", NULL };
static const struct opt opts[] = {
	OPT(config, flag, 'f', "flag", NULL, "a flag"),
	OPT(config, small, 's', "small", "N", "bounded", .min = 1, .max = 10),
	OPT(config, big, 0, "big", "N", "any"),
	OPT(config, size, 0, "size", "BYTES", "a size"),
	OPT(config, time, 0, "time", "TIME", "a time"),
	OPT(config, pause, 0, "pause", "MS", "a short time", .bare_ns = 1000000),
	OPT(config, word, 'w', "word", "WORD", "a word"),
	OPT(config, list, 'l', "list", "WORD", "again and again"),
	OPT(config, choice, 0, "choice", "red|green", "one of two", .choices = choices),
};

struct later {
	bool flag;
};
/* A letter that an earlier set has: it gives way. */
static const struct opt later_opts[] = { OPT(later, flag, 'f', "faint", NULL, "later") };

static struct config config;
static struct later later;
static char *argv[16];
static size_t nargs;

static int parse_as(bool stop_at_operand, const char *line)
{
	static char words[256];
	const struct opt_set sets[] = {
		{ .v = opts, .n = COUNT(opts), .config = &config },
		{ .v = later_opts, .n = COUNT(later_opts), .config = &later },
	};
	const struct diag d = { .tool = "test" };
	char *rest = words;
	int argc = 0;

	cli_free(sets, COUNT(sets));
	config = (struct config){ 0 };
	later = (struct later){ 0 };
	snprintf(words, sizeof(words), "test %s", line);
	while ((argv[argc] = strtok_r(rest, " ", &rest)))
		argc++;
	return cli_parse(&d, sets, COUNT(sets), stop_at_operand, argc, argv, &nargs);
}

static void takes(const char *line)
{
	if (!parse_as(false, line))
		return;
	fprintf(stdout, "refused: %s\n", line);
	exit(1);
}

static void refuses(const char *line)
{
	if (parse_as(false, line) == STATUS_USAGE)
		return;
	fprintf(stdout, "taken: %s\n", line);
	exit(1);
}

static void test_values(void)
{
	takes("--flag --small=10 --big 18446744073709551615 --size 64K --time=250ms");
	assert(config.flag && config.small == 10 && config.big == UINT64_MAX);
	assert(config.size.bytes == 65536 && config.time.ns == 250000000);
	takes("--time 2 --pause 1.5");
	assert(config.time.ns == 2000000000 && config.pause.ns == 1500000);
	takes("--pause 3us");
	assert(config.pause.ns == 3000);
	takes("-fs3 -w word -la -l b --list=c --choice green");
	assert(config.flag && config.small == 3 && !strcmp(config.word, "word"));
	assert(config.list.n == 3 && !strcmp(config.list.v[2], "c") &&
	       config.choice == 1);
	takes("-w --flag");
	assert(!config.flag && !strcmp(config.word, "--flag"));
	takes("-w=x --word=");
	assert(!*config.word);
}

static void test_letters(void)
{
	takes("-f");
	assert(config.flag && !later.flag);
	takes("--faint");
	assert(!config.flag && later.flag);
}

static void test_operands(void)
{
	takes("one -f two -- --flag");
	assert(config.flag && nargs == 3 && !argv[4]);
	assert(!strcmp(argv[1], "one") && !strcmp(argv[2], "two"));
	assert(!strcmp(argv[3], "--flag"));
	assert(!parse_as(true, "-f one -s 3"));
	assert(nargs == 3 && !strcmp(argv[2], "-s") && !config.small);
	takes("-");
	assert(nargs == 1);
	takes("");
	assert(nargs == 0);
}

static void test_refused(void)
{
	static const char *const lines[] = {
		"--flga",
		"--flag=1",
		"-x",
		"--small",
		"--small=0",
		"--small=11",
		"--small=-1",
		"--small=1x",
		"--big=1e3",
		"--size=1Q",
		"--time=1parsec",
		"--choice=blue",
		"--choice=",
		"-s",
		"--=x",
		"--size=99999999999E",
		"--fla=1",
		"--big=",
		"-fx",
		"--small 4294967297",
	};

	for (size_t i = 0; i < COUNT(lines); i++)
		refuses(lines[i]);
}

/* A word that is like none of the choices: all of them are named. */
static void test_choices_named(void)
{
	char said[256] = { 0 };
	int was = dup(2), pipe_fds[2];

	assert(was >= 0 && !pipe(pipe_fds) && dup2(pipe_fds[1], 2) == 2);
	refuses("--choice=blue");
	assert(dup2(was, 2) == 2);
	assert(read(pipe_fds[0], said, sizeof(said) - 1) > 0);
	assert(strstr(said, "--choice takes red or green, not 'blue'"));
	close(was);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
}

static void test_nearest(void)
{
	static const char *const list[] = { "json", "columns", "sort", NULL };

	assert(!strcmp(nearest("jsno", 4, list), "json"));
	assert(!strcmp(nearest("colunms", 7, list), "columns"));
	assert(!nearest("prometheus", 10, list));
	assert(!nearest("", 0, list));
}

int main(void)
{
	/* What is refused is said on stderr, which must stay empty when all is well. */
	int null = open("/dev/null", O_WRONLY);

	assert(null >= 0 && dup2(null, 2) == 2 && !close(null));
	test_values();
	test_letters();
	test_operands();
	test_refused();
	test_choices_named();
	test_nearest();
	takes("");
	return 0;
}
