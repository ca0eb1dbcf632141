/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Conditions on columns, as people write them. */
#include "filter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct row {
	uint64_t size;
	struct opt_u64 maybe;
	uint8_t kind;
	uint32_t flags;
	bool open;
	double share;
	int64_t delta;
	struct opt_i64 change;
	struct bytes name;
	const char *namely;
};

static const struct name kind_table[] = { { 1, "stream" }, { 2, "DGRAM" } };
static const struct names kinds = NAMES(kind_table);
static const struct name flag_table[] = { { 0, "low" }, { 33, "high" } };
static const struct names flags = NAMES(flag_table);

static const struct field fields[] = {
	FIELD(row, size, SIZE, ""),
	FIELD(row, maybe, 0, ""),
	FIELD(row, kind, 0, "", .names = &kinds),
	FIELD(row, flags, BITS, "", .names = &flags),
	FIELD(row, open, 0, ""),
	FIELD(row, share, PCT, ""),
	FIELD(row, delta, 0, ""),
	FIELD(row, change, SIZE, ""),
	FIELD(row, name, 0, ""),
	FIELD(row, namely, 0, ""),
};
static const struct record rec = RECORD("row", fields);

static const struct row sample = {
	.size = 65536,
	.kind = 2,
	.flags = 1,
	.open = true,
	.share = 25.5,
	.delta = -3,
	.change = { -2048, true },
	.name = { "a\0\n\xff", 4 },
};

static int failures;

static void check(const char *expr, int want)
{
	struct filter f = { 0 };
	struct buf why = { 0 };
	int r = filter_add(&f, &rec, expr, &why);

	r = r ? r : filter_match(&f, &sample);
	if (r != want || (r < 0) != (why.n > 0)) {
		printf("'%s': got %d, wanted %d\n", expr, r, want);
		failures++;
	}
	filter_free(&f);
	buf_free(&why);
}

static void check_numbers(void)
{
	check("size=64K", 1);
	check("size=65536", 1);
	check("size==64KiB", 1);
	check("size!=64K", 0);
	check("size>64K", 0);
	check("size>=64K", 1);
	check("size<65537", 1);
	check("size<=0.0625M", 1);
	check("si>1", 1);
	check("SIZE>1", 1);
	check("share>25%", 1);
	check("share>25.5", 0);
	check("share>=25.5%", 1);
	check("delta<0", 1);
	check("delta<-5", 0);
	check("delta>-5", 1);
	check("delta=-3", 1);
	check("change<-1K", 1);
	check("change<-3K", 0);
	check("share>1e400%", 0);
	check("share<inf", -EINVAL);
	check("share<nan", -EINVAL);
	check("share>--1", -EINVAL);
	check("share>0x10%", 1);
	check("maybe>0", 0);
	check("maybe<1", 0);
	check("maybe=0", 0);
	check("maybe!=0", 1);
	check("size=64k,x", -EINVAL);
	check("maybe!=none", -EINVAL);
	check("delta=-*", 1);
	check("share=?5.5%", 1);
	check("size>", -EINVAL);
	check("size>1X", -EINVAL);
	check("share>x%", -EINVAL);
	check("size>18446744073709551616", -EINVAL);
}

static void check_words(void)
{
	check("kind=dgram", 1);
	check("kind=2", 1);
	check("kind=stream,dgram", 1);
	check("kind=d*", 1);
	check("kind!=stream", 1);
	check("kind!=stream,dgram", 0);
	check("kind=none", -EINVAL);
	check("kind=stream,none", -EINVAL);
	check("name=a*", 1);
	check("name=a\\x00\\x0a\\xff", 1);
	check("name=A*", 0);
	check("name=[", 0);
	check("name=?", 0);
	check("namely=*", 0);
	check("namely!=*", 1);
	check("nam=a", -EINVAL);
	check("low", 1);
	check("LOW", 1);
	check("high", 0);
	check("!high", 1);
	check("flags=low", 1);
	check("flags!=high", 1);
	check("flags=high,low", 1);
	check("open", 1);
	check("!open", 0);
	check("open=yes", 1);
	check("shut", -EINVAL);
	check("!", -EINVAL);
	check("", -EINVAL);
	check("=", -EINVAL);
	check("=1", -EINVAL);
	check("nothing=1", -EINVAL);
}

/* Terms must all hold; an empty filter holds. */
static void check_all(void)
{
	struct filter f = { 0 };
	struct buf why = { 0 };

	if (!filter_match(&f, &sample) || filter_add(&f, &rec, "open", &why) ||
	    !filter_match(&f, &sample) || filter_add(&f, &rec, "size<1", &why) ||
	    filter_match(&f, &sample) || !filter_uses(&f, "size") ||
	    filter_uses(&f, "kind")) {
		puts("terms are not ANDed");
		failures++;
	}
	filter_free(&f);
}

int main(void)
{
	check_numbers();
	check_words();
	check_all();
	return failures != 0;
}
