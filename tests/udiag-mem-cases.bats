#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# udiag-mem in the cases that are easy to get wrong: each is made to happen here.

load lib

# make_sockets PROGRAM [COMMAND...]: runs python, which makes sockets and prints one line of
# words; they go to READY. What it makes lives until the end of the test.
make_sockets() {
	local program="
import socket, os, sys, threading, time, ctypes, array
S = socket; U = S.AF_UNIX
def ino(*s): return [os.fstat(x.fileno()).st_ino for x in s]
def ready(*words): print(*words, flush=True)
$1
sys.stdin.read()"
	shift
	coproc PEER { exec "$@" python3 -c "$program"; }
	# shellcheck disable=SC2034
	read -r -t 20 -a READY <&"${PEER[0]}" || fail "no sockets"
}

teardown() {
	if [ -n "${PEER_PID:-}" ]; then
		eval "exec ${PEER[1]}>&-"
		wait "$PEER_PID" 2>/dev/null || true
	fi
	ip netns del udiag-test 2>/dev/null || true
}

# record INODE [OPTION...]: its record. of INODE JQ [OPTION...]: a value of it.
record() {
	local inode=$1
	shift
	udiag-mem --json "inode=$inode" "$@"
}
of() {
	local inode=$1 what=$2
	shift 2
	record "$inode" "$@" | jq -r "$what"
}

truesize='
def fill(a, n, size):
    for _ in range(n): a.send(b"x" * size)
pairs = [S.socketpair(U, t) for t in (S.SOCK_STREAM, S.SOCK_DGRAM, S.SOCK_SEQPACKET)]
'

@test "alloc is n times what one message costs, on each type, and what ss -xm shows as t" {
	make_sockets "$truesize
one = [S.socketpair(U, t) for t in (S.SOCK_STREAM, S.SOCK_DGRAM, S.SOCK_SEQPACKET)]
for (a, b), (c, d) in zip(pairs, one): fill(a, 7, 1000); fill(c, 1, 1000)
ready(*ino(*[p[0] for p in pairs]), *ino(*[p[0] for p in one]))"
	local i
	for i in 0 1 2; do
		local all one t
		all=$(of "${READY[i]}" .alloc_bytes)
		one=$(of "${READY[i + 3]}" .alloc_bytes)
		equal "seven messages" "$all" $((7 * one))
		[ "$one" -gt 1000 ]
		t=$(ss -xaHnm | grep -E " ${READY[i]} +\* " | sed 's/.*,t\([0-9]*\),.*/\1/')
		equal "ss" "$all" "$t"
	done
}

# bats test_tags=root
@test "unread, held and overhead tell of data that the peer does not read" {
	make_sockets "$truesize
for a, b in pairs: fill(a, 5, 100)
ready(*ino(*[s for p in pairs for s in p]))"
	local i
	for i in 0 2 4; do
		local a=${READY[i]} b=${READY[i + 1]} alloc
		alloc=$(of "$a" .alloc_bytes)
		equal "unread of a reader" "$(of "$b" .unread_bytes)" 500
		equal "held by a reader" "$(of "$b" .held_bytes)" "$alloc"
		equal "unread of a sender" "$(of "$a" .unread_bytes)" 0
		equal "held by a sender" "$(of "$a" .held_bytes)" 0
		equal "overhead" "$(of "$a" '.overhead * 500 | round')" "$alloc"
		equal "peers" "$(of "$a" .peer_inode) $(of "$b" .peer_inode)" "$b $a"
	done
}

