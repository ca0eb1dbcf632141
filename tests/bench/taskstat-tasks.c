/* SPDX-License-Identifier: GPL-2.0-or-later */
/* taskstat-tasks N [threads]: N sleeping processes, or threads of one, until stdin ends.
 */
#include "util.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void *nap(void *arg)
{
	(void)arg;
	for (;;)
		pause();
	return NULL;
}

static int start_process(void)
{
	pid_t pid = fork();

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		nap(NULL);
	}
	return pid < 0;
}

static int start_thread(void)
{
	pthread_attr_t attr;
	pthread_t t;
	int err;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 16384);
	err = pthread_create(&t, &attr, nap, NULL);
	pthread_attr_destroy(&attr);
	return err;
}

int main(int argc, char **argv)
{
	long n = argc > 1 ? strtol(argv[1], NULL, 10) : 0;
	bool threads = argc > 2 && !strcmp(argv[2], "threads");
	char c;

	signal(SIGCHLD, SIG_IGN);
	for (long i = 0; i < n; i++)
		if (threads ? start_thread() : start_process()) {
			perror("taskstat-tasks");
			kill(0, SIGTERM);
			return 1;
		}
	puts("ready");
	fflush(stdout);
	while (read(0, &c, 1) > 0)
		;
	return 0;
}
