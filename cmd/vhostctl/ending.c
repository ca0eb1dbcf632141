/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ending.h"

#include <signal.h>

static volatile sig_atomic_t asked;

static void mark(int signal)
{
	(void)signal;
	asked = 1;
}

void ending_begin(void)
{
	struct sigaction a = { .sa_handler = mark, .sa_flags = SA_RESETHAND };

	sigemptyset(&a.sa_mask);
	sigaction(SIGINT, &a, NULL);
	sigaction(SIGTERM, &a, NULL);
}

bool ending_asked(void)
{
	return asked;
}