@test "stalled is set exactly when poll says not writable, full when a send would block" {
	make_sockets '
import select
a, b = S.socketpair(); a.setsockopt(S.SOL_SOCKET, S.SO_SNDBUF, 6144 // 2); a.setblocking(False)
def writable():
    p = select.poll(); p.register(a, select.POLLOUT); return int(bool(p.poll(0)))
def state():
    return writable(), int(a.getsockopt(S.SOL_SOCKET, S.SO_SNDBUF))
ready(*ino(a), *state())
for line in sys.stdin:
    try: a.send(b"x"); ready(1, *state())
    except BlockingIOError: ready(0, *state())'
	local inode=${READY[0]} i flags sent=1 seen=
	for ((i = 0; i < 20 && sent; i++)); do
		echo send >&"${PEER[1]}"
		read -r -t 10 sent writable sndbuf <&"${PEER[0]}"
		flags=$(of "$inode" '.flags | join(",")')
		case $flags in *stalled*) equal "poll at $i" "$writable" 0 ;; *) equal "poll at $i" "$writable" 1 ;; esac
		seen+=" $flags"
	done
	equal "sends blocked" "$sent" 0
	equal "flags when blocked" "$flags" stalled,full
	[[ $seen == " "*" stalled "* ]]
	equal "use" "$(of "$inode" '.use_pct == .alloc_bytes * 100 / .sndbuf')" true
	equal "sndbuf" "$(of "$inode" .sndbuf)" "$sndbuf"
}

@test "the longest datagram that can be sent is max_datagram_size" {
	make_sockets '
r = []
for t in (S.SOCK_DGRAM, S.SOCK_SEQPACKET):
    a, b = S.socketpair(U, t); a.setsockopt(S.SOL_SOCKET, S.SO_SNDBUF, 20000)
    n = a.getsockopt(S.SOL_SOCKET, S.SO_SNDBUF)
    while True:
        try: a.send(b"x" * n); break
        except OSError: n -= 1
    b.recv(1 << 20); r += [*ino(a), n]
    keep = globals().setdefault("keep", []); keep += [a, b]
ready(*r)'
	equal dgram "$(of "${READY[0]}" .max_datagram_size)" "${READY[1]}"
	equal seqpacket "$(of "${READY[2]}" .max_datagram_size)" "${READY[3]}"
}

# bats test_tags=root
@test "a datagram queue shows depth, limit, all its bytes, and who waits for room" {
	make_sockets '
srv = S.socket(U, S.SOCK_DGRAM); srv.bind("\0udiag-depth")
def client():
    c = S.socket(U, S.SOCK_DGRAM); c.connect("\0udiag-depth"); return c
cs = [client() for _ in range(4)]
limit = int(open("/proc/sys/net/unix/max_dgram_qlen").read())
for i in range(limit + 1): cs[0].send(b"x" * (i + 1))
def wait(c): c.send(b"waits")
ts = [threading.Thread(target=wait, args=(c,), daemon=True) for c in cs[1:]]
[t.start() for t in ts]
def sleeping():
    return sum(open(f"/proc/self/task/{t.native_id}/stat").read().rsplit(")", 1)[1].split()[0] == "S" for t in ts)
while sleeping() < 3: time.sleep(0.01)
ready(*ino(srv), limit, *ino(cs[0]))'
	local limit=${READY[1]}
	equal queue "$(of "${READY[0]}" '"\(.queue_depth)/\(.queue_limit) \(.waiters) \(.unread_bytes)"')" \
		"$((limit + 1))/$limit 3 $(((limit + 1) * (limit + 2) / 2))"
	equal flags "$(of "${READY[0]}" '.flags | join(",")')" full,waiting
	equal text "$(udiag-mem "inode=${READY[0]}" -o queue --no-headings)" "$((limit + 1))/$limit waiters=3"
	equal "the first only" "$(of "${READY[0]}" .rqueue)" 1
	equal "held is what waits, not what sleepers have in hand" "$(of "${READY[0]}" .held_bytes)" \
		"$(of "${READY[2]}" .alloc_bytes)"
	equal "held, asked for alone" "$(udiag-mem "inode=${READY[0]}" -o held_bytes --json)" \
		"{\"held_bytes\":$(of "${READY[2]}" .alloc_bytes)}"
	equal "overhead of the one that sent it all" "$(of "${READY[2]}" ".overhead * $(((limit + 1) * (limit + 2) / 2)) | round")" \
		"$(of "${READY[2]}" .alloc_bytes)"
	udiag-mem --json 'queue>80%' waiting type=dgram | jq -e ".inode == ${READY[0]}"
}

