/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * turns ROUNDS COMMAND...: runs the commands in turns, each started by itself, no shell
 * in between, with its output to /dev/null; a first round only warms the caches. A
 * command is one word of ours, split as a shell would. Prints a line for each: median and
 * least time from before its start until it has been waited for, and median CPU time, all
 * in ns.
 */
#include "clock.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <wordexp.h>

struct command {
	const char *text;
	wordexp_t words;
	uint64_t *wall, *cpu; /* ns, by round */
};

static void fail(const char *what, const char *text)
{
	fprintf(stderr, "turns: %s: %s\n", text, what);
	exit(1);
}

static uint64_t ns_of(struct timeval t)
{
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_usec * 1000;
}

static void run(struct command *c, const posix_spawn_file_actions_t *files, size_t round)
{
	uint64_t begin = clock_mono_ns();
	char **words = c->words.we_wordv;
	struct rusage use;
	int status, err;
	pid_t pid;

	err = posix_spawnp(&pid, words[0], files, NULL, words, environ);
	if (err)
		fail(strerror(err), c->text);
	while (wait4(pid, &status, 0, &use) < 0)
		if (errno != EINTR)
			fail(strerror(errno), c->text);
	c->wall[round] = clock_mono_ns() - begin;
	c->cpu[round] = ns_of(use.ru_utime) + ns_of(use.ru_stime);
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		fail("it failed", c->text);
}

static int by_size(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void print(struct command *c, size_t rounds)
{
	qsort(c->wall, rounds, sizeof(*c->wall), by_size);
	qsort(c->cpu, rounds, sizeof(*c->cpu), by_size);
	printf("%" PRIu64 " %" PRIu64 " %" PRIu64 "\n", c->wall[(rounds - 1) / 2],
	       c->wall[0], c->cpu[(rounds - 1) / 2]);
}

static void prepare(struct command *c, const char *text, size_t rounds)
{
	c->text = text;
	if (wordexp(text, &c->words, WRDE_NOCMD) || !c->words.we_wordc)
		fail("it can't be split into words", text);
	c->wall = calloc(rounds + 1, sizeof(*c->wall));
	c->cpu = calloc(rounds + 1, sizeof(*c->cpu));
	if (!c->wall || !c->cpu)
		fail("no memory", text);
}

int main(int argc, char **argv)
{
	size_t rounds = argc > 2 ? strtoul(argv[1], NULL, 10) : 0;
	size_t n = rounds ? (size_t)argc - 2 : 0;
	posix_spawn_file_actions_t files;
	struct command *v = calloc(n + 1, sizeof(*v));

	if (!v || !n)
		fail("turns ROUNDS COMMAND...", "usage");
	for (size_t i = 0; i < n; i++)
		prepare(&v[i], argv[i + 2], rounds);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	for (size_t round = 0; round <= rounds; round++)
		for (size_t i = 0; i < n; i++)
			run(&v[i], &files, round ? round - 1 : 0);
	for (size_t i = 0; i < n; i++) {
		print(&v[i], rounds);
		wordfree(&v[i].words);
		free(v[i].wall);
		free(v[i].cpu);
	}
	posix_spawn_file_actions_destroy(&files);
	free(v);
	return 0;
}
