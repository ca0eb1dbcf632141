/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes, numbers, sizes and durations as characters, and back. */
#undef NDEBUG
#include "clock.h"
#include "units.h"
#include "utf8.h"
#include "value.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static struct buf b;

/* The text that has been put since the last time. */
static const char *text(void)
{
	buf_putc(&b, 0);
	assert(!b.err);
	b.n = 0;
	return b.p;
}

static void is(const char *got, const char *wanted)
{
	if (!strcmp(got, wanted))
		return;
	fprintf(stderr, "got '%s', wanted '%s'\n", got, wanted);
	exit(1);
}

static void escapes(const char *s, const char *wanted)
{
	utf8_escape(&b, s, strlen(s));
	is(text(), wanted);
}

static size_t undo(const char *s, size_t n, char *to)
{
	size_t k = 0;

	for (size_t i = 0; i < n; i++)
		if (s[i] == '\\') {
			char hex[] = { s[i + 2], s[i + 3], 0 };

			assert(s[i + 1] == 'x');
			to[k++] = (char)strtoul(hex, NULL, 16);
			i += 3;
		} else {
			to[k++] = s[i];
		}
	return k;
}

/* Every pair of bytes, alone and before a letter, comes back from clean text. */
static void test_every_pair(void)
{
	for (unsigned int i = 0; i < 65536; i++) {
		char s[3] = { (char)(i >> 8), (char)i, 'z' }, back[3];

		for (size_t n = 2; n <= 3; n++) {
			b.n = 0;
			utf8_escape(&b, s, n);
			assert(utf8_valid(b.p, b.n));
			for (size_t k = 0; k < b.n; k++)
				assert((unsigned char)b.p[k] >= ' ' && b.p[k] != 127);
			assert(undo(b.p, b.n, back) == n && !memcmp(back, s, n));
		}
	}
	b.n = 0;
}

static void test_escape(void)
{
	escapes("plain, \xc3\xa5\xe2\x82\xac\xf0\x9f\x99\x82",
		"plain, \xc3\xa5\xe2\x82\xac\xf0\x9f\x99\x82");
	escapes("a\\b\n\t\x1b\x7f", "a\\x5cb\\x0a\\x09\\x1b\\x7f");
	escapes("\xc0\xaf", "\\xc0\\xaf");                   /* overlong */
	escapes("\xed\xa0\x80", "\\xed\\xa0\\x80");          /* a surrogate */
	escapes("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"); /* above 10FFFF */
	escapes("\xe2\x82", "\\xe2\\x82");                   /* cut off */
	escapes("\xc2\x9b", "\\xc2\\x9b");                   /* C1: CSI */
	escapes("\xe2\x80\xa8\xe2\x80\xae", "\\xe2\\x80\\xa8\\xe2\\x80\\xae");
	utf8_escape(&b, "\0x", 2);
	is(text(), "\\x00x");
	utf8_quote(&b, "a\"b\\\n", 5);
	is(text(), "a\\\"b\\\\x5c\\\\x0a");
}

static void test_width(void)
{
	assert(utf8_width("abc", 3) == 3);
	assert(utf8_width("\xc3\xa5", 2) == 1);
	assert(utf8_clip("abc", 3, 2) == 2);
	assert(utf8_clip("\xc3\xa5z", 3, 1) == 2);
	assert(utf8_clip("", 0, 5) == 0);
}

static void puts_value(struct value v, const char *in_text, const char *in_json)
{
	value_put(&b, &v, STYLE_TEXT);
	is(text(), in_text);
	value_put(&b, &v, STYLE_JSON);
	is(text(), in_json);
}

/* Every power of two and of ten, with its neighbours, as printf has it. */
static void test_numbers(void)
{
	char wanted[32];

	for (unsigned int bit = 0; bit <= 64; bit++)
		for (int d = -1; d <= 1; d++) {
			uint64_t v = (bit == 64 ? 0 : 1ULL << bit) + (uint64_t)d;

			snprintf(wanted, sizeof(wanted), "%" PRIu64, v);
			puts_value(value_u64(v), wanted, wanted);
			snprintf(wanted, sizeof(wanted), "%" PRId64, (int64_t)v);
			puts_value(value_i64((int64_t)v), wanted, wanted);
			snprintf(wanted, sizeof(wanted), "\"0x%" PRIx64 "\"", v);
			value_put(
				&b,
				&(struct value){ .kind = VALUE_U64, .show = HEX, .u = v },
				STYLE_JSON);
			is(text(), wanted);
		}
	for (uint64_t v = 1; v < UINT64_MAX / 10; v *= 10) {
		snprintf(wanted, sizeof(wanted), "%" PRIu64, v - 1);
		puts_value(value_u64(v - 1), wanted, wanted);
	}
}

