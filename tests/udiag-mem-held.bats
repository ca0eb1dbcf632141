#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# udiag-mem on memory whose sender is not to be seen, and on sockets that several have.

load lib

# make_sockets PROGRAM: as in udiag-mem-cases.bats, in a network namespace of its own: PID.
make_sockets() {
	coproc PEER { exec unshare -n python3 -c "
import socket as S, os, sys, ctypes, fcntl, array, signal
U = S.AF_UNIX
def ino(*s): return [os.fstat(x.fileno()).st_ino for x in s]
def sent(s):
    n = array.array('i', [0]); fcntl.ioctl(s.fileno(), 0x5411, n); return n[0] # SIOCOUTQ
def fork(f):
    r, w = os.pipe(); pid = os.fork()
    if not pid:
        os.close(r); ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0); f(w); signal.pause()
    os.close(w); return pid, os.read(r, 4096).decode().split()
def ready(*words): print(*words, flush=True)
print(os.getpid(), flush=True)
$1
sys.stdin.read()"; }
	# shellcheck disable=SC2034
	read -r -t 20 PID <&"${PEER[0]}" && read -r -t 20 -a READY <&"${PEER[0]}" || fail "no sockets"
}

teardown() {
	if [ -n "${PEER_PID:-}" ]; then
		eval "exec ${PEER[1]}>&-"
		wait "$PEER_PID" 2>/dev/null || true
	fi
}

um() {
	nsenter -t "$PID" -n -- "$BIN/udiag-mem" -q --json "$@"
}
of() {
	um "inode=$1" "${@:3}" | jq -r "$2"
}

# bats test_tags=root
@test "what a reader holds includes what closed and unconnected senders sent" {
	make_sockets '
d = S.socket(U, S.SOCK_DGRAM); d.bind("\0held")
c = S.socket(U, S.SOCK_DGRAM); c.connect("\0held"); c.send(b"x" * 3000)
u = S.socket(U, S.SOCK_DGRAM); u.sendto(b"x" * 20, "\0held")
t = S.socket(U, S.SOCK_DGRAM); t.sendto(b"x" * 7, "\0held"); gone = sent(t); t.close()
ends = []
for kind in (S.SOCK_STREAM, S.SOCK_SEQPACKET, S.SOCK_DGRAM):
    a, b = S.socketpair(U, kind); b.send(b"x" * 5000); ends += [*ino(a), sent(b)]; b.close()
    globals()["keep%d" % kind] = a
l = S.socket(U); l.bind("\0orphan"); l.listen(2)
e = S.socket(U); e.connect("\0orphan"); e.send(b"x" * 9); ends += [sent(e)]; e.close()
ready(*ino(d, c), sent(c) + sent(u) + gone, *ends)'
	equal "by datagrams" "$(of "${READY[0]}" '"\(.held_bytes) \(.unread_bytes) \(.queue_depth)"')" "${READY[2]} 3027 3"
	equal "overhead of one of several" "$(of "${READY[1]}" .overhead)" null
	local i
	for i in 3 5 7; do
		equal "flags $i" "$(of "${READY[i]}" '.flags | join(",")')" peer-gone
		equal "of a closed sender $i" "$(of "${READY[i]}" '"\(.held_bytes) \(.unread_bytes)"')" "${READY[i + 1]} 5000"
	done
	equal "of an embryo" "$(um embryo | jq -c '[.held_bytes, .unread_bytes, .uid, .flags]')" "[${READY[9]},9,null,[\"peer-gone\",\"embryo\"]]"
	equal "unknown by /proc" "$(of "${READY[3]}" '.held_bytes' --owners proc)" null
	equal "? in text" "$(nsenter -t "$PID" -n -- "$BIN/udiag-mem" -q --owners proc "inode=${READY[3]}" -o held_bytes --no-headings)" '?'
}

# bats test_tags=root
@test "held is what waits in the queue, wherever else its senders are connected or have sent" {
	make_sockets '
def dgram(name):
    s = S.socket(U, S.SOCK_DGRAM); s.bind(name); return s
x, y = dgram("\0held-x"), dgram("\0held-y")
a = S.socket(U, S.SOCK_DGRAM); a.connect("\0held-x"); a.send(b"x" * 100); at_x = sent(a)
a.sendto(b"x" * 5000, "\0held-y"); at_y = sent(a) - at_x
b = S.socket(U, S.SOCK_DGRAM); b.connect("\0held-x"); b.send(b"x" * 9); b.connect("\0held-y"); moved = sent(b)
l = S.socket(U); l.bind("\0held-l"); l.listen(5); cs = [S.socket(U) for _ in range(3)]
for c in cs: c.connect("\0held-l")
ready(*ino(x, y, a, b, l), at_x + moved, at_y)'
	equal "one it was sent to" "$(of "${READY[0]}" .held_bytes)" "${READY[5]}"
	equal "the other one" "$(of "${READY[1]}" .held_bytes)" "${READY[6]}"
	equal "overheads that can't be told" "$(of "${READY[2]}" .overhead) $(of "${READY[3]}" .overhead)" "null null"
	equal "a listener" "$(of "${READY[4]}" .held_bytes)" "$(um embryo | jq -s 'map(.alloc_bytes) | add')"
	equal "a listener by /proc" "$(of "${READY[4]}" .held_bytes --owners proc)" null
}