# bats test_tags=root
@test "two datagram sockets connected to each other may exceed the limit and are not full" {
	make_sockets '
a, b = S.socketpair(U, S.SOCK_DGRAM)
limit = int(open("/proc/sys/net/unix/max_dgram_qlen").read())
for i in range(limit + 5): a.send(b"x")
ready(*ino(b), limit + 5)'
	equal depth "$(of "${READY[0]}" .queue_depth)" "${READY[1]}"
	equal flags "$(of "${READY[0]}" '.flags | length')" 0
}

# bats test_tags=root
@test "connections nobody accepted are embryos of their listener, with what they queue" {
	make_sockets '
l = S.socket(); l = S.socket(U); l.bind("\0udiag-embryo"); l.listen(5)
cs = [S.socket(U) for _ in range(3)]
for i, c in enumerate(cs): c.connect("\0udiag-embryo"); c.send(b"x" * (10 + i))
ready(*ino(l, *cs), os.getpid())'
	local got
	got=$(udiag-mem --json embryo 'name=*udiag-embryo')
	equal embryos "$(wc -l <<<"$got")" 3
	equal clients "$(jq -r .peer_inode <<<"$got" | sort | xargs)" "${READY[*]:1:3}"
	equal unread "$(jq -r .unread_bytes <<<"$got" | sort | xargs)" "10 11 12"
	equal inodes "$(jq -r '[.inode, .cookie, .fd] | @csv' <<<"$got" | sort -u)" "0,,"
	equal "who should accept" "$(jq -r .pid <<<"$got" | sort -u)" "${READY[4]}"
	jq -es 'all(.alloc_bytes > 0 and .held_bytes > 0)' <<<"$got"
	equal "a client is not alone" "$(of "${READY[1]}" '"\(.peer_inode) \(.flags | length) \(.peer_comm) \(.peer_name)"')" '0 0 python3 \x00udiag-embryo'
	equal listener "$(of "${READY[0]}" '"\(.queue_depth)/\(.queue_limit)"')" 3/5
	udiag-mem "inode=${READY[1]}" -o peer --no-headings | grep -q 'not accepted'
}

# bats test_tags=root
@test "a full backlog shows as full, and a client that waits for it as waiting" {
	make_sockets '
l = S.socket(U); l.bind("\0udiag-backlog"); l.listen(2)
cs = [S.socket(U) for _ in range(4)]
for c in cs[:3]: c.connect("\0udiag-backlog")
t = threading.Thread(target=lambda: cs[3].connect("\0udiag-backlog"), daemon=True); t.start()
time.sleep(0.2)
ready(*ino(l))'
	equal listener "$(of "${READY[0]}" '"\(.queue_depth)/\(.queue_limit) \(.waiters) \(.flags | join(","))"')" "3/2 1 full,waiting"
}

# bats test_tags=root
@test "a socket in a message that nobody received is in flight, and no process has it" {
	make_sockets '
a, b = S.socketpair(); x, y = S.socketpair(); k, m = S.socketpair()
i = ino(x, y, k); y.send(b"hello")
S.send_fds(a, [b"1"], [x.fileno()]); x.close()
S.send_fds(a, [b"1"], [k.fileno()])
ready(*i)'
	equal flags "$(of "${READY[0]}" '.flags | join(",")')" no-process,in-flight
	equal owner "$(of "${READY[0]}" '"\(.pid) \(.comm) \(.unread_bytes)"')" "null null 5"
	equal "held by it" "$(of "${READY[0]}" .held_bytes)" "$(of "${READY[1]}" .alloc_bytes)"
	equal "one that is open too" "$(of "${READY[2]}" '"\(.flags | join(",")) \(.pid != null)"')" "in-flight true"
	equal text "$(udiag-mem "inode=${READY[0]}" -o owner --no-headings)" "(in flight)"
}

