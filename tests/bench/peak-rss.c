/* SPDX-License-Identifier: GPL-2.0-or-later */
/* peak-rss COMMAND...: runs it with its output thrown away, prints its time in
 * microseconds and its greatest resident size in KiB. Small itself: the size of the
 * process that calls exec counts as well. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

int main(int argc, char **argv)
{
	double begin = now();
	struct rusage usage;
	pid_t pid = fork();
	int status, null;

	if (argc < 2 || pid < 0)
		return 2;
	if (!pid) {
		null = open("/dev/null", O_WRONLY);
		dup2(null, 1);
		dup2(null, 2);
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	if (wait4(pid, &status, 0, &usage) < 0 || !WIFEXITED(status) ||
	    WEXITSTATUS(status) == 127)
		return 1;
	printf("%.0f %ld\n", now() - begin, usage.ru_maxrss);
	return 0;
}
