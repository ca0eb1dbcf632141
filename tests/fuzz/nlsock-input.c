/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whatever is given on standard input. */
#include "input.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void walk(const char *p, size_t n)
{
	struct input_fault fault;
	int count = input_check(p, n, &fault), seen = 0;
	size_t left = n;

	for (const struct nlmsghdr *h = nl_msg_at(p, n); h; h = nl_msg_next(h, &left))
		seen++;
	/* What passed the check is walked over to its end. */
	if (count > 0 ? seen != count || left : fault.at > n)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *copy = malloc(n + !n);
	struct input_fault fault;
	struct buf b = { 0 };

	if (!copy)
		return 0;
	memcpy(copy, data, n);
	if (!input_unhex(&b, copy, n, &fault)) {
		if (n && b.n && !input_is_hex(copy, n))
			abort();
		walk(b.p, b.n);
	} else if (fault.at >= n) {
		abort();
	}
	walk(copy, n);
	buf_free(&b);
	free(copy);
	return 0;
}
