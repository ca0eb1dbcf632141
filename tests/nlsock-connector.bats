#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Lives of processes over NETLINK_CONNECTOR, against a program that knows what it did.

load lib

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	find_home # the kernel tells of processes in the initial network namespace only
}

teardown() {
	[ -z "${LISTENER-}" ] || end "$LISTENER"
}

# Sets LISTENER: its events go to the file events, the first when it is heard.
listen_to_processes() {
	"${AT_HOME[@]}" "$BIN/nlsock" listen connector -j --rcvbuf 16M >events 2>listen.err 3>&- &
	LISTENER=$!
	wait_for grep -q '"what":"none"' events
}

# What a process did, each with its numbers in the order of the struct.
told() {
	jq -r "select(.data.event | (.\"process-tgid\" // .\"child-tgid\") == $1) |
		[.data.what, (.data.event | to_entries[].value)] | map(tostring) | join(\" \")" events
}

# bats test_tags=root
@test "forks, names, ids, sessions and ends of processes are told as they were" {
	listen_to_processes
	python3 - >known <<'EOF'
import ctypes, os, signal
me = os.getpid()

def child(name, act):
    r, w = os.pipe()
    pid = os.fork()
    if not pid:
        os.read(r, 1)
        act()
        os._exit(0)
    print(f"# {name} {pid}")
    print(f"fork {me} {me} {pid} {pid}")
    return pid, w

def go(pid, w):
    os.write(w, b"x")
    os.waitpid(pid, 0)

def rename():
    ctypes.CDLL(None).prctl(15, b"a \x1b[31m name")

p, w = child("fails", lambda: os._exit(3))
go(p, w)
print(f"exit {p} {p} {3 << 8} 17 {me} {me}")
p, w = child("killed", lambda: os.kill(os.getpid(), signal.SIGKILL))
go(p, w)
print(f"exit {p} {p} 9 17 {me} {me}")
p, w = child("renamed", rename)
go(p, w)
print(f"comm {p} {p} a \\x1b[31m name")
print(f"exit {p} {p} 0 17 {me} {me}")
p, w = child("session", os.setsid)
go(p, w)
print(f"sid {p} {p}")
print(f"exit {p} {p} 0 17 {me} {me}")
p, w = child("ids", lambda: (os.setresgid(5, 6, 7), os.setresuid(3, 4, 4)))
go(p, w)
print(f"gid {p} {p} 5 6")
print(f"uid {p} {p} 3 4")
print(f"exit {p} {p} 0 17 {me} {me}")
p, w = child("program", lambda: os.execv("/bin/true", ["true"]))
go(p, w)
print(f"exec {p} {p}")
print(f"exit {p} {p} 0 17 {me} {me}")
EOF
	last=$(awk '$1 == "#" { p = $3 } END { print p }' known)
	wait_for grep -q "\"what\":\"exit\",[^}]*{\"process-pid\":$last," events
	while read -r mark name pid; do
		[ "$mark" = "#" ] || continue
		# The kernel has named a program before it tells of the program.
		equal "$name" "$(told "$pid" | grep -v '^comm .* true$')" "$(awk -v pid="$pid" \
			'$1 == "#" { on = $3 == pid; next } on' known)"
	done <known
}

# bats test_tags=root
@test "the kernel is asked to tell, and at the end no longer to" {
	traced -f -qq -e trace=sendto -e signal=none -xx -o trace "${AT_HOME[@]}" "$BIN/nlsock" \
		listen connector --count 1 -t 10s >/dev/null
	equal "what was asked" "$(grep -o 'x0[12].x00.x00.x00"' trace | cut -c1-3 | xargs)" 'x01 x02'
}