owners_agree() { # [OPTION...]: who has what, as every /proc/PID/task/*/fd says
	udiag-mem --json "inode=${READY[0]}" -o pid,fd,comm,other_owners "$@" | jq -r '"\(.pid) \(.fd) \(.comm) \(.other_owners)"'
}

# bats test_tags=root
@test "shared descriptors: the lowest process and fd, the others counted, memory once" {
	make_sockets '
a, b = S.socketpair(); a.send(b"x" * 100); c = os.dup(a.fileno())
kids = []
for _ in range(3):
    r, w = os.pipe(); pid = os.fork()
    if not pid: os.write(w, b"x"); time.sleep(100); os._exit(0)
    os.read(r, 1); kids.append(pid)
import atexit, signal; atexit.register(lambda: [os.kill(k, signal.SIGKILL) for k in kids])
pid, fd = min((p, f) for p in [os.getpid(), *kids] for f in (a.fileno(), c))
ready(*ino(a), pid, fd)'
	local source
	for source in bpf proc; do
		equal "by $source" "$(owners_agree --owners $source)" "${READY[1]} ${READY[2]} python3 7"
	done
	equal text "$(udiag-mem "inode=${READY[0]}" -o owner --no-headings)" "python3[${READY[1]}]+7"
	equal "sum" "$(udiag-mem --json -g comm "inode=${READY[0]}" | jq .alloc_bytes)" "$(of "${READY[0]}" .alloc_bytes)"
}

# bats test_tags=root
@test "a thread with a descriptor table of its own is seen, and each descriptor once" {
	make_sockets '
libc = ctypes.CDLL(None)
a, b = S.socketpair(); keep = ino(a, b)
only = []
def own():
    libc.unshare(0x400)
    c, d = S.socketpair(); only.extend([*ino(c), c.fileno()]); globals()["kept"] = (c, d)
    done.set(); time.sleep(100)
done = threading.Event(); t = threading.Thread(target=own, daemon=True); t.start(); done.wait()
others = [threading.Thread(target=time.sleep, args=(100,), daemon=True) for _ in range(3)]
[o.start() for o in others]
ready(only[0], os.getpid(), only[1], *keep, a.fileno())'
	local source
	for source in bpf proc; do
		equal "its own, by $source" "$(owners_agree --owners $source)" "${READY[1]} ${READY[2]} python3 0"
		READY=("${READY[@]:3:1}" "${READY[@]:1:4}" "${READY[5]}" "${READY[0]}")
		equal "shared by name, by $source" "$(owners_agree --owners $source)" "${READY[1]} ${READY[5]} python3 0"
		READY=("${READY[6]}" "${READY[@]:1:2}" "${READY[@]:0:1}" "${READY[4]}" "${READY[5]}")
	done
}

# bats test_tags=root
@test "a process whose main thread has exited still owns its sockets" {
	make_sockets '
a, b = S.socketpair()
def rest():
    leader = os.getpid()
    while open(f"/proc/{leader}/stat").read().rsplit(")", 1)[1].split()[0] != "Z": time.sleep(0.01)
    ready(*ino(a), leader, a.fileno())
    try: os.read(0, 1)
    finally: os._exit(0)
threading.Thread(target=rest).start()
threading.Thread(target=time.sleep, args=(100,), daemon=True).start()
ctypes.CDLL(None).syscall(60, 0)'
	local source
	for source in bpf proc; do
		equal "by $source" "$(owners_agree --owners $source)" "${READY[1]} ${READY[2]} python3 0"
	done
}

