/* SPDX-License-Identifier: GPL-2.0-or-later */
/* udiag-mem-population SOCKETS PROCESSES: makes connected pairs, one in three with a
 * message that nobody reads, says "ready", and keeps them until standard input ends. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void make_pairs(long pairs)
{
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET,
				     SOCK_STREAM };
	int fd[2];

	for (long i = 0; i < pairs; i++) {
		if (socketpair(AF_UNIX, types[i % 4], 0, fd)) {
			perror("socketpair");
			exit(1);
		}
		if (i % 3 == 0 && write(fd[0], "hello", 5) != 5)
			exit(1);
	}
}

static void keep(long pairs, int ready)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	make_pairs(pairs);
	if (write(ready, "", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	long sockets = argc == 3 ? atol(argv[1]) : 0, n = argc == 3 ? atol(argv[2]) : 0;
	struct rlimit limit = { 0 };
	char c;
	int ready[2];

	if (sockets <= 0 || n <= 0 || pipe(ready))
		return 2;
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	for (long i = 0; i < n; i++) {
		pid_t pid = fork();

		if (!pid)
			keep(sockets / 2 / n, ready[1]);
		if (pid < 0 || read(ready[0], &c, 1) != 1)
			return 1;
	}
	puts("ready");
	fflush(stdout);
	while (read(STDIN_FILENO, &c, 1) > 0)
		;
	return 0;
}
