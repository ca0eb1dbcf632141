/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* What SIGCHLD did before is the command's, as are all other signals. */
static void wait_and_exec(int go, int failure, char *const *argv,
			  const struct sigaction *before)
{
	char c;
	int err;

	/* Nothing is read where the other end is closed by the end of the parent. */
	if (read(go, &c, 1) != 1)
		_exit(125);
	signal(SIGPIPE, SIG_DFL);
	sigaction(SIGCHLD, before, NULL);
	execvp(argv[0], argv);
	err = errno;
	(void)!write(failure, &err, sizeof(err));
	_exit(127);
}

int child_fork(struct child *c, char *const *argv)
{
	/* How a child ends is not told to those who ignore it. */
	struct sigaction told = { .sa_handler = SIG_DFL }, before;
	int go[2], failure[2];

	if (pipe2(go, O_CLOEXEC))
		return -errno;
	if (pipe2(failure, O_CLOEXEC)) {
		int err = -errno;

		close(go[0]);
		close(go[1]);
		return err;
	}
	*c = (struct child){ .go = go[1], .failure = failure[0] };
	sigaction(SIGCHLD, &told, &before);
	c->pid = fork();
	if (!c->pid) {
		close(go[1]);
		wait_and_exec(go[0], failure[1], argv, &before);
	}
	close(go[0]);
	close(failure[1]);
	return c->pid < 0 ? -errno : 0;
}

int child_start(struct child *c)
{
	int err = 0;
	ssize_t n;

	(void)!write(c->go, "", 1);
	close(c->go);
	do
		n = read(c->failure, &err, sizeof(err));
	while (n < 0 && errno == EINTR);
	close(c->failure);
	return n == (ssize_t)sizeof(err) ? err : 0;
}

void child_cancel(struct child *c)
{
	close(c->go);
	close(c->failure);
	while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
		;
}

void child_reap(struct child *c)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (pid == c->pid) {
			c->status = status;
			c->ended = true;
		}
	c->alone = pid < 0 && errno == ECHILD;
}
