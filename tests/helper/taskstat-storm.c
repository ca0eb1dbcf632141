/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * taskstat-storm vfork|fork|threads N|SECONDSs [WORKERS [COMM]]: N tasks, or as many as
 * can be in SECONDS, that end one after the other in each of WORKERS processes;
 * taskstat-storm burst|burst-threads N: N that wait for each other and end at once. Every
 * tenth process ends with status 1. Prints how many tasks have ended, its own not among
 * them.
 */
#include "clock.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_barrier_t barrier;

static void *nothing(void *arg)
{
	if (arg)
		pthread_barrier_wait(&barrier);
	return NULL;
}

static void fail(const char *what)
{
	perror(what);
	_exit(1);
}

static void start(pthread_t *t, void *arg)
{
	pthread_attr_t a;

	pthread_attr_init(&a);
	pthread_attr_setstacksize(&a, 16384);
	if (pthread_create(t, &a, nothing, arg))
		fail("pthread_create");
	pthread_attr_destroy(&a);
}

/* One that ends at once. vfork's child has nothing to do but that. */
static void one(const char *how, long i)
{
	pthread_t t;
	pid_t pid;

	if (!strcmp(how, "threads")) {
		start(&t, NULL);
		pthread_join(t, NULL);
		return;
	}
	// NOLINTNEXTLINE(clang-analyzer-*): vfork is what is asked for
	pid = strcmp(how, "vfork") != 0 ? fork() : vfork();
	if (!pid)
		_exit(i % 10 == 9);
	if (pid < 0)
		fail("fork");
	while (waitpid(pid, NULL, 0) < 0)
		;
}

static void burst(long n)
{
	int ends[2];
	char c;

	if (pipe(ends))
		fail("pipe");
	for (long i = 0; i < n; i++) {
		pid_t pid = fork();

		if (pid < 0)
			fail("fork");
		if (pid)
			continue;
		close(ends[1]);
		(void)!read(ends[0], &c, 1);
		_exit(i % 10 == 9);
	}
	close(ends[1]);
	while (wait(NULL) > 0)
		;
}

static void burst_threads(long n)
{
	pthread_t *t = calloc((size_t)n, sizeof(*t));

	if (!t)
		fail("calloc");
	pthread_barrier_init(&barrier, NULL, (unsigned int)n);
	for (long i = 0; i < n; i++)
		start(&t[i], t);
	for (long i = 0; i < n; i++)
		pthread_join(t[i], NULL);
	free(t);
}

/* Returns how many were ended: n, or with seconds what the time allowed. */
static long work(const char *how, long n, long seconds)
{
	uint64_t end = clock_mono_ns() + (uint64_t)seconds * 1000000000;
	long i = 0;

	for (; seconds ? clock_mono_ns() < end : i < n; i++)
		one(how, i);
	return i;
}

/* Returns how many tasks have ended, the workers too. */
static long workers(const char *how, long n, long seconds, long count)
{
	long total = count, done;
	int ends[2];

	if (pipe(ends))
		fail("pipe");
	for (long w = 0; w < count; w++) {
		pid_t pid = fork();

		if (pid < 0)
			fail("fork");
		if (pid)
			continue;
		done = work(how, n, seconds);
		_exit(write(ends[1], &done, sizeof(done)) != sizeof(done));
	}
	close(ends[1]);
	while (read(ends[0], &done, sizeof(done)) == sizeof(done))
		total += done;
	while (wait(NULL) > 0)
		;
	return total;
}

int main(int argc, char **argv)
{
	const char *how = argc > 2 ? argv[1] : "";
	char *unit = "";
	long n = argc > 2 ? strtol(argv[2], &unit, 10) : 0;
	long count = argc > 3 ? strtol(argv[3], NULL, 10) : 1;

	if (argc > 4)
		prctl(PR_SET_NAME, argv[4]);
	if (!strcmp(how, "burst"))
		burst(n);
	else if (!strcmp(how, "burst-threads"))
		burst_threads(n);
	else
		n = workers(how, n, *unit == 's' ? n : 0, count);
	printf("%ld\n", n);
	fflush(stdout);
	_exit(0); /* a leak checker would run a task of its own at exit */
}