static void test_values(void)
{
	static const struct name table[] = { { 0, "zero" }, { 2, "two" } };
	static const struct names names = NAMES(table);
	struct value v;

	puts_value((struct value){ 0 }, "-", "null");
	puts_value(value_str(NULL), "-", "null");
	puts_value(value_str(""), "\"\"", "\"\"");
	puts_value(value_str("a\"\n"), "a\"\\x0a", "\"a\\\"\\\\x0a\"");
	puts_value(value_bool(true), "yes", "true");
	puts_value(value_f64(0.0 / 0.0), "-", "null");
	puts_value(value_f64(1.0 / 0.0), "-", "null");
	puts_value(value_f64(1.5), "1.5", "1.5");
	puts_value(value_enum(2, &names), "two", "\"two\"");
	puts_value(value_enum(7, &names), "7", "\"7\"");
	puts_value(value_hexbytes("\0\xff", 2), "00ff", "\"00ff\"");
	v = value_enum(5, &names);
	v.show = BITS;
	puts_value(v, "zero,two", "[\"zero\",\"two\"]");
	v.u = 1ULL << 63;
	puts_value(v, "bit63", "[\"bit63\"]");
	v.u = 0;
	puts_value(v, "-", "[]");
	v = value_u64(1700000000123456789);
	v.show = TIME;
	puts_value(v, "2023-11-14T22:13:20.123456Z", "\"2023-11-14T22:13:20.123456Z\"");
}

static void test_parse(void)
{
	static const struct {
		int (*parse)(const char *s, uint64_t *v);
		const char *s;
		int r;
		uint64_t v;
	} cases[] = {
		{ parse_u64, "0", 0, 0 },
		{ parse_u64, "18446744073709551615", 0, UINT64_MAX },
		{ parse_u64, "18446744073709551616", -ERANGE, 0 },
		{ parse_u64, "0xff", 0, 255 },
		{ parse_u64, "0x", -EINVAL, 0 },
		{ parse_u64, "-1", -EINVAL, 0 },
		{ parse_u64, "+1", -EINVAL, 0 },
		{ parse_u64, " 1", -EINVAL, 0 },
		{ parse_u64, "", -EINVAL, 0 },
		{ parse_u64, "1x", -EINVAL, 0 },
		{ parse_size, "64K", 0, 65536 },
		{ parse_size, "1MiB", 0, 1 << 20 },
		{ parse_size, "1.5k", 0, 1536 },
		{ parse_size, "2GB", 0, 2ULL << 30 },
		{ parse_size, "16E", -ERANGE, 0 },
		{ parse_size, "1X", -EINVAL, 0 },
		{ parse_size, "K", -EINVAL, 0 },
		{ parse_size, "-1K", -EINVAL, 0 },
		{ parse_duration, "250ms", 0, 250000000 },
		{ parse_duration, "5s", 0, 5000000000 },
		{ parse_duration, "2", 0, 2000000000 },
		{ parse_duration, "1.5m", 0, 90000000000 },
		{ parse_duration, "1h", 0, 3600000000000 },
		{ parse_duration, "99999999999d", -ERANGE, 0 },
		{ parse_duration, "5 s", -EINVAL, 0 },
		{ parse_duration, "", -EINVAL, 0 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		uint64_t v = 0;
		int r = cases[i].parse(cases[i].s, &v);

		if (r == cases[i].r && (r || v == cases[i].v))
			continue;
		fprintf(stderr, "'%s': %d, %" PRIu64 "\n", cases[i].s, r, v);
		exit(1);
	}
}

static void test_units(void)
{
	static const struct {
		void (*put)(struct buf *to, uint64_t v);
		uint64_t v;
		const char *text;
	} cases[] = {
		{ put_size, 0, "0" },
		{ put_size, 1023, "1023" },
		{ put_size, 1024, "1.0K" },
		{ put_size, 1048575, "1.0M" },
		{ put_size, 212992, "208K" },
		{ put_size, UINT64_MAX, "16E" },
		{ put_duration, 0, "0ns" },
		{ put_duration, 999, "999ns" },
		{ put_duration, 350000, "350us" },
		{ put_duration, 999999, "1.0ms" },
		{ put_duration, 1250000000, "1.25s" },
		{ put_duration, 200000000000, "3m20s" },
		{ put_duration, UINT64_MAX, "213503d23h" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		cases[i].put(&b, cases[i].v);
		is(text(), cases[i].text);
	}
}

/* Each day until 64 bits end, beside the C library's calendar. */
static void test_times(void)
{
	const uint64_t day = UINT64_C(86400000000000), shift = UINT64_C(45296000007999);

	for (uint64_t ns = shift; ns < UINT64_MAX - day; ns += day) {
		time_t s = (time_t)(ns / 1000000000);
		char wanted[64];
		struct tm tm;

		strftime(wanted, sizeof(wanted), "%Y-%m-%dT%H:%M:%S.000007Z",
			 gmtime_r(&s, &tm));
		put_time(&b, ns);
		is(text(), wanted);
	}
	put_time(&b, 0);
	is(text(), "1970-01-01T00:00:00.000000Z");
	put_time(&b, UINT64_MAX);
	is(text(), "2554-07-21T23:34:33.709551Z");
}

int main(void)
{
	test_times();
	test_every_pair();
	test_escape();
	test_width();
	test_numbers();
	test_values();
	test_parse();
	test_units();
	buf_free(&b);
	return 0;
}
