#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# udiag-mem against sockets that this file makes, and against ss and /proc.

load lib

# Runs the python program on stdin, which makes sockets and prints a line when they are
# there; they live until the end of the test.
make_sockets() {
	coproc PEER { exec python3 -u -c "$1"; }
	read -r -t 10 READY <&"${PEER[0]}"
}

teardown() {
	if [ -n "${PEER_PID:-}" ]; then kill "$PEER_PID" && wait "$PEER_PID" || true; fi
}

# The value of a key in the record of the socket with this inode.
of_inode() {
	udiag-mem --json | jq -r --argjson i "$1" "select(.inode == \$i) | .$2"
}

# mine FIELD: the lines whose field is an inode of READY, sorted; others may make sockets
# meanwhile.
mine() {
	awk -v of="$READY" -v at="$1" 'BEGIN { n = split(of, v); while (n) own[v[n--]] }
		$at in own' | sort
}

@test "every socket that ss lists is listed once, with the same state and queues" {
	make_sockets '
import os, socket
a = [socket.socketpair(socket.AF_UNIX, t) for t in (1, 2, 5) for _ in range(50)]
for n, (p, q) in enumerate(a): p.send(b"x" * (n + 1))
l = socket.socket(socket.AF_UNIX); l.bind("\0udiag-mem-test"); l.listen(7)
c = socket.socket(socket.AF_UNIX); c.connect("\0udiag-mem-test")
print(*[os.fstat(s.fileno()).st_ino for s in (l, c, *sum(a, ()))]); input()'
	udiag-mem --json | jq -r '[.type, .state, .rqueue, .wqueue, .inode, .peer_inode // 0] |
		join(" ")' | mine 5 >"$BATS_TEST_TMPDIR/ours"
	ss -xaHn | awk '{ t = substr($1, 3); sub("str", "stream", t); sub("dgr", "dgram", t)
		sub("seq", "seqpacket", t); print t, $2, $3, $4, $(NF - 2), $NF }' |
		mine 5 >"$BATS_TEST_TMPDIR/ss"
	diff "$BATS_TEST_TMPDIR/ss" "$BATS_TEST_TMPDIR/ours"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/ours")" -eq 302 ]
}

@test "alloc, sndbuf and rcvbuf are what ss -xm calls t, tb and rb" {
	make_sockets '
import os, socket
a = [socket.socketpair(socket.AF_UNIX, t) for t in (1, 2, 5)]
for n, (p, q) in enumerate(a):
    p.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 50000 + n)
    for _ in range(5): p.send(b"x" * 1000)
print(*[os.fstat(s.fileno()).st_ino for s in sum(a, ())]); input()'
	udiag-mem --json | jq -r '"\(.inode) \(.alloc_bytes) \(.sndbuf) \(.rcvbuf)"' |
		mine 1 >"$BATS_TEST_TMPDIR/ours"
	ss -xaHnm | sed -E 's/.* ([0-9]+) +\* [0-9]+ +skmem:\(r[0-9]+,rb([0-9]+),t([0-9]+),tb([0-9]+).*/\1 \3 \4 \2/' |
		mine 1 >"$BATS_TEST_TMPDIR/ss"
	diff "$BATS_TEST_TMPDIR/ss" "$BATS_TEST_TMPDIR/ours"
	[ "$(awk '$2 > 0' "$BATS_TEST_TMPDIR/ours" | wc -l)" -eq 3 ]
}

@test "alloc grows by the same truesize with each message and falls to 0 when it is read" {
	make_sockets '
import socket, os
p, q = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
print(os.fstat(p.fileno()).st_ino)
while True:
    c = input()
    if c == "send": p.send(b"x" * 1000)
    if c == "read": q.recv(2000)
    print("done")'
	local inode=$READY sizes=() last
	for ((i = 0; i < 4; i++)); do
		sizes+=("$(of_inode "$inode" alloc_bytes)")
		echo send >&"${PEER[1]}"
		read -r last <&"${PEER[0]}"
	done
	[ "${sizes[0]}" -eq 0 ]
	[ "${sizes[1]}" -gt 1000 ]
	[ "${sizes[2]}" -eq $((2 * sizes[1])) ]
	[ "${sizes[3]}" -eq $((3 * sizes[1])) ]
	for ((i = 0; i < 4; i++)); do
		echo read >&"${PEER[1]}"
		read -r last <&"${PEER[0]}"
	done
	[ "$(of_inode "$inode" alloc_bytes)" -eq 0 ]
}

