#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Specs that are wrong, hostile, or of kernels to come.

bats_require_minimum_version 1.5.0
load lib

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

# refused WHY: the spec on standard input is refused, with this sentence.
refused() {
	cat >x.yaml
	run timeout 20 nlsock describe x --spec x.yaml
	equal "status of $1" "$status" 1
	equal sentence "$output" "nlsock: spec x.yaml: $1"
}

# attrs ATTRIBUTE: a spec with one set, whose attribute stands on line 5.
attrs() {
	printf 'name: x\nattribute-sets:\n  - name: a\n    attributes:\n      - %s\n' "$1"
}

# structs MEMBER...: a spec with a struct for each, s1, s2, ..., from line 3 on.
structs() {
	local i=0 member
	printf 'name: x\ndefinitions:\n'
	for member; do
		printf '  - { name: s%d, type: struct, members: [ %s ] }\n' $((++i)) "$member"
	done
}

@test "what is wrong in a spec is told with its line and name" {
	refused "there is nothing in it" <<<''
	refused "line 2: did not find expected ',' or ']'" <<<'name: [a, b'
	refused "line 1: it is no map" <<<'- a'
	refused "line 1: name: something has no name" <<<'doc: nothing'
	refused "line 1: name: a name holds more than plain characters" <<<'name: "a\x1b[1m"'
	refused "line 1: invalid leading UTF-8 octet" < <(printf 'name: x\xff\n')
	refused "line 1: control characters are not allowed" < <(printf 'name: x\n\0')
	refused "line 1: protonum is missing or above 31" <<<$'name: x\nprotocol: netlink-raw'
	refused "line 2: attribute-sets: this is no list" <<<$'name: x\nattribute-sets: 7'
	refused "line 5: none: there is no such enum" < <(attrs '{ name: b, type: u8, enum: none }')
	refused "line 5: none: there is no such struct" < <(attrs '{ name: b, type: binary, struct: none }')
	refused "line 5: none: there is no such attribute-set" < <(attrs '{ name: b, nested-attributes: none }')
	refused "line 5: none: there is no such sub-message" < <(attrs '{ name: b, sub-message: none }')
	refused "line 5: name: something has no name" < <(attrs '{ type: u8 }')
	refused "line 5: value: this is no number and no constant" < <(attrs '{ name: b, value: many }')
	refused "line 5: a: an attribute's number is above 16383" < <(attrs '{ name: b, value: 20000 }')
	refused "line 3: b: a subset has an attribute that its set lacks" <<<$'name: x\nattribute-sets:
  - { name: a, subset-of: a, attributes: [ { name: b } ] }'
	refused "line 4: none: there is no such attribute-set" <<<$'name: x\noperations:\n  list:
    - { name: get, attribute-set: none, do: { } }'
	refused "line 4: get: an operation's number is above 65535" <<<$'name: x\noperations:\n  list:
    - { name: get, value: 65536, do: { } }'
	refused "line 3: b: a member has no length" < <(structs '{ name: b, type: binary }, { name: c, type: u8 }')
	refused "line 3: b: a member is above 1 MiB" < <(structs '{ name: b, type: binary, len: 9999999 }')
}

@test "structs that hold each other, aliases in a circle and depth without end are refused" {
	refused "line 3: s1: structs hold each other" < <(structs '{ name: b, type: binary, struct: s1 }')
	refused "line 4: s2: structs hold each other" < <(structs '{ name: b, struct: s2 }' '{ name: b, struct: s1 }')
	chain=('{ name: b, type: u8 }')
	for i in {1..20}; do chain+=("{ name: b, type: binary, struct: s$i }"); done
	refused "line 19: s17: structs are nested too deeply" < <(structs "${chain[@]}")
	refused "line 2: this alias names nothing" <<<$'name: x\na: &a [ *a ]'
	refused "line 1: it is nested too deeply" < <(printf 'a: '; printf '[%.0s' {1..70})
	refused "it is above 4 MiB" < <(printf 'name: '; head -c 5000000 /dev/zero | tr '\0' x)
}

@test "specs of megabytes are read in a moment, whatever names whatever" {
	python3 -c '
n = 8000
with open("constants.yaml", "w") as f:
    print("name: x\ndefinitions:", file=f)
    for i in range(n): print(f" - {{ name: c{i}, type: const, value: 1 }}", file=f)
    print("attribute-sets:", file=f)
    for k in range(4):
        print(f" - name: s{k}\n   attributes:", file=f)
        for i in range(n): print(f"   - {{ name: c{i}, type: u8, checks: {{ max: c{n - 1} }} }}", file=f)
with open("sets.yaml", "w") as f:
    print("name: x\nattribute-sets:", file=f)
    for i in range(n):
        print(f" - {{ name: s{i}, attributes: [", ", ".join(f"{{ name: a, nested-attributes: s{n - 1 - k} }}" for k in range(8)), "] }", file=f)
with open("structs.yaml", "w") as f:
    print("name: x\ndefinitions:", file=f)
    for i in range(n): print(f" - {{ name: s{i}, type: struct, members: [ {{ name: a, type: binary, struct: s{i + 1} }} ] }}", file=f)
    print(f" - {{ name: s{n}, type: struct, members: [] }}", file=f)'
	run timeout 20 nlsock describe x --spec constants.yaml
	equal constants "$status$output" 0
	run timeout 20 nlsock describe x --spec sets.yaml
	equal sets "$status$output" 0
	run timeout 20 nlsock describe x --spec structs.yaml
	equal structs "$status" 1
	[[ $output == *"structs hold each other" ]] || fail
}

