/* SPDX-License-Identifier: GPL-2.0-or-later */
/* units.c - numbers, sizes and durations, as people write them and read them. */
#include "units.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <strings.h>

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit sizes[] = {
	{ "", 1 },           { "B", 1 },          { "K", 1ULL << 10 },
	{ "M", 1ULL << 20 }, { "G", 1ULL << 30 }, { "T", 1ULL << 40 },
	{ "P", 1ULL << 50 }, { "E", 1ULL << 60 },
};

static const struct unit durations[] = {
	{ "ns", 1 },
	{ "us", 1000 },
	{ "ms", 1000000 },
	{ "s", 1000000000 },
	{ "", 1000000000 },
	{ "m", 60000000000 },
	{ "h", 3600000000000 },
	{ "d", 86400000000000 },
};

int parse_u64(const char *s, uint64_t *v)
{
	int base = s[0] == '0' && (s[1] | 32) == 'x' ? 16 : 10;
	char *end;

	if (!isdigit((unsigned char)*s) || (base == 16 && !isxdigit((unsigned char)s[2])))
		return -EINVAL;
	errno = 0;
	*v = strtoull(s, &end, base);
	if (errno == ERANGE)
		return -ERANGE;
	return *end ? -EINVAL : 0;
}

/* As llround(3), for x >= 0: loading libm for it would cost each start 0.05 ms. */
static uint64_t to_nearest(double x)
{
	uint64_t v = (uint64_t)x;

	return v + (x - (double)v >= 0.5);
}

/* A decimal number with an optional fraction, then a unit of the table. */
static int parse_units(const char *s, const struct unit *table, size_t n, bool iec,
		       uint64_t *v)
{
	char *whole_end, *end;
	uint64_t whole;
	double fraction = 0;
	size_t len;

	if (!isdigit((unsigned char)*s))
		return -EINVAL;
	errno = 0;
	whole = strtoull(s, &whole_end, 10);
	if (errno == ERANGE)
		return -ERANGE;
	end = whole_end;
	if (*end == '.') {
		while (isdigit((unsigned char)*++end))
			;
		fraction = strtod(whole_end, NULL);
	}
	len = strlen(end);
	if (iec && len == 3 && !strcasecmp(end + 1, "iB"))
		len = 1;
	else if (iec && len == 2 && (end[1] | 32) == 'b')
		len = 1;
	for (size_t i = 0; i < n; i++) {
		uint64_t f = table[i].factor;

		if (strlen(table[i].name) != len || strncasecmp(table[i].name, end, len))
			continue;
		if (__builtin_mul_overflow(whole, f, v) ||
		    __builtin_add_overflow(*v, to_nearest(fraction * (double)f), v))
			return -ERANGE;
		return 0;
	}
	return -EINVAL;
}

int parse_size(const char *s, uint64_t *bytes)
{
	if (s[0] == '0' && (s[1] | 32) == 'x')
		return parse_u64(s, bytes);
	return parse_units(s, sizes, COUNT(sizes), true, bytes);
}

int parse_duration(const char *s, uint64_t *ns)
{
	return parse_units(s, durations, COUNT(durations), false, ns);
}

/* value * times / factor, to the nearest, a tie to the even one as printf(3) does. */
static uint64_t rounded(uint64_t value, uint64_t factor, unsigned int times)
{
	unsigned __int128 n = (unsigned __int128)value * times;
	uint64_t q = (uint64_t)(n / factor), rest = (uint64_t)(n % factor);

	return q + (rest > factor - rest || (rest == factor - rest && q & 1));
}

/* value / factor with one decimal below ten, none above; rounded to nearest. */
static void put_scaled(struct buf *b, uint64_t value, uint64_t factor, const char *unit)
{
	char text[24];
	size_t p = sizeof(text);
	uint64_t n = value;

	if (factor > 1) {
		/* below 9.95: in tenths */
		bool tenths =
			(unsigned __int128)value * 20 < (unsigned __int128)factor * 199;

		n = rounded(value, factor, tenths ? 10 : 1);
		if (tenths) {
			text[--p] = (char)('0' + n % 10);
			text[--p] = '.';
			n /= 10;
		}
	}
	do
		text[--p] = (char)('0' + n % 10);
	while (n /= 10);
	buf_add(b, text + p, sizeof(text) - p);
	buf_puts(b, unit);
}

void put_size(struct buf *b, uint64_t bytes)
{
	size_t i = 1;

	/* 1023.6K would round to 1024K: say 1.0M */
	while (i + 1 < COUNT(sizes) &&
	       (double)bytes / (double)(i == 1 ? 1 : sizes[i].factor) >=
		       (i == 1 ? 1024.0 : 1023.5))
		i++;
	put_scaled(b, bytes, sizes[i].factor, i == 1 ? "" : sizes[i].name);
}

void put_duration(struct buf *b, uint64_t ns)
{
	uint64_t s = ns / 1000000000;

	if (ns < 1000)
		put_scaled(b, ns, 1, "ns");
	else if (ns < 999500)
		put_scaled(b, ns, 1000, "us");
	else if (ns < 999500000)
		put_scaled(b, ns, 1000000, "ms");
	else if (s < 60)
		buf_printf(b, "%.2fs", (double)ns / 1e9);
	else if (s < 3600)
		buf_printf(b, "%" PRIu64 "m%02" PRIu64 "s", s / 60, s % 60);
	else if (s < 86400)
		buf_printf(b, "%" PRIu64 "h%02" PRIu64 "m", s / 3600, s / 60 % 60);
	else
		buf_printf(b, "%" PRIu64 "d%02" PRIu64 "h", s / 86400, s / 3600 % 24);
}
