#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# nlsock against this kernel, and against a peer of our own over NETLINK_USERSOCK.

bats_require_minimum_version 1.5.0
load lib

LINKS=1400000012000103fdfe385c0000000000000000 # RTM_GETLINK, dump, seq 0x5c38fefd

# apart COMMAND...: in a user and network namespace of its own, as anybody may.
apart() {
	unshare -Urn -- "$@"
}

# send HEX ARG...: the messages to nlsock send.
send() {
	local hex=$1
	shift
	nlsock send "$@" <<<"$hex"
}

# The arguments' hex as bytes on stdout.
bytes() {
	python3 -c 'import sys; sys.stdout.buffer.write(bytes.fromhex("".join(sys.argv[1:])))' "$@"
}

# A NETLINK_USERSOCK peer that answers each datagram with those that the python expression
# `answer(seq, port)` lists. Sets PORT. msg(type, flags, seq, payload) makes a message.
peer() {
	coproc PEER { exec python3 -u -c "
import socket, struct
s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 2)
s.bind((0, 0))
def msg(type, flags, seq, data=b''):
    return struct.pack('IHHII', 16 + len(data), type, flags, seq, 7) + data
def attr(type, data):
    return struct.pack('HH', 4 + len(data), type) + data + bytes(-len(data) % 4)
def done(seq, error=0, flags=0, tail=b''):
    return msg(3, 2 | flags, seq, struct.pack('i', error) + tail)
def error(seq, code, flags=0, tail=b''):
    return msg(2, flags, seq, struct.pack('iIHHII', code, 16, 20, 5, seq, 0) + tail)
$1
print(s.getsockname()[0])
while True:
    data, (port, group) = s.recvfrom(65536)
    seq = struct.unpack_from('I', data, 8)[0]
    for a in answer(seq): s.sendto(a, (port, 0))
"; }
	read -r -t 10 PORT <&"${PEER[0]}"
}

teardown() {
	if [ -n "${PEER_PID:-}" ]; then kill "$PEER_PID" && wait "$PEER_PID" || true; fi
}

ASK=10000000140005002a00000000000000 # type 20, REQUEST ACK, seq 42

# --- list

@test "list shows the protocols that a socket can be opened for, by the names of the header" {
	python3 -c '
import socket
for n in range(32):
    try: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, n).close()
    except OSError: continue
    print(n)' >"$BATS_TEST_TMPDIR/python"
	nlsock list --json | jq 'select(.kind == "protocol") | .id' >"$BATS_TEST_TMPDIR/ours"
	diff "$BATS_TEST_TMPDIR/python" "$BATS_TEST_TMPDIR/ours"
	nlsock list --json | jq -r 'select(.kind == "protocol") | "NETLINK_\(.name) \(.id)"' |
		while read -r name id; do
			grep -qE "define $name[[:space:]]+$id\b" /usr/include/linux/netlink.h
		done
}

@test "list shows each generic family with what genl ctrl list tells of it" {
	genl ctrl list | python3 -c '
import re, sys
for f in re.split(r"\n(?=Name: )", sys.stdin.read().strip()):
    name, = re.findall(r"^Name: (.*)", f)
    head = re.search(r"ID: (\S+)\s+Version: (\S+)\s+header size: (\d+)\s+max attribs: (\d+)", f)
    ops, _, groups = f.partition("multicast groups:")
    groups = ["%d:%s" % (int(i, 16), n.strip())
              for i, n in re.findall(r"ID-(\S+)\s+name: (.*)", groups)]
    ops = [str(int(i, 16)) for i in re.findall(r"ID-(\S+)", ops)]
    print(name, int(head[1], 16), int(head[2], 16), head[3], head[4], ",".join(groups),
          ",".join(ops), sep="|")
' >"$BATS_TEST_TMPDIR/genl"
	nlsock list --json | jq -r 'select(.kind == "family") |
		[.name, .id, .version, .hdrsize, .maxattr,
		 ([.groups[] | "\(.id):\(.name)"] | join(",")),
		 ([.ops[].id] | join(","))] | join("|")' >"$BATS_TEST_TMPDIR/ours"
	diff "$BATS_TEST_TMPDIR/genl" "$BATS_TEST_TMPDIR/ours"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/ours")" -ge 5 ]
}

