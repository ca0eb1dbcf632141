/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A baseline is read whole or refused; results measured alike are found, others not. */
#include "baseline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void expect(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "%s\n", what);
	exit(1);
}

static struct record_text parse(const char *json)
{
	struct record_text r;

	expect(!record_parse(&r, json, strlen(json)), json);
	return r;
}

static void refuse(const char *json)
{
	struct record_text r;

	expect(record_parse(&r, json, strlen(json)) != 0 && !r.n, json);
}

static void same(const char *a, const char *b, bool wanted)
{
	struct record_text x = parse(a), y = parse(b);

	expect(record_same(&x, &y) == wanted && record_same(&y, &x) == wanted, b);
	record_free(&x);
	record_free(&y);
}

int main(void)
{
	static const char whole[] =
		"{\"test\":\"tx\",\"config\":{\"batch\":64,\"x\":null},"
		"\"list\":[1,{\"a\":2},3],\"result\":{\"pps\":{"
		"\"median\":123.5}},\"last\":\"a b\"}";
	struct record_text r = parse(whole);

	expect(!strcmp(record_get(&r, "test"), "tx"), "a text");
	expect(!strcmp(record_get(&r, "config.batch"), "64"), "a number");
	expect(!strcmp(record_get(&r, "result.pps.median"), "123.5"), "deep down");
	expect(!strcmp(record_get(&r, "last"), "a b"), "behind nested ones");
	expect(!record_get(&r, "config"), "no scalar");
	record_free(&r);
	for (size_t n = 1; n < sizeof(whole) - 1; n++) {
		expect(record_parse(&r, whole, n) != 0, "cut short");
	}
	refuse("[1,2");
	refuse("1");
	refuse("{\"a\":*b}");
	refuse("{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":1}}}}}}}}");
	same("{\"test\":\"tx\",\"config\":{\"a\":1,\"duration_ns\":5}}",
	     "{\"config\":{\"a\":1},\"test\":\"tx\",\"env\":{\"a\":2}}", true);
	same("{\"test\":\"tx\",\"config\":{\"a\":1}}",
	     "{\"test\":\"tx\",\"config\":{\"a\":2}}", false);
	same("{\"test\":\"tx\",\"config\":{\"a\":1}}",
	     "{\"test\":\"tx\",\"config\":{\"a\":1,\"b\":1}}", false);
	same("{\"test\":\"tx\",\"config\":{\"a\":1}}",
	     "{\"test\":\"rx\",\"config\":{\"a\":1}}", false);
	return 0;
}
