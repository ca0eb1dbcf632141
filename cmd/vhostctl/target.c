/* SPDX-License-Identifier: GPL-2.0-or-later */
/* target.c - the process that is checked: started by us, or only looked at. */
#include "target.h"

#include "clock.h"
#include "conn.h"
#include "ending.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void become(const char *command)
{
	int null = open("/dev/null", O_RDWR);

	/* It shall not outlive us, and what it says shall not mix with our records. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_DFL);
	ending_first(NULL);
	setpgid(0, 0);
	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
	}
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

/* What an earlier one has left is in the way of the next. */
static void clear_path(const struct target *t)
{
	struct stat st;

	if (!t->dial->listens && *t->socket != '@' && !lstat(t->socket, &st) &&
	    S_ISSOCK(st.st_mode))
		unlink(t->socket);
}

int target_claim(const struct target *t, const struct diag *diag)
{
	struct stat st;
	struct conn c;
	int err;

	if (t->dial->listens)
		return 0;
	if (*t->socket != '@' && !lstat(t->socket, &st) && !S_ISSOCK(st.st_mode))
		return diag_fail(diag, ENOTSOCK, "choose a path where nothing is",
				 "%s is in the way of --spawn", t->socket);
	err = dial_connect(t->dial, &c, clock_mono_ns());
	conn_close(&c);
	if (!err || err == -ETIMEDOUT)
		return diag_fail(diag, EADDRINUSE,
				 "check it without --spawn, or choose another path",
				 "%s: somebody listens there already", t->socket);
	return 0;
}

static volatile pid_t group;         /* what we have started, and would leave behind */
static const struct target *started; /* the same: its socket */

static void end_group(void)
{
	if (group > 0)
		kill(-group, SIGKILL);
}

/* What a signal handler may do. */
static void end_all(void)
{
	if (group <= 0)
		return;
	end_group();
	clear_path(started);
}

int target_start(struct target *t, const struct diag *diag)
{
	uint64_t deadline = clock_mono_ns() + UINT64_C(10000000000);
	struct conn c;
	int err;

	clear_path(t);
	t->gone = false;
	started = t;
	ending_first(end_all);
	t->shell = t->pid = fork();
	if (t->pid < 0)
		return diag_fail(diag, errno, NULL, "start %s", t->spawn);
	if (!t->pid)
		become(t->spawn);
	setpgid(t->pid, t->pid); /* as it does itself: whoever is first */
	group = t->pid;
	if (t->single) /* whoever connects is its front-end */
		return 0;
	do {
		err = dial_connect(t->dial, &c, clock_mono_ns() + 100000000);
		if (!err)
			target_meet(t, c.fd);
		conn_close(&c);
		if (!err)
			return 0;
		nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
	} while (!target_ended(t) && clock_mono_ns() < deadline);
	return diag_fail(diag, err,
			 "the command must run in the foreground (exec) and "
			 "listen at the socket",
			 "%s: what --spawn started does not listen", t->socket);
}

void target_meet(struct target *t, int fd)
{
	struct ucred who;
	socklen_t n = sizeof(who);

	if (t->shell <= 0 || t->pid != t->shell || t->gone ||
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) || who.pid == t->shell ||
	    getpgid(who.pid) != t->shell)
		return;
	t->pidfd = pidfd_open(who.pid, 0);
	if (t->pidfd > 0)
		t->pid = who.pid;
	else
		t->pidfd = 0;
}

/* The one that serves within a pipeline has ended. */
static bool server_ended(const struct target *t)
{
	struct pollfd p = { .fd = t->pidfd, .events = POLLIN };

	return t->pidfd && poll(&p, 1, 0) > 0;
}

/* How a process ended that is not a child of ours: its parent may not have waited for it
 * yet. Kernels before 6.15 don't tell (linux/pidfd.h): then 0. */
static int status_of(int pidfd)
{
	const uint64_t tells_exit = 1 << 3; /* PIDFD_INFO_EXIT */
	struct {
		uint64_t mask, cgroup;
		uint32_t ids[11];
		int32_t exit_code;
	} info = { .mask = tells_exit };

	for (int i = 0; i < 200; i++) {
		if (ioctl(pidfd, _IOWR(0xff, 11, info), &info)) /* PIDFD_GET_INFO */
			return 0;
		if (info.mask & tells_exit)
			return info.exit_code;
		info.mask = tells_exit;
		nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
	}
	return 0;
}

static void forget(struct target *t)
{
	t->gone = true;
	if (t->pidfd)
		close(t->pidfd);
	t->pidfd = 0;
}

/* Ends what is left of it, once the shell or the one that serves has ended. */
static void bury(struct target *t, bool by_shell)
{
	if (t->pidfd && server_ended(t))
		t->status = status_of(t->pidfd);
	end_group();
	group = 0;
	if (!by_shell)
		waitpid(t->shell, NULL, 0);
	forget(t);
}

bool target_ended(struct target *t)
{
	bool by_shell;

	if (!t->spawn)
		return t->pid > 0 && kill(t->pid, 0) && errno == ESRCH;
	if (t->gone || t->shell <= 0)
		return t->gone;
	by_shell = waitpid(t->shell, &t->status, WNOHANG) == t->shell;
	if (by_shell || server_ended(t))
		bury(t, by_shell);
	return t->gone;
}

void target_stop(struct target *t)
{
	if (!t->spawn || t->gone || t->shell <= 0)
		return;
	end_group();
	group = 0;
	waitpid(t->shell, &t->status, 0);
	/* The others of a pipeline may still hold what the next one takes. */
	for (int i = 0; i < 1000 && !kill(-t->shell, 0); i++)
		nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
	forget(t);
	clear_path(t);
}

int target_fds(const struct target *t, bool *has_zero)
{
	char path[32];
	struct dirent *e;
	int n = 0;
	DIR *d;

	*has_zero = false;
	snprintf(path, sizeof(path), "/proc/%d/fd", (int)t->pid);
	d = t->pid > 0 ? opendir(path) : NULL;
	if (!d)
		return t->pid > 0 ? -errno : -ESRCH;
	while ((e = readdir(d))) {
		n += *e->d_name != '.';
		*has_zero |= !strcmp(e->d_name, "0");
	}
	closedir(d);
	return n;
}

int target_maps(const struct target *t, const struct stat *st)
{
	unsigned int major, minor;
	char path[32], line[512];
	unsigned long inode;
	int n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)t->pid);
	f = t->pid > 0 ? fopen(path, "re") : NULL;
	if (!f)
		return t->pid > 0 ? -errno : -ESRCH;
	/* A line that is longer than this goes on with a path, which does not parse. */
	while (fgets(line, sizeof(line), f))
		n += sscanf(line, "%*x-%*x %*s %*x %x:%x %lu", &major, &minor, &inode) ==
			     3 &&
		     inode == st->st_ino && makedev(major, minor) == st->st_dev;
	fclose(f);
	return n;
}

bool target_ending(const struct target *t)
{
	char path[32], line[128];
	bool ending = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)t->pid);
	f = t->pid > 0 ? fopen(path, "re") : NULL;
	if (!f)
		return false;
	while (fgets(line, sizeof(line), f))
		ending |= !strcmp(line, "CoreDumping:\t1\n") ||
			  !strncmp(line, "State:\tZ", 8) ||
			  !strncmp(line, "State:\tX", 8);
	fclose(f);
	return ending;
}
