/* SPDX-License-Identifier: GPL-2.0-or-later */
/* clock.c - the time of day and the time that passes. */
#include "clock.h"

#include <time.h>

static uint64_t now(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

uint64_t clock_wall_ns(void)
{
	return now(CLOCK_REALTIME);
}

uint64_t clock_mono_ns(void)
{
	return now(CLOCK_MONOTONIC);
}

static void put_digits(char *to, size_t n, uint64_t v)
{
	for (; n; v /= 10)
		to[--n] = (char)('0' + v % 10);
}

/* Without printf, which costs more than all the rest of a record. */
void put_time(struct buf *b, uint64_t wall_ns)
{
	char text[] = "0000-00-00T00:00:00.000000Z";
	time_t s = (time_t)(wall_ns / 1000000000);
	struct tm tm;

	gmtime_r(&s, &tm);
	put_digits(text, 4, (uint64_t)tm.tm_year + 1900); /* 64 bits end in 2554 */
	put_digits(text + 5, 2, (uint64_t)tm.tm_mon + 1);
	put_digits(text + 8, 2, (uint64_t)tm.tm_mday);
	put_digits(text + 11, 2, (uint64_t)tm.tm_hour);
	put_digits(text + 14, 2, (uint64_t)tm.tm_min);
	put_digits(text + 17, 2, (uint64_t)tm.tm_sec);
	put_digits(text + 20, 6, wall_ns % 1000000000 / 1000);
	buf_add(b, text, sizeof(text) - 1);
}
