/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plot.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PLOTTER "gnuplot"

static bool installed(void)
{
	const char *path = getenv("PATH"), *end;
	char file[512];

	for (; path; path = *end ? end + 1 : NULL) {
		end = strchrnul(path, ':');
		snprintf(file, sizeof(file), "%.*s/" PLOTTER, (int)MIN(end - path, 400),
			 path);
		if (!access(file, X_OK))
			return true;
	}
	return false;
}

int plot_open(struct plot *p, const char *path, const struct diag *d)
{
	size_t n = path ? strlen(path) : 0;

	*p = (struct plot){ .path = path, .fd = -1 };
	if (!path)
		return 0;
	if (n < 5 || strcmp(path + n - 4, ".svg") != 0)
		return diag_usage(d, "--plot '%s' does not end in .svg", path);
	if (!installed())
		return diag_fail(d, ENOENT,
				 "install it (the package is gnuplot-nox or gnuplot)",
				 "looking for " PLOTTER ", which draws --plot");
	p->fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	return p->fd < 0 ? diag_fail(d, errno, NULL, "opening %s", path) : 0;
}

/* Runs it with the picture as its stdout, and in as its stdin. 0 or -errno. */
static int spawn(pid_t *pid, int in, int out)
{
	char *const argv[] = { (char[]){ PLOTTER }, NULL };
	posix_spawn_file_actions_t actions;
	int err = posix_spawn_file_actions_init(&actions);

	if (err)
		return -err;
	err = posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
	if (!err)
		err = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	if (!err)
		err = posix_spawnp(pid, PLOTTER, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return -err;
}

/* One that ends early must not end us by SIGPIPE: a socket asks it not to. */
static int send_script(int fd, const struct buf *script)
{
	for (size_t at = 0; at < script->n;) {
		ssize_t n = send(fd, script->p + at, script->n - at, MSG_NOSIGNAL);

		if (n < 0 && errno != EINTR)
			return -errno;
		at += (size_t)MAX(n, 0);
	}
	return 0;
}

/* Returns 0, -errno, or -EIO where gnuplot failed, which has said why. */
static int draw(int out, const struct buf *script)
{
	int fd[2], err, result = 0;
	pid_t pid = 0;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd))
		return -errno;
	err = spawn(&pid, fd[0], out);
	close(fd[0]);
	if (err) {
		close(fd[1]);
		return err;
	}
	err = send_script(fd[1], script);
	close(fd[1]);
	while (waitpid(pid, &result, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return result ? -EIO : err;
}

int plot_close(struct plot *p, const struct bench *b, int status, const struct diag *d)
{
	struct buf script = { 0 };
	int err = 0;

	if (!p->path || p->fd < 0)
		return status;
	if (status != STATUS_FAILED && status != STATUS_USAGE) {
		plot_script(&script, b->v, b->n);
		err = script.err;
		if (!err && ftruncate(p->fd, 0))
			err = -errno;
		if (!err)
			err = draw(p->fd, &script);
		buf_free(&script);
		if (err)
			status = diag_fail(d, err, NULL, "drawing %s", p->path);
	}
	if (status == STATUS_FAILED || status == STATUS_USAGE)
		unlink(p->path);
	close(p->fd);
	p->fd = -1;
	return status;
}
