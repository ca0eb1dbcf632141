/* SPDX-License-Identifier: GPL-2.0-or-later */
/* listen.c - a socket at a path that others connect to, gone when we end. */
#include "listen.h"

#include "clock.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static struct listener left; /* what a deadly signal would leave behind */
static const int deadly[] = { SIGINT, SIGTERM, SIGHUP };

static void remove_file(const struct listener *l)
{
	struct stat st;

	if (l->path && !lstat(l->path, &st) && st.st_dev == l->dev && st.st_ino == l->ino)
		unlink(l->path);
}

static void remove_and_die(int sig)
{
	remove_file(&left);
	raise(sig); /* it is blocked until we return, and has its default effect then */
}

/* Commands that run until they are told to end block these, and never come there. */
static void catch_signals(void)
{
	struct sigaction was,
		a = { .sa_handler = remove_and_die, .sa_flags = (int)SA_RESETHAND };

	for (size_t i = 0; i < COUNT(deadly); i++)
		if (!sigaction(deadly[i], NULL, &was) && was.sa_handler == SIG_DFL)
			sigaction(deadly[i], &a, NULL);
}

/* Whether a socket file is there and nobody listens behind it. */
static bool is_stale(const char *path)
{
	struct stat st;
	struct conn c;
	int err;

	if (*path == '@' || lstat(path, &st) || !S_ISSOCK(st.st_mode))
		return false;
	err = conn_open(&c, path, clock_mono_ns());
	conn_close(&c);
	return err == -ECONNREFUSED;
}

static int bind_path(int fd, const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	size_t n = strlen(path);
	socklen_t len = sizeof(a);

	if (!n)
		return -ENOENT;
	if (n >= sizeof(a.sun_path))
		return -ENAMETOOLONG;
	memcpy(a.sun_path, path, n);
	if (*path == '@') {
		a.sun_path[0] = 0;
		len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
	}
	/* At once: who sees the file tries to connect. */
	return bind(fd, (const struct sockaddr *)&a, len) || listen(fd, 16) ? -errno : 0;
}

static const char *hint_of(int err)
{
	switch (-err) {
	case EADDRINUSE:
		return "somebody listens there, or it is a file: choose another path";
	case ENAMETOOLONG:
		return "a socket's path has at most 107 bytes: change into its folder";
	case EACCES:
		return "it takes write permission on the folder";
	default:
		return NULL;
	}
}

/* Binds l->fd, and sees to it that no signal leaves the file. */
static int bind_for_now(struct listener *l, const char *path)
{
	struct stat st;
	int err = bind_path(l->fd, path);

	if (err == -EADDRINUSE && is_stale(path) && !unlink(path))
		err = bind_path(l->fd, path);
	if (!err && *path != '@' && !stat(path, &st)) {
		l->path = path;
		l->dev = st.st_dev;
		l->ino = st.st_ino;
		left = *l;
		catch_signals();
	}
	return err;
}

int listener_open(struct listener *l, const struct diag *diag, const char *path)
{
	sigset_t set, before;
	int err;

	*l = (struct listener){
		.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)
	};
	sigemptyset(&set);
	for (size_t i = 0; i < COUNT(deadly); i++)
		sigaddset(&set, deadly[i]);
	sigprocmask(SIG_BLOCK, &set, &before);
	err = l->fd < 0 ? -errno : bind_for_now(l, path);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return err ? diag_fail(diag, err, hint_of(err), "listen at %s", path) : 0;
}

void listener_close(struct listener *l)
{
	remove_file(l);
	left.path = NULL;
	if (l->fd >= 0)
		close(l->fd);
	*l = (struct listener){ .fd = -1 };
}

int listener_accept(const struct listener *l)
{
	int fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	return fd < 0 ? -errno : fd;
}
