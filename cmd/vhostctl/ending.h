/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ending.h - SIGINT and SIGTERM end a measurement early, and its result is printed. */
#ifndef VHOSTCTL_ENDING_H
#define VHOSTCTL_ENDING_H

#include <stdbool.h>

/* From now on the first such signal only sets the mark and interrupts a sleep; the same
 * one again has the effect that it had, or ends the process, as what is awaited may never
 * come. */
void ending_begin(void);

/* Has SIGINT, SIGTERM and SIGHUP do `what` before they have the effect that they have
 * now; it may do what a signal handler may. NULL: no more. One at a time. */
void ending_first(void (*what)(void));

/* Whether one has come. Costs nothing. */
bool ending_asked(void);

#endif
