/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When state that changes without an event is looked at anew. */
#include "silent.h"

#include <stdio.h>

enum { MS = 1000000 };

static int failed;

/* A look that took so long is followed by another, whose cause came at once, so soon. */
static void rests(const char *what, uint64_t took_ns, uint64_t most_ns)
{
	const struct silent none = { 0 };
	const uint64_t end = UINT64_C(1000000000000);
	struct silent_due d = { 0 };

	silent_looked(&d, end - took_ns, end);
	silent_caused(&d, &none, SILENT_LINK, end);
	if (d.first_ns == end && d.all && d.at_ns > end && d.at_ns <= end + most_ns)
		return;
	fprintf(stderr, "%s: due %lld ns after\n", what, (long long)(d.at_ns - end));
	failed = 1;
}

int main(void)
{
	rests("a short look", MS, UINT64_C(30) * MS);
	rests("a long look", UINT64_C(100) * MS, UINT64_C(400) * MS);
	rests("a look that was stopped for a minute", UINT64_C(60000) * MS,
	      UINT64_C(2000) * MS);
	return failed;
}
