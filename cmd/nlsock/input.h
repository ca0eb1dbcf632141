/* SPDX-License-Identifier: GPL-2.0-or-later */
/* input.h - messages as the user gives them: hex or binary, one or several. Pure. */
#ifndef NLSOCK_INPUT_H
#define NLSOCK_INPUT_H

#include "nl.h"

enum input_form { INPUT_GUESS, INPUT_HEX, INPUT_BINARY };

/* What is wrong with the input, and at which byte of it (of the message bytes: decoded).
 */
struct input_fault {
	const char *what;
	size_t at;
};

/* Whether n bytes are hex digits and white space, with at least one digit. */
bool input_is_hex(const char *p, size_t n);

/*
 * Turns hex text into bytes appended to out. White space may stand between bytes, not in
 * them. Returns 0, or -EINVAL with *fault filled (at counts characters of the text), or
 * -ENOMEM.
 */
MUST_CHECK int input_unhex(struct buf *out, const char *p, size_t n,
			   struct input_fault *fault) NONNULL(1, 4);

/*
 * Checks that n bytes are whole netlink messages one after the other, each but the last
 * padded to four bytes, none longer than the bytes that are there. Returns how many, or
 * -EINVAL with *fault filled.
 */
MUST_CHECK int input_check(const char *p, size_t n, struct input_fault *fault) NONNULL(3);

#endif
