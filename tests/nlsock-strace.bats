#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# nlsock decode of what strace prints: each call's bytes once and whole, or a sentence.

bats_require_minimum_version 1.5.0
load lib

unset NLSOCK_SPECS

# Every call that moves data, several buffers, two messages in one call, files and another
# protocol between, a peek, and a call that waits in another thread. What was sent and
# received is written to "want", one line of hex each.
TALK='
import os, socket, struct, threading, time
want = open("want", "w")
def note(*data):
    want.writelines(d.hex() + "\n" for d in data)
    return data[-1]
def ask(seq):
    return note(struct.pack("IHHIIBxHiII", 32, 18, 5, seq, 0, 0, 0, 1, 0, 0))
s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
s.bind((0, 0))
def answers():
    s.recv(10, socket.MSG_PEEK)
    note(s.recv(65536))
    note(s.recv(65536))
s.sendto(ask(1), (0, 0)); answers()
m = ask(2); s.sendmsg([m[:7], m[7:16], m[16:]]); answers()
os.write(s.fileno(), ask(3)); note(os.read(s.fileno(), 65536)); note(os.read(s.fileno(), 65536))
s.send(ask(4))
b = [bytearray(7), bytearray(65536)]
for i in 1, 2:
    n = s.recvmsg_into(b)[0]
    note(bytes(b[0] + b[1])[:n])
open("/proc/self/maps", "rb").read(64)
a, c = socket.socketpair(); a.send(bytes(40)); c.recv(40)
u, v = (socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 2) for i in "uv")
u.bind((0, 0)); v.bind((0, 0))
def hear():
    v.recv(100)
t = threading.Thread(target=hear)
t.start()
while open("/proc/%d/task/%d/syscall" % (os.getpid(), t.native_id)).read().split()[0] == "running": time.sleep(0.01)
time.sleep(0.05)
d = struct.pack("IHHII", 20, 77, 0, 5, 6) + b"abcd"
note(d, d)
u.sendto(d, (v.getsockname()[0], 0)); t.join()
'

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	echo "$TALK" >talk.py
}

# talk ARG...: strace of it, with these options.
talk() {
	traced -f -o trace "$@" python3 talk.py
}

# decoded ARG...: the messages, in order of their sequence numbers, in hex.
decoded() {
	nlsock decode trace -j --raw "$@" | jq -r .nlsock.raw
}

@test "what strace dumps is whole: each call once, buffers joined, files and peeks left out" {
	talk -e read=all -e write=all
	diff <(sort want) <(decoded | sort)
	equal protocols "$(nlsock decode trace -j | jq -r .nlsock.family | sort -u | xargs)" "ROUTE USERSOCK rt-link"
	# As the calls went: a thread that waits ends its call behind the one that sends.
	diff want <(decoded)
	talk -e trace=network,read,write -xx -s 9 -tt -yy -e read=all -e write=all
	diff want <(decoded)
}

@test "what strace decoded without its bytes is counted, and nothing is taken for a message" {
	talk -e trace=network,read,write -xx -s 65536
	run --separate-stderr nlsock decode trace -j --raw
	equal status "$status" 3
	[[ $stderr == *"strace did not print the bytes: strace -e read=all -e write=all prints all bytes" ]] || fail "$stderr"
	# Strings of read, write and of a message in pieces are there.
	jq -r .nlsock.raw <<<"$output" >got
	[ "$(wc -l <got)" -ge 3 ] || fail
	equal strangers "$(grep -vxFf want got)" ""
	grep -qxF "$(grep 02000000000000000000000001 want | head -n 1)" got || fail "sendmsg"
	grep -qxF "$(grep 03000000000000000000000001 want | head -n 1)" got || fail "write"
}

@test "strace without any bytes is refused with a sentence that tells its options" {
	traced -o trace -e trace=network -xx unshare -Urn nlsock dump rt-link >out
	run nlsock decode trace
	equal status "$status" 1
	[[ $output == *"strace printed what it decoded, not the bytes: with -e read=all -e write=all it prints them"* ]] || fail
	echo 'write(3, "\x28\x00\x00\x00\x12\x00\x05\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"..., 40) = 40' >trace
	run nlsock decode --as rt-link trace
	equal status "$status" 1
	[[ $output == *"-s 65536"* ]] || fail
	echo 'close(3) = 0
write(1, "abc", 3) = 3
socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE) = 3' >trace
	run nlsock decode trace
	equal status "$status" 1
	[[ $output == *"no call on a netlink socket"* ]] || fail
}

@test "strings without -xx are read too, with pids, times and lines that are interleaved" {
	cat >trace <<-'EOF'
		[pid  7] 12:00:00.000001 socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC) = 4
		[pid  8] 12:00:00.000002 read(4,  <unfinished ...>
		[pid  7] 12:00:00.000003 write(4, "\24\0\0\0!\0\1\0\7\0\0\0\10\0\0\0\"\\\n\t", 20 <unfinished ...>
		[pid  8] 12:00:00.000004 <... read resumed>"\20\0\0\0\"\0\0\0\7\0\0\0\10\0\0\0", 100) = 16
		[pid  7] 12:00:00.000005 <... write resumed>) = 20
		[pid  7] 12:00:00.000006 sendmmsg(4, [{msg_hdr={msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base="\x10\x00\x00\x00\x23\x00\x01\x00", iov_len=8}, {iov_base="\x09\x00\x00\x00\x00\x00\x00\x00", iov_len=8}], msg_iovlen=2, msg_flags=0}, msg_len=16}, {msg_hdr={msg_iov=[{iov_base="\x10\x00\x00\x00\x24\x00\x01\x00\x0a\x00\x00\x00\x00\x00\x00\x00", iov_len=16}], msg_iovlen=1}, msg_len=16}], 2, 0) = 2
	EOF
	equal messages "$(decoded | xargs)" "1400000021000100070000000800000022""5c0a09 10000000220000000700000008000000 10000000230001000900000000000000 10000000240001000a00000000000000"
	equal sides "$(nlsock decode trace -j | jq -c .nlsock.flags | xargs)" "[REQUEST] [] [REQUEST] [REQUEST]"
}
