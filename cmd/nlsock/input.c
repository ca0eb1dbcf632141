/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "input.h"

#include <ctype.h>
#include <errno.h>

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

bool input_is_hex(const char *p, size_t n)
{
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		if (digit(p[i]) >= 0)
			any = true;
		else if (!is_space(p[i]))
			return false;
	}
	return any;
}

static int fail(struct input_fault *fault, const char *what, size_t at)
{
	*fault = (struct input_fault){ .what = what, .at = at };
	return -EINVAL;
}

int input_unhex(struct buf *out, const char *p, size_t n, struct input_fault *fault)
{
	for (size_t i = 0; i < n; i++) {
		if (is_space(p[i]))
			continue;
		if (digit(p[i]) < 0)
			return fail(fault, "this is no hex digit", i);
		if (i + 1 == n || digit(p[i + 1]) < 0)
			return fail(fault, "a byte is two hex digits, here is one", i);
		buf_putc(out, (char)(digit(p[i]) << 4 | digit(p[i + 1])));
		i++;
	}
	return out->err;
}

int input_check(const char *p, size_t n, struct input_fault *fault)
{
	size_t at = 0;
	int count = 0;

	while (at < n) {
		uint32_t len;

		if (n - at < NLMSG_HDRLEN)
			return fail(fault, "a message header is 16 bytes, here are fewer",
				    at);
		memcpy(&len, p + at, sizeof(len));
		if (len < NLMSG_HDRLEN)
			return fail(fault, "the length in the header is below 16", at);
		if (len > n - at)
			return fail(fault,
				    "the length in the header is more than is there", at);
		at += MIN(NLMSG_ALIGN((size_t)len), n - at);
		count++;
	}
	return count ? count : fail(fault, "there is no message", 0);
}