# bats test_tags=root
@test "held counts nothing that those who wait for room have sent elsewhere" {
	make_sockets '
import select, threading
def dgram(name):
    s = S.socket(U, S.SOCK_DGRAM); s.bind(name); return s
x, y = dgram("\0held-full"), dgram("\0held-free")
def client():
    c = S.socket(U, S.SOCK_DGRAM); c.connect("\0held-full"); c.setblocking(False); return c
eager, poller, sleeper = client(), client(), client()
def step(s, f):
    before = sent(s); f(); return sent(s) - before
at_x = step(poller, lambda: poller.send(b"x" * 40))
try:
    while True: at_x += step(eager, lambda: eager.send(b"x" * 700))
except BlockingIOError: pass
at_y = sum(step(s, lambda: s.sendto(b"x" * n, "\0held-free")) for s, n in ((eager, 5000), (poller, 90)))
p = select.poll(); p.register(poller, select.POLLOUT)
assert not p.poll(0)
threading.Thread(target=p.poll, daemon=True).start()
sleeper.sendto(b"x" * 3000, "\0held-free"); other = sent(sleeper); sleeper.setblocking(True)
threading.Thread(target=sleeper.send, args=(b"x" * 9000,), daemon=True).start()
while sent(sleeper) == other: pass
ready(*ino(x, y), at_x, at_y + other)'
	equal "the full one" "$(of "${READY[0]}" '"\(.held_bytes) \(.waiters > 1) \(.flags)"')" \
		"${READY[2]} true [\"full\",\"waiting\"]"
	equal "the other one" "$(of "${READY[1]}" '"\(.held_bytes) \(.waiters) \(.flags)"')" "${READY[3]} 0 []"
}

# bats test_tags=root
@test "an embryo is seen where its client is, though its listener is in another namespace" {
	make_sockets "
def other(w):
    assert ctypes.CDLL(None).unshare(0x40000000) == 0
    global l; l = S.socket(U); l.bind('$BATS_TEST_TMPDIR/l'); l.listen(5); os.write(w, b'%d' % ino(l)[0])
pid, (listener,) = fork(other)
c = S.socket(U); c.connect('$BATS_TEST_TMPDIR/l'); c.send(b'hello')
ready(*ino(c), pid, listener, sent(c))"
	equal embryo "$(um embryo | jq -c '[.peer_inode, .unread_bytes, .held_bytes, .pid, .owner, .flags]')" \
		"[${READY[0]},5,${READY[3]},null,\"?\",[\"embryo\"]]"
	equal client "$(of "${READY[0]}" '"\(.peer_inode) \(.flags | length)"')" "0 0"
	equal "with both" "$(um embryo --netns "$PID" --netns "${READY[1]}" | jq -c '[.pid, .name, .peer_inode]')" \
		"[${READY[1]},\"$BATS_TEST_TMPDIR/l\",${READY[0]}]"
}

# bats test_tags=root
@test "a socket that several have open is found by each, and counts once" {
	make_sockets '
a, b = S.socketpair(); a.send(b"x" * 100)
def worker(w): ctypes.CDLL(None).prctl(15, b"worker", 0, 0, 0); b.close(); os.write(w, b"x")
kids = [fork(worker)[0] for _ in range(2)]
ready(*ino(a, b), os.getpid(), a.fileno(), *kids)'
	local source kid
	for source in bpf proc; do
		equal "the lowest" "$(of "${READY[0]}" '"\(.pid) \(.comm) \(.other_owners)"' --owners $source)" "${READY[2]} python3 2"
		for kid in "${READY[@]:4}"; do
			equal "by pid" "$(um "pid=$kid" --owners $source | jq -c '[.inode, .pid, .comm, .fd, .other_owners]')" \
				"[${READY[0]},$kid,\"worker\",${READY[3]},2]"
		done
		equal "by name" "$(um comm=work* --owners $source | jq -c '[.inode, .pid]')" "[${READY[0]},${READY[4]}]"
		equal "by the other end's" "$(um peer=worker --owners $source | jq -c '[.inode, .peer_pid]')" "[${READY[1]},${READY[4]}]"
		equal "not by one that has it not" "$(um pid=1 --owners $source)" ""
		run um --fail-if "comm=worker alloc>0" --owners $source
		equal "in a condition" "$status" 4
		equal "the sum" "$(um -g comm comm=worker --owners $source | jq -c '[.group, .sockets, .alloc_bytes]')" \
			"[\"worker\",1,$(of "${READY[0]}" .alloc_bytes)]"
	done
}

