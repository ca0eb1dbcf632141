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

/* Days from 0001-01-01 to the start of a year. */
static uint64_t days_before(uint64_t year)
{
	uint64_t y = year - 1;

	return 365 * y + y / 4 - y / 100 + y / 400;
}

struct date {
	uint64_t year, month, day;
};

static struct date date_of(uint64_t days_since_1970)
{
	static const uint8_t lengths[] = {
		31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
	};
	uint64_t days = days_since_1970 + days_before(1970), month = 0;
	uint64_t year = days * 400 / days_before(401) + 1; /* or the next to it */
	bool leap;

	year += days_before(year + 1) <= days;
	year -= days_before(year) > days;
	leap = days_before(year + 1) - days_before(year) == 366;
	days -= days_before(year);
	for (; days >= lengths[month] + (uint64_t)(leap && month == 1); month++)
		days -= lengths[month] + (uint64_t)(leap && month == 1);
	return (struct date){ year, month + 1, days + 1 };
}

/* Without printf, which costs more than all the rest of a record, and without gmtime_r,
 * which reads /etc/localtime first. */
void put_time(struct buf *b, uint64_t wall_ns)
{
	char text[] = "0000-00-00T00:00:00.000000Z"; /* 64 bits end in 2554 */
	uint64_t s = wall_ns / 1000000000;
	struct date date = date_of(s / 86400);

	put_digits(text, 4, date.year);
	put_digits(text + 5, 2, date.month);
	put_digits(text + 8, 2, date.day);
	put_digits(text + 11, 2, s / 3600 % 24);
	put_digits(text + 14, 2, s / 60 % 60);
	put_digits(text + 17, 2, s % 60);
	put_digits(text + 20, 6, wall_ns % 1000000000 / 1000);
	buf_add(b, text, sizeof(text) - 1);
}