@test "the flags of each operation are those that the controller sends" {
	python3 -c '
import socket, struct
s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
s.send(struct.pack("IHHIIBBH", 20, 16, 0x301, 1, 0, 3, 2, 0))
def attrs(b):
    while len(b) >= 4:
        n, t = struct.unpack_from("HH", b)
        yield t & 0x3fff, b[4:n]
        b = b[(n + 3) & ~3:]
while True:
    b = s.recv(65536)
    while b:
        n, type = struct.unpack_from("IH", b)
        if type == 3: raise SystemExit
        a = dict(attrs(b[20:n]))
        for _, op in attrs(a.get(6, b"")):
            op = dict(attrs(op))
            print(a[2][:-1].decode(), *(struct.unpack("I", op[k])[0] for k in (1, 2)))
        b = b[(n + 3) & ~3:]' >"$BATS_TEST_TMPDIR/python"
	nlsock list --json | jq -r 'select(.kind == "family") | .name as $name | .ops[] |
		{ADMIN_PERM: 1, DO: 2, DUMP: 4, HASPOL: 8, UNS_ADMIN_PERM: 16} as $bit |
		"\($name) \(.id) \([.flags[] | $bit[.]] | add)"' >"$BATS_TEST_TMPDIR/ours"
	diff "$BATS_TEST_TMPDIR/python" "$BATS_TEST_TMPDIR/ours"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/ours")" -ge 5 ]
}

@test "a bare call is list; its table counts operations, -o +ops names them" {
	nlsock >"$BATS_TEST_TMPDIR/bare"
	nlsock list | diff "$BATS_TEST_TMPDIR/bare" -
	grep -qE '^family +nlctrl +16 +2 spec +2 16:notify$' "$BATS_TEST_TMPDIR/bare"
	nlsock -o name,ops | grep -qE '^nlctrl +3:DO\+DUMP\+HASPOL,10:DUMP'
	nlsock -j | jq -e 'select(.kind == "family") | .op_count == (.ops | length)' >"$BATS_TEST_TMPDIR/counts"
	equal counts "$(sort -u "$BATS_TEST_TMPDIR/counts")" true
	equal lines "$(tail -n +2 "$BATS_TEST_TMPDIR/bare" | wc -l)" "$(nlsock -j | wc -l)"
}

@test "list needs no privileges" {
	run apart nlsock list --json
	equal status "$status" 0
	equal families "$(jq -r 'select(.kind == "family").name' <<<"$output" | grep -cx nlctrl)" 1
}

# --- send: what comes back

@test "a 20-byte RTM_GETLINK dump is answered with all links and a DONE" {
	apart sh -c "ip link add v0 type veth peer name v1 && echo $LINKS | nlsock send route -j" \
		>"$BATS_TEST_TMPDIR/out"
	json_lines "$BATS_TEST_TMPDIR/out"
	equal names "$(jq -r 'select(.name == "RTM_NEWLINK") | .attrs[] | select(.type == 3).string' \
		"$BATS_TEST_TMPDIR/out" | sort | xargs)" "lo v0 v1"
	equal last "$(tail -n 1 "$BATS_TEST_TMPDIR/out" | jq -c '[.name, .error.code, .flags]')" \
		'["NLMSG_DONE",0,["MULTI"]]'
	equal seqs "$(jq .seq "$BATS_TEST_TMPDIR/out" | sort -u)" $((0x5c38fefd))
}

