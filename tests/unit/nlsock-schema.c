/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Constructs of YNL specs: how they are numbered, read and written. */
#include "pack.h"
#include "tree.h"
#include "unpack.h"

#include <stdio.h>
#include <stdlib.h>

static int failed;

static void equal(const char *what, const char *got, size_t n, const char *want)
{
	if (n == strlen(want) && (!n || !memcmp(got, want, n)))
		return;
	fprintf(stderr, "%s: got '%.*s', wanted '%s'\n", what, (int)n, got, want);
	failed = 1;
}

static void number(const char *what, uint64_t got, uint64_t want)
{
	if (got == want)
		return;
	fprintf(stderr, "%s: got %llu, wanted %llu\n", what, (unsigned long long)got,
		(unsigned long long)want);
	failed = 1;
}

static const char spec[] =
	"name: test\n"
	"protocol: netlink-raw\n"
	"protonum: 2\n"
	"definitions:\n"
	"  - { name: limit, type: const, value: 7 }\n"
	"  - { name: outer, type: struct, members: [\n"
	"      { name: a, type: u8 }, { name: p, type: pad, len: 3 },\n"
	"      { name: in, type: binary, struct: inner },\n"
	"      { name: mac, type: binary, len: 6, display-hint: mac } ] }\n"
	"  - { name: inner, type: struct, members: [\n"
	"      { name: port, type: u16, byte-order: big-endian },\n"
	"      { name: t, type: s16 } ] }\n"
	"  - { name: colour, type: enum, value-start: 2,\n"
	"      entries: [ red, { name: blue, value: 9 }, green ] }\n"
	"  - { name: bits, type: flags, entries: [ one, { name: four, value: 3 }, five ] "
	"}\n"
	"attribute-sets:\n"
	"  - name: top\n"
	"    attributes:\n"
	"      - { name: n, type: u32 }\n"
	"      - { name: kind, type: string, value: 5 }\n"
	"      - { name: be, type: u16, byte-order: big-endian, checks: { max: limit } "
	"}\n"
	"      - { name: colour, type: u8, enum: colour }\n"
	"      - { name: bits, type: u64, enum: bits }\n"
	"      - { name: low, type: s8, checks: { min: s8-min, max: s8-max } }\n"
	"      - { name: nest, type: nest, nested-attributes: sub }\n"
	"      - { name: list, type: indexed-array, sub-type: nest, nested-attributes: "
	"sub }\n"
	"      - { name: ips, type: indexed-array, sub-type: u32, byte-order: "
	"big-endian,\n"
	"          display-hint: ipv4 }\n"
	"      - { name: levels, type: nest-type-value, type-value: [ x, y ],\n"
	"          nested-attributes: sub }\n"
	"      - { name: many, type: u8, multi-attr: true }\n"
	"      - { name: set, type: binary, struct: outer }\n"
	"      - { name: yes-no, type: flag }\n"
	"      - { name: field, type: bitfield32, enum: bits }\n"
	"      - { name: big, type: uint }\n"
	"      - { name: ip, type: binary, display-hint: ipv6 }\n"
	"      - { name: numbers, type: binary, sub-type: u16 }\n"
	"      - { name: new, type: something-of-tomorrow }\n"
	"  - name: sub\n"
	"    attributes:\n"
	"      - { name: id, type: u32 }\n"
	"      - { name: data, type: sub-message, sub-message: msg, selector: kind }\n"
	"  - name: part\n"
	"    subset-of: top\n"
	"    attributes: [ { name: colour } ]\n"
	"sub-messages:\n"
	"  - name: msg\n"
	"    formats:\n"
	"      - { value: alpha, attribute-set: sub }\n"
	"      - { value: beta, fixed-header: inner, attribute-set: sub }\n"
	"operations:\n"
	"  enum-model: directional\n"
	"  fixed-header: inner\n"
	"  list:\n"
	"    - { name: set, doc: s, attribute-set: top, do: { request: { value: 16 } } "
	"}\n"
	"    - { name: get, doc: g, attribute-set: top, do: { request: {}, reply: {} } "
	"}\n"
	"    - { name: other, doc: o, do: { request: {}, reply: { value: 30 } } }\n"
	"    - { name: ntf, doc: n, notify: get }\n"
	"    - { name: event, doc: e, value: 40, event: { attributes: [] },\n"
	"        attribute-set: part }\n";

static void check_numbers(const struct schema *s)
{
	const struct attr_set *top = &s->sets[0];
	const struct op *get = schema_op_named(s, "get");

	number("first attribute", schema_attr_named(top, "n", 1)->number, 1);
	number("after a value", schema_attr_named(top, "be", 2)->number, 6);
	number("a constant as a limit", schema_attr_named(top, "be", 2)->checks.max, 7);
	number("s8-min", schema_attr_named(top, "low", 3)->checks.min, (uint64_t)-128);
	number("subset", schema_attr_named(&s->sets[2], "colour", 6)->number, 7);
	number("request", get->request, 17);
	number("first reply", get->reply, 1);
	number("no reply, no number", schema_op_named(s, "set")->answers, false);
	number("reply's value", schema_op_named(s, "other")->reply, 30);
	number("event counts with replies", schema_op_named(s, "ntf")->reply, 31);
	number("event's value", schema_op_named(s, "event")->reply, 40);
	number("notification's set", schema_op_named(s, "ntf")->set == get->set, true);
	number("by request", schema_op(s, 17, SIDE_REQUEST) == get, true);
	number("by reply", schema_op(s, 1, SIDE_REPLY) == get, true);
	number("struct in struct", s->layouts[0].size, 14);
}

