/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "apart.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static bool has_children(void)
{
	siginfo_t info;

	return !waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT);
}

static void block(sigset_t *set)
{
	struct sigaction hup;

	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGCHLD);
	/* nohup(1) means it. */
	if (sigaction(SIGHUP, NULL, &hup) || hup.sa_handler != SIG_IGN)
		sigaddset(set, SIGHUP);
	sigprocmask(SIG_BLOCK, set, NULL);
	/* What is ignored can't be waited for. */
	signal(SIGCHLD, SIG_DFL);
}

/* Returns wait(2)'s status. A key of the terminal has reached it already. */
static int wait_for(pid_t pid)
{
	siginfo_t info;
	sigset_t set;
	int status = 0;

	block(&set);
	while (!waitpid(pid, &status, WNOHANG))
		if (sigwaitinfo(&set, &info) > 0 && info.si_signo != SIGCHLD &&
		    info.si_code <= 0)
			kill(pid, info.si_signo);
	return status;
}

int apart(int *status)
{
	pid_t pid;
	int s;

	if (!has_children())
		return 0;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		return 0;
	}
	s = wait_for(pid);
	*status = WIFSIGNALED(s) ? 128 + WTERMSIG(s) : WEXITSTATUS(s);
	return 1;
}