@test "header, index, name, MTU and address of links are what ip says" {
	apart sh -c "ip link add v0 type veth peer name v1; ip -j link >$BATS_TEST_TMPDIR/ip
		echo $LINKS | nlsock send route -j >$BATS_TEST_TMPDIR/ours"
	jq -c '.[] | [.ifindex, .ifname, .mtu, (.address | gsub(":"; ""))]' \
		"$BATS_TEST_TMPDIR/ip" >"$BATS_TEST_TMPDIR/a"
	jq -c 'select(.header) | (.attrs | map({(.type | tostring): .}) | add) as $a |
		[.header.ifi_index, $a["3"].string, $a["4"].number, $a["1"].hex]' \
		"$BATS_TEST_TMPDIR/ours" >"$BATS_TEST_TMPDIR/b"
	diff "$BATS_TEST_TMPDIR/a" "$BATS_TEST_TMPDIR/b"
}

@test "the bytes on the wire are the bytes that were given" {
	traced -o "$BATS_TEST_TMPDIR/raw" -e write=all -e trace=sendto \
		nlsock send route <<<"$LINKS" >/dev/null
	equal "bytes sent" "$(sed -nE 's/^ \| [0-9a-f]+ +(([0-9a-f]{2} +)+).*/\1/p' \
		"$BATS_TEST_TMPDIR/raw" | tr -d ' \n')" "$LINKS"
}

@test "every attribute is shown with the bytes that strace saw" {
	traced -o "$BATS_TEST_TMPDIR/trace" -e read=all \
		-e trace=recvmsg nlsock send route -j <<<"$LINKS" >"$BATS_TEST_TMPDIR/out"
	python3 - "$BATS_TEST_TMPDIR/trace" "$BATS_TEST_TMPDIR/out" <<-'END'
		import json, re, struct, sys
		wire = b"".join(bytes.fromhex(m[1].replace(" ", "")) for m in
		    re.finditer(r"^ \| [0-9a-f]+  ((?:[0-9a-f]{2} {1,2})+)", open(sys.argv[1]).read(), re.M))
		def build(attrs):
		    out = b""
		    for a in attrs:
		        data = build(a["attrs"]) if a["hex"] is None else bytes.fromhex(a["hex"])
		        if a["attrs"] is not None and a["hex"] is not None:
		            assert build(a["attrs"]) == data, "a guess loses bytes"
		        flags = {"NESTED": 0x8000, "NET_BYTEORDER": 0x4000}
		        type = a["type"] | sum(flags[f] for f in a["flags"])
		        assert a["len"] == 4 + len(data)
		        out += struct.pack("HH", a["len"], type) + data + bytes(-len(data) % 4)
		    return out
		n = 0
		for line in open(sys.argv[2]):
		    r = json.loads(line)
		    if r["attrs"]:
		        assert build(r["attrs"]) in wire, "not what was received"
		        n += 1
		assert n, "no attributes"
	END
}

@test "nested attributes are a tree: IFLA_LINKINFO holds its kind" {
	apart sh -c "ip link add v0 type veth peer name v1; echo $LINKS | nlsock send route -j" |
		jq -r 'select(.header) | .attrs[] | select(.type == 18) | .attrs[] |
			select(.type == 1).string' >"$BATS_TEST_TMPDIR/kinds"
	equal kinds "$(xargs <"$BATS_TEST_TMPDIR/kinds")" "veth veth"
}

@test "text shows one field a line and attributes by number, nested ones indented" {
	apart sh -c "ip link add v0 type veth peer name v1; echo $LINKS | nlsock send route" \
		>"$BATS_TEST_TMPDIR/out"
	grep -qx 'name: RTM_NEWLINK' "$BATS_TEST_TMPDIR/out"
	grep -qx '  ifi_index: 2' "$BATS_TEST_TMPDIR/out"
	grep -qx '  3: 763000 "v0"' "$BATS_TEST_TMPDIR/out"
	grep -qx '    1: 7665746800 "veth"' "$BATS_TEST_TMPDIR/out"
	equal last "$(tail -n 8 "$BATS_TEST_TMPDIR/out" | head -n 4 | xargs)" \
		"portid: $(sed -n 's/^portid: //p' "$BATS_TEST_TMPDIR/out" | tail -n 1) error: code: 0 errno: -"
}

