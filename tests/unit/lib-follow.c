/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A signal to end is seen, stays seen, and does not strike afterwards. */
#undef NDEBUG
#include "follow.h"

#include <assert.h>
#include <signal.h>
#include <unistd.h>

static void data_time_and_end_are_told_apart(void)
{
	int fd = follow_begin(), ends[2];

	assert(fd >= 0 && !pipe(ends));
	assert(!follow_ended(fd));
	assert(follow_wait(fd, ends[0], 1000) == FOLLOW_TIMEOUT);
	assert(follow_wait(fd, -1, 0) == FOLLOW_TIMEOUT);
	assert(write(ends[1], "x", 1) == 1);
	assert(follow_wait(fd, ends[0], UINT64_MAX) == FOLLOW_READY);
	assert(!raise(SIGTERM));
	assert(follow_wait(fd, ends[0], UINT64_MAX) == FOLLOW_ENDED);
	assert(follow_ended(fd) && follow_ended(fd));
	assert(!raise(SIGINT));
	follow_end(fd);
	close(ends[0]);
	close(ends[1]);
}

static void a_hangup_that_is_ignored_ends_nothing(void)
{
	int fd;

	signal(SIGHUP, SIG_IGN);
	fd = follow_begin();
	assert(fd >= 0 && !raise(SIGHUP) && !follow_ended(fd));
	follow_end(fd);
	signal(SIGHUP, SIG_DFL);
	fd = follow_begin();
	assert(fd >= 0 && !raise(SIGHUP) && follow_ended(fd));
	follow_end(fd);
}

int main(void)
{
	data_time_and_end_are_told_apart();
	a_hangup_that_is_ignored_ends_nothing();
	return 0;
}