# bats test_tags=root
@test "in a pid namespace processes have the numbers they have there" {
	make_sockets 'a, b = S.socketpair(); ready(*ino(a), os.getpid(), a.fileno())' \
		unshare -pf --mount-proc
	equal "the number inside" "${READY[1]}" 1
	local outside
	outside=$(of "${READY[0]}" .pid)
	grep -qP "^NSpid:\t$outside\t1$" "/proc/$outside/status"
	local source
	for source in bpf proc; do
		equal "by $source" "$(nsenter -t "$outside" -p -m -- "$BIN/udiag-mem" --json "inode=${READY[0]}" \
			--owners $source -o pid,fd,owner_source | jq -c .)" \
			"{\"pid\":1,\"fd\":${READY[2]},\"owner_source\":\"$source\"}"
	done
}

# bats test_tags=root
@test "a namespace by name, path and pid, and all of them at once" {
	ip netns add udiag-test
	make_sockets 'a, b = S.socketpair(); ready(*ino(a), os.getpid())' ip netns exec udiag-test
	local pid=${READY[1]} netns which
	netns=$(stat -Lc %i "/proc/$pid/ns/net")
	equal "not here" "$(record "${READY[0]}")" ""
	for which in udiag-test "/proc/$pid/ns/net" "$pid"; do
		equal "$which" "$(of "${READY[0]}" '"\(.netns) \(.netns_name) \(.pid)"' --netns "$which")" "$netns udiag-test $pid"
	done
	make_other=$(of "${READY[0]}" .netns --all-netns)
	equal "among all" "$make_other" "$netns"
	udiag-mem --json --all-netns -g netns | jq -es 'map(.group) | index("udiag-test") and length > 1'
	run udiag-mem --netns no-such-namespace
	equal status "$status" 1
	[[ $output == *no-such-namespace*ENOENT* ]]
	run udiag-mem --netns /etc/passwd
	equal "status for a file" "$status" 1
}

# bats test_tags=root
@test "a peer in another namespace is unknown, not missing" {
	make_sockets "
r, w = os.pipe()
if not os.fork():
    ctypes.CDLL(None).unshare(0x40000000)
    l = S.socket(U, S.SOCK_DGRAM); l.bind('$BATS_TEST_TMPDIR/s'); os.write(w, b'x'); sys.stdin.read(); os._exit(0)
os.read(r, 1); a = S.socket(U, S.SOCK_DGRAM); a.connect('$BATS_TEST_TMPDIR/s'); ready(*ino(a))"
	run udiag-mem --json --summary "inode=${READY[0]}"
	equal status "$status" 0
	equal peer "$(jq -r 'select(.inode) | .peer_inode > 0' <<<"$output")" true
	equal complete "$(jq -r 'select(has("complete")) | .complete' <<<"$output")" true
	equal "and known with all" "$(of "${READY[0]}" .peer_comm --all-netns)" python3
	equal "held by what it has not read" "$(of "${READY[0]}" .held_bytes) $(of "${READY[0]}" .held_bytes --all-netns)" "0 0"
}

@test "a socket connected to itself is its own peer and counts once" {
	make_sockets '
s = S.socket(U, S.SOCK_DGRAM); s.bind("\0udiag-self"); s.connect("\0udiag-self"); s.send(b"x" * 50)
ready(*ino(s))'
	local alloc
	alloc=$(of "${READY[0]}" .alloc_bytes)
	[ "$alloc" -gt 50 ]
	equal peer "$(of "${READY[0]}" '"\(.peer_inode) \(.held_bytes)"')" "${READY[0]} $alloc"
	equal text "$(udiag-mem "inode=${READY[0]}" -o peer --no-headings)" "(itself)"
	equal sum "$(udiag-mem --json -g uid "inode=${READY[0]}" | jq -c '[.sockets, .alloc_bytes]')" "[1,$alloc]"
}