@test "a generic family is asked by its name, its replies are read past its header" {
	# CTRL_CMD_GETFAMILY for nlctrl
	run send "20000000 10000500 01000000 00000000 03010000 0b000200 6e6c6374726c0000" nlctrl -j
	equal status "$status" 0
	equal reply "$(jq -c 'select(.header.struct == "genlmsghdr") | [.name, .header.cmd,
		(.attrs[] | select(.type == 2).string), (.attrs[] | select(.type == 1).number)]' \
		<<<"$output")" '["nlctrl",1,"nlctrl",16]'
	equal ack "$(jq -c 'select(.error) | [.name, .error.code, .flags]' <<<"$output")" \
		'["NLMSG_ERROR",0,["CAPPED"]]'
}

@test "sock_diag replies start with the header of their address family" {
	# unix_diag_req: all states, show name
	apart python3 -c '
import os, socket, subprocess
pairs = [socket.socketpair() for _ in range(20)]
print(*sorted(os.fstat(s.fileno()).st_ino for p in pairs for s in p), flush=True)
subprocess.run(["nlsock", "send", "-j", "sock_diag"], check=True,
    input=b"28000000 14000103 01000000 00000000 01000000 ffffffff 00000000 01000000" + b"00" * 8)
' >"$BATS_TEST_TMPDIR/out"
	read -r wanted <"$BATS_TEST_TMPDIR/out"
	equal inodes "$(tail -n +2 "$BATS_TEST_TMPDIR/out" |
		jq 'select(.header.struct == "unix_diag_msg").header.udiag_ino' | sort -n | xargs)" \
		"$wanted"
}

# bats test_tags=root
@test "what is not known of a message is shown as bytes; audit answers after its ack" {
	run send "10000000 e8030500 01000000 00000000" audit -j # AUDIT_GET
	equal status "$status" 0
	equal "ack and answer" "$(jq .type <<<"$output" | sort -n | xargs)" "2 1000"
	jq -e 'select(.type == 1000) | .attrs == null and (.payload | length) / 2 == .len - 16' \
		<<<"$output"
}

# --- send: what is given

@test "hex may have spaces, line ends and capitals; binary is told from it" {
	want=$(apart sh -c "echo $LINKS | nlsock send route -o name,type,len,seq,header -j")
	spaced=$'14 00 00 00\n1200 0103\r\n\tFDfe385C 00000000\n\n00000000\n'
	equal spaced "$(apart sh -c "printf '%s' '$spaced' |
		nlsock send route -o name,type,len,seq,header -j")" "$want"
	bytes $LINKS >"$BATS_TEST_TMPDIR/bin"
	equal binary "$(apart nlsock send route -o name,type,len,seq,header -j \
		<"$BATS_TEST_TMPDIR/bin")" "$want"
	equal forced "$(apart nlsock send --binary route -o name,type,len,seq,header -j \
		<"$BATS_TEST_TMPDIR/bin")" "$want"
	run apart nlsock send --hex route <"$BATS_TEST_TMPDIR/bin"
	equal status "$status" 1
	[[ $output == *"character 0: this is no hex digit"* ]] || fail
}

@test "binary that happens to be hex digits is taken as it is with --binary" {
	# a length of 0x33333333, so it gets no further than the check
	printf '3%.0s' {1..40} >"$BATS_TEST_TMPDIR/digits"
	run nlsock send --binary route <"$BATS_TEST_TMPDIR/digits"
	equal status "$status" 1
	[[ $output == *"message at byte 0: the length in the header is more than is there"* ]] || fail
}

