/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "follow.h"

#include "clock.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

static void ending_signals(sigset_t *set)
{
	struct sigaction hup;

	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	/* nohup(1) means it; a blocked signal would arrive even though it is ignored. */
	if (sigaction(SIGHUP, NULL, &hup) || hup.sa_handler != SIG_IGN)
		sigaddset(set, SIGHUP);
}

int follow_begin(void)
{
	sigset_t set;
	int fd;

	ending_signals(&set);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return -errno;
	if (sigprocmask(SIG_BLOCK, &set, NULL)) {
		int err = -errno;

		close(fd);
		return err;
	}
	return fd;
}

bool follow_ended(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) > 0;
}

void follow_end(int fd)
{
	struct signalfd_siginfo taken;
	sigset_t set;

	/* What is still pending would strike when it is unblocked. */
	while (read(fd, &taken, sizeof(taken)) == (ssize_t)sizeof(taken))
		;
	ending_signals(&set);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	close(fd);
}

int follow_wait(int follow_fd, int fd, uint64_t ns)
{
	struct pollfd p[2] = { { .fd = follow_fd, .events = POLLIN },
			       { .fd = fd, .events = POLLIN } };
	uint64_t start = clock_mono_ns(), gone, left;
	struct timespec t;
	int r;

	do {
		gone = clock_mono_ns() - start;
		left = gone < ns ? ns - gone : 0;
		t.tv_sec = (time_t)(left / 1000000000);
		t.tv_nsec = (long)(left % 1000000000);
		r = ppoll(p, 2, ns == UINT64_MAX ? NULL : &t, NULL);
	} while (r < 0 && errno == EINTR);
	if (r < 0)
		return -errno;
	if (p[0].revents)
		return FOLLOW_ENDED;
	return p[1].revents ? FOLLOW_READY : FOLLOW_TIMEOUT;
}