@test "a sub-message that holds itself ends where its bytes do, or in hex" {
	cat >x.yaml <<'END'
name: x
protocol: netlink-raw
protonum: 2
definitions:
  - name: head
    type: struct
    members:
      - { name: kind, type: u8 }
      - { name: data, type: binary, selector: kind, sub-message: msg }
sub-messages:
  - name: msg
    formats: [ { value: "0", fixed-header: head } ]
operations:
  list: [ { name: get, value: 16, fixed-header: head, do: { request: { } } } ]
END
	python3 -c 'import struct, sys
sys.stdout.buffer.write(struct.pack("IHHII", 60016, 16, 1, 1, 0) + bytes(60000))' |
		nlsock decode --as x --spec x.yaml -j >out
	equal levels "$(jq '[.. | objects | .kind?] | map(values) | length' out)" 33
	equal "bytes of the rest" "$(jq '[.. | .data? | strings][0] | length / 2' out)" $((60000 - 33))
}

# What kernels after 6.12 have in their specs, and what none has yet.
@test "constructs of newer kernels are understood, unknown ones are read by guess" {
	cat >x.yaml <<'END'
%YAML 1.2
---
name: x
protocol: netlink-raw
protonum: 2
uapi-header: linux/x.h
max-by-define: true
definitions:
  - { name: key-len, name-prefix: wg-, type: const, value: 4, scope: kernel }
  - { name: name-size, type: const, value: 0x10 }
  - { name: bits, type: flags, entries: [ a, b, c ] }
  - name: kind
    type: enum
    enum-name:
    enum-cnt-name: __kind-cnt
    entries: [ one, two ]
  - name: head
    type: struct
    header: linux/x.h
    members:
      - { name: key, type: binary, len: WG_KEY_LEN }
      - { name: label, type: string, len: name-size - 1 }
      - { name: pad, type: pad, len: 1 }
      - { name: le, type: u16, byte-order: little-endian }
      - { name: tomorrow, type: u24, len: 2 }
attribute-sets:
  - name: main
    header: linux/x.h
    attributes:
      - { name: two words, type: u32, value: 0x3, checks: { flags-mask: bits } }
      - { name: kinds, type: binary, sub-type: u16, enum: kind }
      - { name: each, type: indexed-array, sub-type: u32, enum: kind, checks: { max-len: SOME_HEADER } }
      - { name: new, type: matrix, checks: { exact-len: wg-key-len, sparse: true } }
      - { name: addresses, type: indexed-array, sub-type: binary, display-hint: ipv4-or-v6 }
operations:
  enum-model: directional
  name-prefix: rtm-
  list:
    - { name: changed, doc: it, value: 0x12, notify: get, mcgrp: all, config-cond: x }
    - name: get
      attribute-set: main
      fixed-header: head
      do: { request: { value: 0x11, attributes: &all [ two words ] }, reply: { value: 0x12, attributes: *all } }
mcast-groups:
  list: [ { name: all, value: 5 } ]
...
END
	equal limit "$(nlsock describe x get --spec x.yaml -j |
		jq -c '[.request, .attributes.new.len, .attributes.each."max-len", .attributes["two words"].mask]')" '[17,4,null,"0x7"]'
	equal event "$(nlsock describe x changed --spec x.yaml -j | jq -c '[.reply, (.attributes | length)]')" '[18,5]'
	python3 -c '
import struct, sys
a = lambda n, b: struct.pack("HH", len(b) + 4, n) + b + bytes(-len(b) % 4)
body = b"\1\2\3\4" + b"name".ljust(16, b"\0") + struct.pack("<H", 258) + b"\7\x08"
body += a(3, struct.pack("I", 7)) + a(4, struct.pack("HHH", 0, 1, 5))
body += a(5, a(1, struct.pack("I", 1)) + a(2, struct.pack("I", 0))) + a(6, b"\1\2\3\4")
body += a(7, a(1, bytes([10, 0, 0, 1])) + a(2, bytes(15) + b"\1"))
sys.stdout.buffer.write(struct.pack("IHHII", 16 + len(body), 0x12, 0, 0, 0) + body)' >message
	nlsock decode --as x --spec x.yaml -j message >out
	equal header "$(jq -c '[.key, .label, .le, .tomorrow]' out)" '["01020304","name",258,"0708"]'
	equal attributes "$(jq -c '[."two words", .kinds, .each, .addresses]' out)" \
		'[7,["one","two","5"],["two","one"],["10.0.0.1","::1"]]'
	equal unknown "$(jq -c '[.new.hex, .nlsock.op]' out)" '["01020304","changed"]'
}