@test "several messages are sent one after the other, each answered to its end" {
	addrs="14000000 16000103 02000000 00000000 00000000"
	run apart sh -c "echo '$LINKS $addrs $LINKS' | nlsock send route -j"
	equal status "$status" 0
	equal order "$(jq -r .name <<<"$output" | xargs)" \
		"RTM_NEWLINK NLMSG_DONE NLMSG_DONE RTM_NEWLINK NLMSG_DONE"
	equal seqs "$(jq 'select(.name == "NLMSG_DONE").seq' <<<"$output" | xargs)" \
		"1547239165 2 1547239165"
}

@test "a message after a failed one is sent too, and the status tells of the failure" {
	bad="10000000 ff0f0500 09000000 00000000"
	run --separate-stderr apart sh -c "echo '$bad $LINKS' | nlsock send route -j"
	equal status "$status" 1
	equal order "$(jq -r .name <<<"$output" | xargs)" "NLMSG_ERROR RTM_NEWLINK NLMSG_DONE"
	equal errno "$(jq -r 'select(.error.errno).error.errno' <<<"$output")" EOPNOTSUPP
	equal stderr "$stderr" \
		"nlsock: message 1 (of unknown type): Operation not supported (EOPNOTSUPP): this kernel does not have the operation, or not for that address family"
}

@test "messages that are cut short are refused with a sentence, and nothing is sent" {
	for input in "" "14000000" "${LINKS:0:38}" "0f000000120001030000000000000000" \
		"$LINKS 10000000" "1"; do
		run traced -e trace=sendto -o "$BATS_TEST_TMPDIR/trace" \
			nlsock send route <<<"$input"
		equal "status for '$input'" "$status" 1
		[[ $output == "nlsock: standard input, "*": "* ]] || fail "input '$input'"
		! grep -q sendto "$BATS_TEST_TMPDIR/trace" || fail "sent '$input'"
	done
}

# --- send: errors

@test "the end of a dump carries its errno and the kernel's words (strict RTM_GETROUTE)" {
	# rtmsg of AF_INET, RTA_TABLE 999999
	dump="24000000 1a000103 01000000 00000000 02000000 00000000 00000000 08000f00 3f420f00"
	run --separate-stderr apart sh -c "echo '$dump' | nlsock send --strict route -j"
	equal status "$status" 1
	equal record "$(jq -c '[.name, .error]' <<<"$output")" \
		'["NLMSG_DONE",{"code":-2,"errno":"ENOENT","message":"ipv4: FIB table does not exist"}]'
	equal stderr "$stderr" "nlsock: message 1 (RTM_GETROUTE): No such file or directory (ENOENT): ipv4: FIB table does not exist"
	run apart sh -c "echo '$dump' | nlsock send route -j"
	equal "status without --strict" "$status" 0
}

@test "an extended ack names the attribute that it points at as a path" {
	# RTM_NEWLINK, IFLA_LINKINFO { IFLA_INFO_KIND veth, IFLA_INFO_DATA { 1 of 2 bytes } }:
	# strict validation says which
	link="3c000000 10000506 07000000 00000000 00000000 00000000 00000000 00000000
		1c001280 09000100 76657468 00000000 0c000280 06000100 00000000"
	run --separate-stderr apart sh -c "echo '$link' | nlsock send route -j"
	equal status "$status" 1
	offset=$(jq '.attrs[]? | select(.type == 2).number' <<<"$output")
	[ -n "$offset" ] || fail "no offset"
	message=$(jq -r .error.message <<<"$output")
	[[ $message =~ attribute\ 18\.2 ]] || fail "$message"
	[[ $stderr == *"(RTM_NEWLINK): "*" ($(jq -r .error.errno <<<"$output")): $message" ]] || fail "$stderr"
}

@test "what needs a capability says so" {
	# RTM_NEWLINK for lo of a namespace that is not ours to change
	run unshare -Urn unshare -U nlsock send route -j \
		<<<"20000000 10000500 01000000 00000000 00000000 00000000 01000000 00000000"
	equal status "$status" 1
	[[ $output == *"Operation not permitted (EPERM): it needs a capability, mostly CAP_NET_ADMIN"* ]] || fail
}

