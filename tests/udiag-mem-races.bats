#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# udiag-mem's dumps when many sockets are there, and while they come and go.

load lib

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	if [ -n "${PEER_PID:-}" ]; then
		eval "exec ${PEER[1]}>&-"
		wait "$PEER_PID" 2>/dev/null || true
	fi
}

# bats test_tags=root
@test "an accept queue too long for one message loses no socket" {
	coproc PEER { exec unshare -n python3 -c '
import socket as S, sys, os
open("/proc/sys/net/core/somaxconn", "w").write("20000")
l = S.socket(S.AF_UNIX); l.bind("\0long"); l.listen(10000)
keep = []
for _ in range(9000):
    c = S.socket(S.AF_UNIX); c.connect("\0long"); keep.append(c)
others = [S.socketpair() for _ in range(250)]
print(os.getpid(), os.fstat(l.fileno()).st_ino, flush=True)
sys.stdin.read()'; }
	read -r -t 30 pid listener <&"${PEER[0]}"
	nsenter -t "$pid" -n -- "$BIN/udiag-mem" --json -o inode,flags,queue_depth >out
	equal "with an inode" "$(jq -c 'select(.inode != 0)' out | wc -l)" 9501
	equal embryos "$(jq -c 'select(.inode == 0) | .flags' out | sort | uniq -c | xargs)" '9000 [embryo]'
	equal pending "$(jq "select(.inode == $listener) | .queue_depth" out)" 9000
}

# bats test_tags=root
@test "sockets that stay are listed once each while others come and go" {
	coproc PEER { exec unshare -n python3 -c '
import socket as S, sys, os, threading, random
keep = [S.socketpair() for _ in range(2000)]
lonely = [S.socket(S.AF_UNIX, S.SOCK_DGRAM) for _ in range(500)]
pid = os.fork()
if not pid:
    churn = []
    while os.getppid() != 1:
        churn.append(S.socketpair())
        if len(churn) > 300: churn.pop(random.randrange(len(churn)))
    os._exit(0)
with open("stable", "w") as f:
    for s in [*[x for p in keep for x in p], *lonely]: print(os.fstat(s.fileno()).st_ino, file=f)
print(os.getpid(), flush=True)
sys.stdin.read(); os.kill(pid, 9)'; }
	read -r -t 30 pid <&"${PEER[0]}"
	sort stable -o stable
	local i status
	for ((i = 0; i < 15; i++)); do
		status=0
		nsenter -t "$pid" -n -- "$BIN/udiag-mem" -q --json --summary -o inode,cookie,peer_inode,pid >out || status=$?
		jq -r 'select(has("inode")) | .inode' out | sort >inodes
		equal "missing at $i, status $status" "$(comm -23 stable inodes | wc -l)" 0
		equal "twice at $i" "$(jq -r 'select(has("inode")) | "\(.inode) \(.cookie)"' out | sort | uniq -d)" ""
		case $status in 0) want=true ;; 3) want=false ;; *) want="status $status" ;; esac
		equal "complete at $i" "$(jq -r 'select(has("complete")) | .complete' out)" "$want"
	done
}