# bats test_tags=root
@test "processes that share one table of descriptors both have its sockets" {
	make_sockets '
a, b = S.socketpair(); a.send(b"x" * 100)
pid = ctypes.CDLL(None).syscall(56, 0x400 | signal.SIGKILL, 0, 0, 0, 0) # clone(CLONE_FILES)
if not pid:
    ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0); ctypes.CDLL(None).prctl(15, b"sharer", 0, 0, 0)
    while True: signal.pause()
while open(f"/proc/{pid}/comm").read() != "sharer\n": pass
ready(*ino(a), os.getpid(), pid, sent(a))'
	local source
	for source in bpf proc; do
		equal "the lowest" "$(of "${READY[0]}" '"\(.pid) \(.other_owners)"' --owners $source)" "${READY[1]} 1"
		equal "the other" "$(um "pid=${READY[2]}" "inode=${READY[0]}" --owners $source | jq -c '[.comm, .other_owners]')" '["sharer",1]'
		equal "the sum" "$(um -g process "inode=${READY[0]}" --owners $source | jq -c '[.group, .sockets, .alloc_bytes]')" \
			"[\"python3[${READY[1]}]\",1,${READY[3]}]"
	done
}

# bats test_tags=root
@test "of sockets that only an io_uring has, all is told but an owner" {
	make_sockets '
libc = ctypes.CDLL(None)
def uring(*socks):
    ring = libc.syscall(425, 4, ctypes.create_string_buffer(120)) # io_uring_setup
    fds = (ctypes.c_int * len(socks))(*[s.fileno() for s in socks])
    return ring >= 0 and not libc.syscall(427, ring, 2, fds, len(socks)) # IORING_REGISTER_FILES
def dgram(name):
    s = S.socket(U, S.SOCK_DGRAM); s.bind(name); return s
a, b = S.socketpair(); b.send(b"y" * 500); d = dgram("\0uring-d"); full = dgram("\0uring-full")
l = S.socket(U); l.bind("\0uring-l"); l.listen(3); e = S.socket(U); e.connect("\0uring-l"); e.send(b"0123456789")
q = S.socket(U, S.SOCK_DGRAM); q.sendto(b"x" * 50, "\0uring-d"); q.sendto(b"x" * 70, "\0uring-d"); at_d = sent(q)
q.connect("\0uring-full"); q.setblocking(False); n = 0
try:
    while True: q.send(b"x" * 9); n += 1
except BlockingIOError: pass
x, y = S.socketpair(); i = ino(a, d, full, l, x)
if uring(a, d, full, l, x):
    for s in (a, d, full, l): s.close()
    ready(*i, sent(b), at_d, sent(q) - at_d, n, os.getpid())
else: ready("none")'
	[ "${READY[0]}" != none ] || skip "there is no io_uring"
	some() { # INODE: its queues, and whether it is in some process's table
		of "$1" '"\(.queue) \(.waiters) \(.unread_bytes) \(.held_bytes) \(.pid) \(.flags - ["no-process"] | join(","))"'
	}
	equal "a stream" "$(some "${READY[0]}")" "null 0 500 ${READY[5]} null "
	equal "a dgram" "$(some "${READY[1]}")" "2/10 0 120 ${READY[6]} null "
	equal "a full one" "$(some "${READY[2]}")" "${READY[8]}/10 waiters=1 1 $((9 * READY[8])) ${READY[7]} null full,waiting"
	equal "a listener" "$(some "${READY[3]}")" "1/3 0 null $(um embryo | jq .alloc_bytes) null "
	equal "one that is open too" "$(some "${READY[4]}")" "null 0 0 0 ${READY[9]} "
	equal "to be accepted by nobody" "$(um embryo | jq -c '[.pid, .name, .unread_bytes]')" '[null,"\\x00uring-l",10]'
	if [ "$(readlink /proc/self/ns/pid)" = 'pid:[4026531836]' ]; then
		equal "no process" "$(of "${READY[0]}" '"\(.owner) \(.flags[0])"')" "(no process) no-process"
	fi
}