@test "an unknown protocol is a usage error that knows better, a missing one a failure" {
	run send $LINKS rout
	equal status "$status" 2
	[[ $output == *"unknown protocol or family 'rout', did you mean 'route'?"* ]] || fail
	run send $LINKS 32
	equal status "$status" 2
	run send $LINKS 31
	equal status "$status" 1
	[[ $output == *"netlink protocol 31: Protocol not supported (EPROTONOSUPPORT): nlsock list shows"* ]] || fail
	run send $LINKS usersock
	equal status "$status" 1
	[[ $output == *"(ECONNREFUSED): nothing listens there"* ]] || fail
}

@test "a protocol goes by name in any case, with or without NETLINK_, or by number" {
	for p in route ROUTE netlink_route NETLINK_ROUTE 0 0x0; do
		run apart sh -c "echo $LINKS | nlsock send $p -j"
		equal "status for $p" "$status" 0
		equal "replies for $p" "$(wc -l <<<"$output")" 2
	done
}

# --- send: a peer of our own

@test "an interrupted dump is printed and gives status 3" {
	peer 'answer = lambda seq: [msg(20, 2, seq), msg(20, 0x12, seq), msg(20, 2, seq), done(seq)]'
	run --separate-stderr send $ASK --connect "$PORT" usersock -j
	equal status "$status" 3
	equal records "$(jq -c .flags <<<"$output" | xargs)" \
		"[MULTI] [MULTI,DUMP_INTR] [MULTI] [MULTI]"
	[[ $stderr == *"what was dumped changed meanwhile (NLM_F_DUMP_INTR): send it again" ]] || fail "$stderr"
}

@test "an error code beyond errno is shown as it is" {
	peer 'answer = lambda seq: [error(seq, -4097)]'
	run --separate-stderr send $ASK --connect "$PORT" usersock -j
	equal status "$status" 1
	equal error "$(jq -c .error <<<"$output")" '{"code":-4097,"errno":null,"message":null}'
	[[ $stderr == "nlsock: message 1 (of unknown type): error -4097" ]] || fail "$stderr"
}

@test "the kernel's words can't inject terminal sequences" {
	peer "answer = lambda seq: [error(seq, -22, 0x300, attr(1, b'a\\x1b[31m\\xff\\0'))]"
	run --separate-stderr send $ASK --connect "$PORT" usersock -j
	equal status "$status" 1
	equal message "$(jq -r .error.message <<<"$output")" 'a\x1b[31m\xff'
	equal stderr "$stderr" \
		'nlsock: message 1 (of unknown type): Invalid argument (EINVAL): a\x1b[31m\xff'
}

@test "several messages in one datagram are several records" {
	peer 'answer = lambda seq: [msg(20, 2, seq, b"abcd") * 3 + done(seq)]'
	run send $ASK --connect "$PORT" usersock -j
	equal status "$status" 0
	equal payloads "$(jq -r '.payload // "-"' <<<"$output" | xargs)" \
		"61626364 61626364 61626364 -"
}

@test "a datagram of 200 kB arrives whole" {
	peer 's.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 400000)
answer = lambda seq: [msg(20, 0, seq, b"x" * 100000), error(seq, 0)]'
	run send $ASK --connect "$PORT" usersock -j
	equal status "$status" 0
	equal length "$(jq 'select(.type == 20) | .len, (.payload | length)' <<<"$output" | xargs)" \
		"100016 200000"
}

@test "answers of strangers and to other questions end nothing" {
	peer 'o = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 2)
def answer(seq):
    o.sendto(error(seq, -5), (port, 0))
    return [error(seq + 1, -6), msg(20, 0, seq, b"good"), error(seq, 0)]'
	run send $ASK --connect "$PORT" usersock -j
	equal status "$status" 0
	equal records "$(jq -c '[.seq, .error.code // .payload]' <<<"$output" | xargs)" \
		"[43,-6] [42,676f6f64] [42,0]"
}