# bats test_tags=root
@test "without privileges owners are ?, one note says so, and 3 only if they were asked for" {
	make_sockets 'a, b = S.socketpair(); ready(*ino(a))'
	cp "$BIN/udiag-mem" "$BATS_TEST_TMPDIR/udiag-mem"
	chmod -R a+rx "$BATS_TEST_TMPDIR" "$(dirname "$BATS_TEST_TMPDIR")" "$(dirname "$(dirname "$BATS_TEST_TMPDIR")")"
	chmod a+x "$BATS_RUN_TMPDIR"
	poor() {
		local status=0
		setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all --bounding-set=-all \
			"$BATS_TEST_TMPDIR/udiag-mem" "$@" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" || status=$?
		equal "status of $*" "$status" "$want"
	}
	want=0 poor "inode=${READY[0]}"
	equal notes "$(wc -l <"$BATS_TEST_TMPDIR/err")" 1
	grep -q '  *?  *' "$BATS_TEST_TMPDIR/out"
	want=3 poor "inode=${READY[0]}" -o pid,comm,fd,owner,other_owners --no-headings
	equal values "$(xargs <"$BATS_TEST_TMPDIR/out")" "? ? ? ? ?"
	want=3 poor "inode=${READY[0]}" --json --owners proc
	equal JSON "$(jq -c '[.pid, .comm, .owner, .owner_source, .flags]' "$BATS_TEST_TMPDIR/out")" '[null,null,"?","proc",[]]'
	want=0 poor "inode=${READY[0]}" -o inode,alloc_bytes
	equal quiet "$(cat "$BATS_TEST_TMPDIR/err")" ""
	want=0 poor --json --owners none
	jq -es "map(select(.inode == ${READY[0]})) | length == 1" "$BATS_TEST_TMPDIR/out"
}

# bats test_tags=root
@test "without BPF owners come from /proc, and owner_source says so" {
	make_sockets 'a, b = S.socketpair(); ready(*ino(a), os.getpid(), a.fileno())'
	equal bpf "$(of "${READY[0]}" '"\(.owner_source) \(.pid) \(.fd)"')" "bpf ${READY[1]} ${READY[2]}"
	equal proc "$(setpriv --bounding-set=-bpf,-sys_admin,-perfmon --inh-caps=-bpf,-sys_admin,-perfmon \
		"$BIN/udiag-mem" -q --json "inode=${READY[0]}" | jq -r '"\(.owner_source) \(.pid) \(.fd)"')" "proc ${READY[1]} ${READY[2]}"
	run setpriv --bounding-set=-bpf,-sys_admin,-perfmon --inh-caps=-bpf,-sys_admin,-perfmon \
		"$BIN/udiag-mem" "inode=${READY[0]}" --owners bpf
	equal "asked for" "$status" 3
	[[ $output == *CAP_BPF* ]]
}

@test "names: relative, autobound, of 108 bytes, and hostile ones" {
	cd "$BATS_TEST_TMPDIR"
	make_sockets '
a = S.socket(U); a.bind("rel")
b = S.socket(U); b.bind("")
c = S.socket(U); c.bind(b"\0" + b"\xff\n\x1b\x00" + b"z" * 103)
ready(*ino(a, b, c), b.getsockname().hex())'
	equal relative "$(of "${READY[0]}" .name)" rel
	equal autobound "$(of "${READY[1]}" .name)" "\\x00$(xxd -r -p <<<"${READY[3]:2}")"
	equal hostile "$(of "${READY[2]}" .name)" "\\x00\\xff\\x0a\\x1b\\x00$(printf 'z%.0s' {1..103})"
	equal hex "$(of "${READY[2]}" '.name_hex[0:10]')" 00ff0a1b00
	equal "valid UTF-8 has none" "$(of "${READY[0]}" .name_hex)" null
	equal "vfs" "$(of "${READY[0]}" '"\(.vfs_inode) \(.vfs_dev)"')" "$(stat -c '%i %Hd:%Ld' rel)"
	equal "by glob" "$(udiag-mem --json 'name=*\xff*' | jq .inode)" "${READY[2]}"
}