/* JSON as values to bytes, and back to the same JSON. */
static void round_trip(const struct schema *s, const char *json, const char *hex)
{
	struct buf bytes = { 0 }, why = { 0 }, out = { 0 }, text = { 0 };
	struct packing p = { .out = &bytes, .why = &why };
	struct arena a = { 0 };
	struct given g = { .set = &s->sets[0],
			   .map = node_parse(&a, json, strlen(json), &why) };
	struct scope scope = { .set = &s->sets[0] };
	struct value v;
	struct tree t;

	if (g.map)
		pack_attrs(&p, &g, NULL);
	equal("refused", why.p, why.n, "");
	v = value_hexbytes(bytes.p ? bytes.p : "", bytes.n);
	if (hex) {
		value_put(&text, &v, STYLE_TEXT);
		equal(json, text.p, text.n, hex);
	}
	scope.attrs = (struct bytes){ .p = bytes.p, .n = bytes.n };
	tree_init(&t, &out, TREE_JSON);
	tree_object(&t, NULL);
	unpack_attrs(&t, &scope);
	tree_end(&t);
	tree_free(&t);
	equal("round trip", out.p, out.n, json);
	arena_free(&a);
	buf_free(&bytes);
	buf_free(&why);
	buf_free(&out);
	buf_free(&text);
}

static void check_values(const struct schema *s)
{
	round_trip(s, "{\"n\":305419896}", "0800010078563412");
	round_trip(s, "{\"be\":5}", "0600060000050000");
	round_trip(s, "{\"kind\":\"x\\\\x1b\"}", "07000500781b0000");
	round_trip(s, "{\"colour\":\"green\"}", "050007000a000000");
	round_trip(s, "{\"colour\":\"77\"}", "050007004d000000");
	round_trip(s, "{\"bits\":[\"one\",\"five\",\"bit40\"]}",
		   "0c0008001100000000010000");
	round_trip(s, "{\"low\":-3}", "05000900fd000000");
	round_trip(s, "{\"nest\":{\"id\":1}}", "0c000a800800010001000000");
	round_trip(s, "{\"list\":[{\"1\":{\"id\":1}},{\"4\":{}}]}", NULL);
	round_trip(s, "{\"ips\":[\"10.0.0.1\",\"10.0.0.2\"]}",
		   "14000c80080001000a000001080002000a000002");
	round_trip(s, "{\"levels\":{\"x\":3,\"y\":4,\"id\":9}}",
		   "14000d80100003800c0004800800010009000000");
	round_trip(s, "{\"many\":[1,2]}", "05000e000100000005000e0002000000");
	round_trip(s,
		   "{\"set\":{\"a\":1,\"in\":{\"port\":80,\"t\":-2},"
		   "\"mac\":\"00:01:02:03:04:05\"}}",
		   "12000f00010000000050feff0001020304050000");
	round_trip(s, "{\"yes-no\":true}", "04001000");
	round_trip(s, "{\"field\":{\"value\":[\"one\"],\"selector\":[\"one\",\"four\"]}}",
		   "0c0011000100000009000000");
	round_trip(s, "{\"big\":4294967295}", "08001200ffffffff");
	round_trip(s, "{\"big\":4294967296}", "0c0012000000000001000000");
	round_trip(s, "{\"ip\":\"fe80::1\"}", NULL);
	round_trip(s, "{\"ip\":\"1.2.3.4\"}", "0800130001020304");
	round_trip(s, "{\"numbers\":[1,2,3]}", "0a0014000100020003000000");
	/* The selector lies outside of the nest that needs it. */
	round_trip(s, "{\"kind\":\"alpha\",\"nest\":{\"data\":{\"id\":2}}}", NULL);
	round_trip(
		s,
		"{\"kind\":\"beta\",\"nest\":{\"data\":{\"port\":1,\"t\":0,\"id\":2}}}",
		NULL);
	round_trip(s,
		   "{\"99\":{\"type\":99,\"len\":6,\"flags\":[],\"hex\":\"6100\","
		   "\"string\":\"a\",\"number\":97,\"guess\":false,\"attrs\":null}}",
		   "0600630061000000");
	/* A number of the wrong length is shown as what it is. */
	round_trip(s,
		   "{\"n\":{\"type\":1,\"len\":6,\"flags\":[],\"hex\":\"0102\","
		   "\"string\":null,\"number\":513,\"guess\":false,\"attrs\":null}}",
		   "0600010001020000");
}

static void check_refused(const char *what, const char *yaml, const char *want)
{
	struct buf why = { 0 };
	struct schema s;
	int r = schema_load(&s, yaml, strlen(yaml), &why);

	if (!r)
		schema_free(&s);
	number(what, (uint64_t)-r, 22);
	equal(what, why.p ? why.p : "", why.n, want);
	buf_free(&why);
}

int main(void)
{
	struct buf why = { 0 };
	struct schema s;

	if (schema_load(&s, spec, sizeof(spec) - 1, &why)) {
		fprintf(stderr, "spec: %.*s\n", (int)why.n, why.p);
		return 1;
	}
	check_numbers(&s);
	check_values(&s);
	schema_free(&s);
	check_refused("nothing", "", "there is nothing in it");
	check_refused("a list", "[a]", "line 1: it is no map");
	check_refused("no name", "protocol: genetlink",
		      "line 1: name: something has no name");
	check_refused("bad reference",
		      "{name: a, attribute-sets: [{name: s, attributes: [{name: x, "
		      "type: nest, nested-attributes: t}]}]}",
		      "line 1: t: there is no such attribute-set");
	check_refused(
		"loop",
		"{name: a, definitions: [{name: s, type: struct, members: [{name: m, "
		"type: binary, struct: s}]}]}",
		"line 1: s: structs hold each other");
	check_refused("quotes", "name: 'a\"b'",
		      "line 1: name: a name holds more than plain characters");
	return failed;
}