@test "a malformed answer is shown as bytes and fails" {
	peer 'answer = lambda seq: [msg(20, 0, seq) + b"\xff\0\0\0rest", error(seq, 0)]'
	run --separate-stderr send $ASK --connect "$PORT" usersock -j
	equal status "$status" 1
	equal records "$(jq -c '.payload // .type' <<<"$output" | xargs)" "20 ff00000072657374 2"
	[[ $stderr == *"answer: Bad message (EBADMSG)"* ]] || fail "$stderr"
}

@test "an answer that never ends is given up after the timeout, with status 3" {
	peer 'answer = lambda seq: [msg(20, 2, seq)]'
	run --separate-stderr send $ASK --connect "$PORT" --timeout 50ms usersock -j
	equal status "$status" 3
	equal records "$(wc -l <<<"$output")" 1
	[[ $stderr == *"the answer has no end: Connection timed out (ETIMEDOUT)"* ]] || fail "$stderr"
}

@test "a message that asks for no ack ends in silence, with status 0" {
	peer 'answer = lambda seq: [msg(20, 0, seq, b"one"), msg(20, 0, seq, b"two")]'
	run send 10000000140001002a00000000000000 --connect "$PORT" usersock -j
	equal status "$status" 0
	equal records "$(jq -r .payload <<<"$output" | xargs)" "6f6e65 74776f"
}

@test "replies are printed as they come" {
	peer 'import time
answer = lambda seq: [msg(20, 2, seq)]'
	send $ASK --connect "$PORT" --timeout 60s usersock -j >"$BATS_TEST_TMPDIR/out" &
	pid=$!
	wait_for grep -q '"type":20' "$BATS_TEST_TMPDIR/out"
	kill $pid # it had not ended
	wait $pid || true
}

@test "random input is sent, refused or answered, never a crash and never invalid JSON" {
	for i in {1..100}; do
		python3 -c "
import random, struct, sys
r = random.Random($i)
n = r.randrange(60)
data = r.randbytes(n)
if $i % 2: data = struct.pack('IHHI', 16 + n, r.randrange(16, 130), 0x301 | r.randrange(8), 1) + bytes(4) + data
sys.stdout.buffer.write(data)" >"$BATS_TEST_TMPDIR/in"
		rc=0
		apart nlsock send -b --timeout 10ms route -j <"$BATS_TEST_TMPDIR/in" \
			>"$BATS_TEST_TMPDIR/out" 2>/dev/null || rc=$?
		[ $rc = 0 ] || [ $rc = 1 ] || [ $rc = 3 ] || fail "status $rc for seed $i"
		jq -es . "$BATS_TEST_TMPDIR/out" >/dev/null || fail "invalid JSON for seed $i"
	done
}

@test "the socket of send is made by the same options as the others'" {
	cd "$BATS_TEST_TMPDIR" || return
	unshare -Urn nlsock send route --bind 77 --nonblock -o portid --no-headings <<<1400000012000103fdfe385c0000000000000000 >out
	equal portid "$(grep -o '[0-9]*' out | sort -u)" 77
	# An error repeats what was sent unless it is capped, and has words unless they are
	# not wanted: 36 bytes, the 24 beyond the header of the request, and its text.
	request=$(nlsock do rt-link getlink ifi-type=1 ifname=lo --dry-run)
	for options in --no-ext-ack '--no-cap-ack --no-ext-ack' '' --no-cap-ack; do
		# shellcheck disable=SC2086 # they are words
		nlsock send route --strict $options -j -o len,error <<<"$request" 2>err || :
	done >out
	equal bare "$(sed -n 1,2p out | jq .len | xargs)" "36 60"
	equal text "$(sed -n 3p out | jq -r .error.message)" "$(sed -n 4p out | jq -r .error.message)"
	equal "with text" "$(sed -n 4p out | jq .len)" $(($(sed -n 3p out | jq .len) + 24))
}
