/* SPDX-License-Identifier: GPL-2.0-or-later */
/* target.h - the process that is checked: started by us, or only looked at. */
#ifndef VHOSTCTL_TARGET_H
#define VHOSTCTL_TARGET_H

#include "dial.h"

#include <sys/stat.h>

struct target {
	const char *spawn; /* shell command, NULL: not started by us */
	const char *socket;
	const struct dial *dial; /* how to come to it */
	pid_t pid;               /* the process that serves, 0: not known */
	pid_t shell; /* ours, with all of its group; the one that serves, mostly */
	int pidfd;   /* of pid where that is another than shell; else 0 */
	bool single; /* it ends with its first front-end: each takes a new one */
	bool gone;   /* it was ours, and has ended */
	int status;  /* as of waitpid(2), with gone */
};

/* Whether its socket may be made there: not where something else is, or somebody
 * listens. Returns a status. */
MUST_CHECK int target_claim(const struct target *t, const struct diag *diag)
	NONNULL(1, 2);

/* Starts the command and waits until its socket accepts. Returns a status. */
MUST_CHECK int target_start(struct target *t, const struct diag *diag) NONNULL(1, 2);

/* Learns from a connection to it which process serves, where that is not the shell. */
void target_meet(struct target *t, int fd) NONNULL(1);

/* Whether it has ended; a signal's name and such in *gone, status for people. */
bool target_ended(struct target *t) NONNULL(1);

/* Kills it if it is ours. */
void target_stop(struct target *t) NONNULL(1);

/* Its open fds, or -errno; whether fd 0 is among them in *has_zero. */
int target_fds(const struct target *t, bool *has_zero) NONNULL(1, 2);

/* Parts of its memory that are mappings of the file st, or -errno. */
int target_maps(const struct target *t, const struct stat *st) NONNULL(1, 2);

/* Whether it is about to end: a core is written, or nobody has waited for it yet. */
bool target_ending(const struct target *t) NONNULL(1);

#endif
