/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "strace_line.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

long line_number(struct line *l)
{
	long v = -1;

	for (; l->at < l->end && isdigit((unsigned char)*l->at); l->at++)
		v = MIN((v < 0 ? 0 : v) * 10 + *l->at - '0', (long)INT32_MAX);
	return v;
}

bool line_starts(const struct line *l, const char *with)
{
	const size_t n = strlen(with);

	return (size_t)(l->end - l->at) >= n && !memcmp(l->at, with, n);
}

const char *line_find(const struct line *l, const char *what)
{
	return l->end > l->at
		       ? memmem(l->at, (size_t)(l->end - l->at), what, strlen(what))
		       : NULL;
}

long line_result(const struct line *l)
{
	for (const char *p = l->end; p - l->at >= 3; p--)
		if (!memcmp(p - 3, " = ", 3))
			return line_number(&(struct line){ .at = p, .end = l->end });
	return -1;
}

char line_escape(struct line *l)
{
	static const char from[] = "nrtvf", into[] = "\n\r\t\v\f";
	const char c = *l->at++;
	const char *which = strchr(from, c);
	int v = 0;

	if (c == 'x') {
		char digits[3] = "";

		for (int i = 0; i < 2 && l->at < l->end; i++)
			digits[i] = *l->at++;
		return (char)strtoul(digits, NULL, 16);
	}
	if (c < '0' || c > '7')
		return c && which ? into[which - from] : c;
	v = c - '0';
	for (int i = 0; i < 2 && l->at < l->end && *l->at >= '0' && *l->at <= '7'; i++)
		v = v * 8 + *l->at++ - '0';
	return (char)v;
}

long line_prefix(struct line *l)
{
	long pid = 0;

	if (line_starts(l, "[pid ")) {
		l->at += strlen("[pid ");
		while (l->at < l->end && *l->at == ' ')
			l->at++;
		pid = line_number(l);
	} else if (l->at < l->end && isdigit((unsigned char)*l->at)) {
		pid = line_number(l);
		if (l->at == l->end || *l->at != ' ')
			pid = 0; /* it was a time */
	}
	while (l->at < l->end && *l->at && strchr(" 0123456789:.+()]", *l->at))
		l->at++;
	return pid;
}

bool line_name(struct line *l, char *name)
{
	size_t n = 0;

	while (l->at + n < l->end &&
	       (isalnum((unsigned char)l->at[n]) || l->at[n] == '_'))
		n++;
	if (!n || n >= STRACE_NAME)
		return false;
	memcpy(name, l->at, n);
	name[n] = 0;
	l->at += n;
	return true;
}
