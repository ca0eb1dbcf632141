/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "switch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define SYSCTL "/proc/sys/kernel/task_delayacct"

static int set(int fd, char value)
{
	return pwrite(fd, &value, 1, 0) == 1 ? 0 : -errno;
}

/*
 * The lock says whose 1 it is: those who need it share it, and only they. So who can have
 * it alone is the last of them, or meets what the administrator has set. Returns 1 where
 * it has to be put back, 0 where not, or -errno; the lock is held shared then.
 */
static int join(int fd)
{
	char value = 0;
	bool shared = false;

	/* Neither: somebody has it alone for a moment. */
	while (flock(fd, LOCK_EX | LOCK_NB) && !(shared = !flock(fd, LOCK_SH | LOCK_NB)))
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -errno;
	if (pread(fd, &value, 1, 0) != 1)
		return -errno;
	return value == '0' || shared ? !flock(fd, LOCK_SH) : flock(fd, LOCK_UN);
}

/* Until the other end is closed, by whatever. Does not return. */
static void watch(int end, int fd)
{
	sigset_t all;
	char c;

	/* A signal to the whole group, or to the terminal's session, is not for this one.
	 */
	setsid();
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	/* Who reads our output to its end must not wait for the watcher. */
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	close(STDERR_FILENO);
	while (read(end, &c, 1) < 0 && errno == EINTR)
		;
	if (!flock(fd, LOCK_EX | LOCK_NB))
		(void)set(fd, '0');
	_exit(0);
}

/* A grandchild, so that nobody here waits for it among children of his own. */
static int start_watcher(struct delay_switch *s, int fd)
{
	/* How a child ends is not told to those who ignore it. */
	struct sigaction told = { .sa_handler = SIG_DFL }, before;
	int ends[2], err = 0;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return -errno;
	sigaction(SIGCHLD, &told, &before);
	pid = fork();
	if (!pid) {
		close(ends[0]);
		pid = fork();
		if (!pid)
			watch(ends[1], fd);
		_exit(pid < 0 ? errno : 0);
	}
	close(ends[1]);
	if (pid < 0 || waitpid(pid, &err, 0) != pid)
		err = -errno;
	else
		err = -WEXITSTATUS(err);
	sigaction(SIGCHLD, &before, NULL);
	if (err) {
		close(ends[0]);
		return err;
	}
	s->fd = ends[0];
	s->on = true;
	return 0;
}

int switch_on(struct delay_switch *s, const struct diag *d)
{
	int fd, err;

	*s = (struct delay_switch){ .fd = -1 };
	fd = open(SYSCTL, O_RDWR | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return diag_fail(d, ENOENT,
				 "before Linux 5.14 the boot option delayacct did it",
				 "kernel.task_delayacct");
	err = fd < 0 ? -errno : join(fd);
	if (err > 0)
		err = start_watcher(s, fd);
	if (!err && s->on)
		err = set(fd, '1');
	if (err)
		switch_off(s);
	if (fd >= 0)
		close(fd);
	return err ? diag_fail(d, err, "it takes root", "setting kernel.task_delayacct")
		   : STATUS_DONE;
}

void switch_off(struct delay_switch *s)
{
	char c;

	if (!s->on)
		return;
	/* Its end closes when it has done its work. */
	shutdown(s->fd, SHUT_WR);
	while (read(s->fd, &c, 1) < 0 && errno == EINTR)
		;
	close(s->fd);
	s->on = false;
}
