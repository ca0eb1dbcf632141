/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ending.h"

#include "util.h"

#include <signal.h>

static volatile sig_atomic_t asked;
static const int deadly[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE };
static struct sigaction before[COUNT(deadly)];
static const int asking[] = { SIGINT, SIGTERM };
static struct sigaction unmarked[COUNT(asking)];
static void (*volatile first)(void);

static void mark(int signal)
{
	asked = 1;
	for (size_t i = 0; i < COUNT(asking); i++)
		if (asking[i] == signal)
			sigaction(signal, &unmarked[i], NULL);
}

void ending_begin(void)
{
	const struct sigaction a = { .sa_handler = mark };

	for (size_t i = 0; i < COUNT(asking); i++) {
		sigaction(asking[i], &a, &unmarked[i]);
		if (unmarked[i].sa_handler == SIG_IGN)
			unmarked[i].sa_handler = SIG_DFL;
	}
}

bool ending_asked(void)
{
	return asked;
}

/* The signal is blocked until we return, and has its effect then. */
static void do_first(int signal)
{
	if (first)
		first();
	for (size_t i = 0; i < COUNT(deadly); i++)
		if (deadly[i] == signal)
			sigaction(signal, &before[i], NULL);
	raise(signal);
}

void ending_first(void (*what)(void))
{
	const struct sigaction a = { .sa_handler = do_first };

	for (size_t i = 0; i < COUNT(deadly); i++) {
		if (!what && first && before[i].sa_handler != SIG_IGN)
			sigaction(deadly[i], &before[i], NULL);
		if (!what || first)
			continue;
		sigaction(deadly[i], NULL, &before[i]);
		if (before[i].sa_handler != SIG_IGN)
			sigaction(deadly[i], &a, NULL);
	}
	first = what;
}
