#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Values as people write them: what they become, and what is refused, in which words.

bats_require_minimum_version 1.5.0
load lib

setup_file() {
	export SPEC=$BATS_FILE_TMPDIR/x.yaml
	cat >"$SPEC" <<'END'
name: x
protocol: netlink-raw
protonum: 2
definitions:
  - {name: color, type: enum, entries: [red, green, blue]}
  - {name: bits, type: flags, entries: [one, two, three]}
  - {name: below, type: enum, entries: [{name: minus, value: -1}, {name: zero, value: 0}]}
  - {name: head, type: struct, members: [{name: small, type: s8}, {name: hue, type: u8, enum: color}, {name: pad, type: pad, len: 2}]}
attribute-sets:
  - name: a
    attributes:
      - {name: u8, type: u8}
      - {name: u32, type: u32}
      - {name: u64, type: u64}
      - {name: s8, type: s8}
      - {name: s64, type: s64}
      - {name: uint, type: uint}
      - {name: sint, type: sint}
      - {name: color, type: u8, enum: color}
      - {name: bits, type: u16, enum: bits, enum-as-flags: true}
      - {name: flag, type: flag}
      - {name: mac, type: binary, display-hint: mac}
      - {name: uuid, type: binary, display-hint: uuid}
      - {name: ip, type: binary, display-hint: ipv6}
      - {name: list, type: indexed-array, sub-type: u8}
      - {name: below, type: s32, enum: below}
      - {name: heads, type: indexed-array, sub-type: binary, struct: head}
operations: {list: [{name: set, value: 20, attribute-set: a, do: {request: {attributes: [u8]}}},
  {name: head, value: 21, fixed-header: head, attribute-set: a, do: {request: {attributes: [u8]}}}]}
END
}

# The bytes of the attributes of a request.
made() {
	nlsock do x "${OP-set}" --spec "$SPEC" --dry-run "$@" | cut -c 33-
}

# refused WORD REASON...: a usage error with these words.
refused() {
	run nlsock do x "${OP-set}" --spec "$SPEC" --dry-run "$1"
	equal "status of $1" "$status" 2
	[[ $output == *"'${1%%=*}': $2; see nlsock --help" ]] || fail "$1"
}

@test "numbers are decimal or hex, with a sign where their type has one, and in its range" {
	equal u8 "$(made u8=255)" 05000100ff000000
	equal u64 "$(made u64=18446744073709551615)" 0c000300ffffffffffffffff
	equal s8 "$(made s8=-128)" 0500040080000000
	equal "bits of s8" "$(made s8=0xff)" 05000400ff000000
	equal s64 "$(made s64=-9223372036854775808)" 0c0005000000000000000080
	equal uint "$(made uint=5)$(made uint=4294967296)" 08000600050000000c0006000000000001000000
	equal sint "$(made sint=-1)$(made sint=-5000000000)" 08000700ffffffff0c000700000efad5feffffff
	refused u8=256 'the number is out of range: 0 to 255'
	refused u32=-1 'the number is out of range: 0 to 4294967295'
	refused u64=-1 'the number is out of range: 0 to 18446744073709551615'
	refused s8=128 'the number is out of range: -128 to 127'
	refused s8=-129 'the number is out of range: -128 to 127'
	refused s64=9223372036854775808 'the number is out of range: -9223372036854775808 to 9223372036854775807'
	refused 'list=[1,256]' 'the number is out of range: 0 to 255'
	refused u64=18446744073709551616 'this is no number and no name for one'
	refused u8=+5 'this is no number and no name for one'
	refused color=-1 'the number is out of range: 0 to 255'
}

@test "members of a header have their ranges and names too" {
	export OP=head
	equal head "$(made small=-2 hue=blue)" fe020000
	refused small=200 'the number is out of range: -128 to 127'
	refused hue=bleu "this is no number and no name for one, did you mean 'blue'?"
}

@test "a name that is none is told the nearest one, or all" {
	equal case "$(made color=GREEN)" 0500080001000000
	equal flags "$(made bits=one,three)$(made bits=one+bit7)" 06000900050000000600090081000000
	refused color=gren "this is no number and no name for one, did you mean 'green'?"
	refused color=purple 'this is no number and no name for one: red, green, blue'
	refused bits=one,four 'this is no number and no name for one: one, two, three'
	refused zz=1 'no such attribute, nlsock describe tells those there are'
}

@test "a flag is set or not, by the words for it" {
	equal set "$(made flag)$(made flag=yes)$(made flag=1)" 04000a0004000a0004000a00
	equal "not set" "$(made flag=no)$(made flag=off)$(made flag=0)" ""
	refused flag=maybe 'a flag is true or false'
}

@test "hardware addresses have bytes of one or two digits, uuids have all their bytes" {
	equal short "$(made mac=2-0-0-0-0-a)" 0a000b0002000000000a0000
	equal digits "$(made mac=020000000001)" "$(made mac=2:0:0:0:0:1)"
	equal uuid "$(made uuid=12345678-1234-1234-1234-123456789abc)" 14000c0012345678123412341234123456789abc
	for word in mac=02:00: mac=zz mac=123:4 uuid=1234-5678 ip=1:2 ip=::g; do
		refused "$word" "this is neither hex nor of the attribute's kind"
	done
}

@test "numbers below 0 have names where a spec gives them, both ways" {
	equal named "$(made below=minus)" 08000f00ffffffff
	made below=minus below=-7 below=zero >/dev/null
	nlsock do x set --spec "$SPEC" --dry-run below=minus below=-7 below=zero >"$BATS_TEST_TMPDIR/hex"
	equal back "$(nlsock decode --as x --spec "$SPEC" -j "$BATS_TEST_TMPDIR/hex" | jq -c .below)" '["minus","-7","zero"]'
}

@test "structs in an indexed array are told by their members, both ways" {
	nlsock do x set --spec "$SPEC" --dry-run 'heads=[{small: -1, hue: green}, {small: 5}]' >"$BATS_TEST_TMPDIR/hex"
	run nlsock decode --as x --spec "$SPEC" -j "$BATS_TEST_TMPDIR/hex"
	equal heads "$(jq -c .heads <<<"$output")" '[{"small":-1,"hue":"green"},{"small":5,"hue":"red"}]'
}
