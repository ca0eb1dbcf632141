/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whatever is given on standard input: messages, or an object. */
#include "input.h"
#include "json.h"

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

/* A tree, or a sentence that says why there is none. */
static void read_json(const char *p, size_t n)
{
	struct arena a = { 0 };
	struct buf why = { 0 };

	if (!json_parse(&a, p, n, &why) == !why.n)
		abort();
	arena_free(&a);
	buf_free(&why);
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
	read_json(copy, n);
	buf_free(&b);
	free(copy);
	return 0;
}
