/* SPDX-License-Identifier: GPL-2.0-or-later */
/* answers.h - a back-end whose answers are written in a file. */
#ifndef VHOSTCTL_ANSWERS_H
#define VHOSTCTL_ANSWERS_H

#include "session.h"

/*
 * Reads a file of lines "REQUEST[@N] STEP...", # begins a comment. A step is one of
 * send's (a message, by default a reply: NAME+reply=PAYLOAD; raw:HEX; sleep:TIME; close),
 * reply=PAYLOAD for an answer to the request itself, or `default` for what the back-end
 * would do anyway. Returns a status, after saying what is wrong; *a is freed by
 * answers_free.
 */
MUST_CHECK int answers_read(struct answers **a, const struct diag *diag, const char *path)
	NONNULL(1, 2, 3);
void answers_free(struct answers *a);

/* Puts what is written for the message at hand into s->out. Whether that is all there is
 * to be done. */
bool answers_give(const struct answers *a, struct session *s) NONNULL(1, 2);

#endif