@test "a listener shows its pending connections and its backlog" {
	make_sockets '
import socket, os
l = socket.socket(socket.AF_UNIX); l.bind("\0pending"); l.listen(9)
c = [socket.socket(socket.AF_UNIX) for _ in range(4)]
for k in c: k.connect("\0pending")
print(os.fstat(l.fileno()).st_ino); input()'
	[ "$(of_inode "$READY" 'state, .rqueue, .wqueue' | xargs)" = "LISTEN 4 9" ]
}

@test "names with NUL, newline, escape and invalid UTF-8 are escaped reversibly" {
	make_sockets '
import socket
n = b"\0a\0\n\x1b[31m\xff\\\"" + "é".encode()
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind(n)
print(n.hex()); input()'
	local got
	got=$(udiag-mem --json | jq -c 'select(.name // "" | contains("x1b[31m")) | .name' |
		python3 -c '
import json, re, sys
s = json.loads(sys.stdin.read())
b = re.sub(rb"\\x([0-9a-f]{2})", lambda m: bytes([int(m[1], 16)]), s.encode())
print(b.hex())')
	[ "$got" = "$READY" ]
	udiag-mem | grep -F '\x00a\x00\x0a\x1b[31m\xff\x5c"é'
	[ "$(udiag-mem --json | jq -r 'select(.name_hex != null) | .name_hex')" = "$READY" ]
}

@test "a socket bound to a path carries that path and the file's inode" {
	make_sockets "
import socket, os
s = socket.socket(socket.AF_UNIX); s.bind('$BATS_TEST_TMPDIR/s')
print(os.fstat(s.fileno()).st_ino); input()"
	[ "$(of_inode "$READY" name)" = "$BATS_TEST_TMPDIR/s" ]
	[ "$(of_inode "$READY" vfs_inode)" = "$(stat -c %i "$BATS_TEST_TMPDIR/s")" ]
}

# bats test_tags=root
@test "uid is the owner of the socket" {
	make_sockets '
import socket, os
os.setuid(65534)
s = socket.socket(socket.AF_UNIX)
print(os.fstat(s.fileno()).st_ino); input()'
	[ "$(of_inode "$READY" uid)" = 65534 ]
}

@test "shut down directions and a closed peer are told" {
	make_sockets '
import socket, os
a, b = socket.socketpair(); c, d = socket.socketpair()
a.shutdown(socket.SHUT_WR); d.close()
print(os.fstat(a.fileno()).st_ino, os.fstat(c.fileno()).st_ino); input()'
	[ "$(of_inode "${READY% *}" 'shutdown[]')" = send ]
	[ "$(of_inode "${READY#* }" peer_inode)" = 0 ]
	[ "$(of_inode "${READY#* }" 'shutdown[]' | xargs)" = "recv send" ]
}

@test "another network namespace has sockets of its own" {
	make_sockets '
import socket, os
s = socket.socket(socket.AF_UNIX)
print(os.fstat(s.fileno()).st_ino); input()'
	[ "$(of_inode "$READY" inode)" = "$READY" ]
	run unshare -Urn "$BIN/udiag-mem" --no-headings
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "cookies are distinct, and inodes are those of /proc/net/unix" {
	make_sockets '
import os, socket
a = [socket.socketpair() for _ in range(100)]
print(*[os.fstat(s.fileno()).st_ino for s in sum(a, ())]); input()'
	udiag-mem --json >"$BATS_TEST_TMPDIR/j"
	[ "$(jq -r .cookie "$BATS_TEST_TMPDIR/j" | sort | uniq -d | wc -l)" -eq 0 ]
	diff <(jq .inode "$BATS_TEST_TMPDIR/j" | mine 1) \
		<(awk 'NR > 1 { print $7 }' /proc/net/unix | mine 1)
	equal number "$(jq .inode "$BATS_TEST_TMPDIR/j" | mine 1 | wc -l)" 200
}

# bats test_tags=root
@test "sockets made at random are what the program that made them knows" {
	local seed
	for seed in 1 2 3; do
		unshare -n python3 "$TESTS/helper/udiag-mem-truth.py" "$seed" "$BIN/udiag-mem" --json
	done
	unshare -n python3 "$TESTS/helper/udiag-mem-truth.py" 4 "$BIN/udiag-mem" -q --json --owners proc
}
