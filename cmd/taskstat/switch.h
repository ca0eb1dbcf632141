/* SPDX-License-Identifier: GPL-2.0-or-later */
/* switch.h - kernel.task_delayacct on for a while, and back whatever happens. */
#ifndef TASKSTAT_SWITCH_H
#define TASKSTAT_SWITCH_H

#include "diag.h"

struct delay_switch {
	int fd;  /* closes with this process, which tells the watcher */
	bool on; /* there is something to put back */
};

/*
 * Turns the sysctl on. A process of its own puts it back when this process calls
 * switch_off or ends in any way, SIGKILL included; where others like this one still need
 * it, the last of them does. Returns a status.
 */
MUST_CHECK int switch_on(struct delay_switch *s, const struct diag *d) NONNULL(1, 2);
void switch_off(struct delay_switch *s) NONNULL(1);

#endif
