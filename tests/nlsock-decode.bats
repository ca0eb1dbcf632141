#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# nlsock decode: messages from files, compared with what nlsock printed live.

bats_require_minimum_version 1.5.0
load lib

unset NLSOCK_SPECS

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	nlsock do rt-link getlink ifname=lo -j --raw >live
	jq -r .nlsock.raw live >hex
	jq -c 'del(.nlsock)' live >plain
}

# decoded ARG...: what decode makes of it, without what is about the message.
decoded() {
	nlsock decode "$@" -j | jq -c 'del(.nlsock)'
}

# pcap: hex's message and a request to nlctrl, as a capture.
pcap() {
	python3 -c '
import struct, sys
reply = bytes.fromhex(open("hex").read())
ask = struct.pack("IHHIIBBHHH", 32, 16, 5, 1, 0, 3, 1, 0, 11, 2) + b"nlctrl\0\0"
def record(kind, protocol, data):
    data = struct.pack(">HH10xH", kind, 824, protocol) + data
    return struct.pack(sys.argv[1] + "IIII", 1700000000, 5, len(data), len(data)) + data
sys.stdout.buffer.write(struct.pack(sys.argv[1] + "IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 253)
    + record(4, 16, ask) + record(0, 0, reply))' "$1"
}

@test "hex, bytes and escaped strings of a message are decoded as it was live" {
	decoded --as rt-link hex | diff plain -
	decoded --as rt-link <hex | diff plain -
	decoded --as route hex | diff plain -
	python3 -c 'import sys; sys.stdout.buffer.write(bytes.fromhex(open("hex").read()))' >bytes
	decoded --as rt-link bytes | diff plain -
	python3 -c 'print("write(3, \"%s\", 9) = 9" % "".join("\\x%02x" % b for b in bytes.fromhex(open("hex").read())))' >escaped
	decoded --as rt-link escaped | diff plain -
}

@test "a pcap of either byte order is decoded by the protocols that it names" {
	for order in '<' '>'; do
		pcap "$order" >capture
		decoded capture | tail -n 1 | diff plain -
		equal request "$(nlsock decode capture -j | head -n 1 |
			jq -c '[."family-name", .nlsock.family, .nlsock.op, .nlsock.flags, .nlsock.time]')" \
			'["nlctrl","nlctrl","getfamily",["REQUEST","ACK"],"2023-11-14T22:13:20.000005Z"]'
	done
	equal packets "$(tshark -r capture 2>/dev/null | grep -c Netlink)" 2
}

@test "what is cut short is said, what is no message is shown as bytes" {
	pcap '<' | head -c -7 >capture
	run nlsock decode capture
	equal status "$status" 1
	[[ $output == *"a record is cut short"* ]] || fail
	pcap '<' | python3 -c 'import sys; d = bytearray(sys.stdin.buffer.read()); d[20] = 1; sys.stdout.buffer.write(d)' >capture
	run nlsock decode capture
	equal status "$status" 1
	[[ $output == *"not of netlink"* ]] || fail
	run --separate-stderr nlsock decode --as rt-link -j <<<"$(cat hex) ffff"
	equal status "$status" 3
	equal raw "$(tail -n 1 <<<"$output" | jq -r '[.nlsock.event, .nlsock.raw] | join(" ")')" "malformed ffff"
	run nlsock decode hex
	equal status "$status" 2
	[[ $output == *"name it with --as"* ]] || fail
}

@test "bytes that strace dumps are decoded, each read from its beginning" {
	unshare -Urn bash -ec 'ip link add v0 type veth peer name v1; ip -j link >links
		ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0 strace -o trace -e trace=sendto,sendmsg,recvmsg -e read=all -e write=all nlsock dump rt-link -j >out'
	nlsock decode --as rt-link -j trace >decoded
	# What is looked at before it is read is there twice.
	diff <(jq -c 'del(.nlsock)' out | sort) <(jq -c 'select(.ifname) | del(.nlsock)' decoded | sort -u)
	equal request "$(head -n 1 decoded | jq -c .nlsock.flags)" '["REQUEST","ACK","ROOT","MATCH"]'
}

@test "encode makes the bytes again that decode was given" {
	unshare -Urn bash -ec 'ip link add v0 type veth peer name v1; ip link set lo up; ip route add 10.1.2.0/24 dev lo
		nlsock dump rt-route -j --raw >routes; nlsock dump rt-link -j --raw >links; nlsock dump nlctrl -j --raw >families'
	for of in routes links families; do
		nlsock encode "$of" >hex
		equal "$of" "$(awk '{ print length }' hex | xargs)" "$(jq -r .nlsock.raw "$of" | awk '{ print length }' | xargs)"
		nlsock encode "$of" -b >bytes
		diff <(jq -c 'del(.nlsock)' "$of") <(nlsock decode --as "$(jq -r .nlsock.family "$of" | head -n 1)" -j bytes | jq -c 'del(.nlsock)')
	done
	# Routes hold no nests: all bits are the same without what decode tells besides.
	diff <(jq -r .nlsock.raw routes) <(nlsock encode routes)
	equal request "$(nlsock do rt-link getlink ifname=lo --dry-run)" \
		"$(echo '{"ifname":"lo","nlsock":{"family":"rt-link","op":"getlink","type":18,"flags":["REQUEST","ACK"],"seq":0,"portid":0}}' | nlsock encode)"
}

@test "what can't be encoded is an error that names its line" {
	run nlsock encode <<<$'{"ifname":"lo","nlsock":{"family":"rt-link","op":"getlink"}}\n[1]'
	equal status "$status" 1
	[[ $output == *"line 2: this is no object"* ]] || fail
	run nlsock encode <<<'{"a":1}'
	[[ $output == *"line 1: no nlsock.family: --as TARGET tells it"* ]] || fail
	run nlsock encode --as rt-link <<<'{"nlsock":{"op":"nope"}}'
	[[ $output == *"no spec has nlsock.op"* ]] || fail
	equal raw "$(nlsock encode --as rt-link <<<'{"nlsock":{"op":"nope","raw":"abcd"}}')" abcd
}

@test "random bytes as any capture are refused or decoded, never a crash nor invalid JSON" {
	for i in {1..60}; do
		python3 -c "
import random, struct, sys
r = random.Random($i)
data = r.randbytes(r.randrange(400))
if $i % 3: data = struct.pack('IHHII', 16 + len(data), r.randrange(16, 130), r.randrange(8), 1, 0) + data
if $i % 3 == 2: data = struct.pack('IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 253) + struct.pack('IIII', 1, 1, 16 + len(data), 0) + struct.pack('>HH10xH', 4, 824, r.choice([0, 4, 11, 12, 15, 16])) + data
sys.stdout.buffer.write(data)" >in
		rc=0
		nlsock decode --as route in -j >out 2>err || rc=$?
		[ $rc -le 3 ] || fail "status $rc for seed $i"
		jq -es . out >/dev/null || fail "invalid JSON for seed $i"
		rc=0
		nlsock decode in -j >out 2>err || rc=$?
		[ $rc -le 3 ] || fail "status $rc for seed $i"
	done
}
