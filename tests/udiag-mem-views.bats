#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# udiag-mem's filters, sums, samples, metrics and conditions, and dumps that are disturbed.

load lib

# Sockets of all kinds in a network namespace of their own, until the end of the test.
setup() {
	coproc PEER { exec unshare -n python3 -c '
import socket as S, sys, os
U = S.AF_UNIX
keep = []
for n in range(40):
    for t in (S.SOCK_STREAM, S.SOCK_DGRAM, S.SOCK_SEQPACKET):
        a, b = S.socketpair(U, t); keep += [a, b]
        for _ in range(n % 9): a.send(b"x" * (1 + n))
l = S.socket(U); l.bind("\0views"); l.listen(9)
d = S.socket(U, S.SOCK_DGRAM); d.bind("\0views-dgram")
for _ in range(4):
    c = S.socket(U); c.connect("\0views"); c.send(b"q"); keep.append(c)
a, b = S.socketpair(); b.close(); c, e = S.socketpair(); c.shutdown(S.SHUT_WR); keep += [a, c, e]
f, g = S.socketpair(); f.setblocking(False)
try:
    while True: f.send(b"x" * 100)
except BlockingIOError: pass
print(os.getpid(), os.fstat(f.fileno()).st_ino, flush=True)
for line in sys.stdin: g.recv(1 << 20); print("read", flush=True)'; }
	read -r -t 20 PID FULL <&"${PEER[0]}"
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	eval "exec ${PEER[1]}>&-"
	wait "$PEER_PID" 2>/dev/null || true
}

# The tool in that namespace.
um() {
	nsenter -t "$PID" -n -- "$BIN/udiag-mem" -q "$@"
}

# bats test_tags=root
@test "filters choose what jq would choose from all records" {
	um --json >all
	check() { # JQ FILTER...
		local want got
		want=$(jq -c "select($1) | .cookie // .peer_inode" all | sort)
		got=$(um --json "${@:2}" | jq -c '.cookie // .peer_inode' | sort)
		[ -n "$want" ] || fail "nothing to choose by $1"
		equal "${*:2}" "$got" "$want"
	}
	check '.state == "LISTEN"' state=LISTEN
	check '.state == "LISTEN"' state=listen
	check '.type == "dgram" or .type == "seqpacket"' type=dgram,seqpacket
	check '.type != "stream"' type!=stream
	check '.alloc_bytes > 4096' 'alloc>4K'
	check '.alloc_bytes >= 768 and .alloc_bytes < 20000' 'alloc>=768' 'alloc_bytes<20000'
	check '.use_pct > 2.5' 'use>2.5%'
	check '(.queue_pct // -1) > 20' 'queue>20%'
	check '(.queue_depth // -1) > 2' 'queue>2'
	check '.name != null and (.name | endswith("views"))' 'name=*views'
	check '.flags | index("peer-gone") != null' peer-gone
	check '.flags | index("stalled") != null' stalled full
	check '(.flags | length == 0) and .alloc_bytes > 0' '!stalled' '!embryo' 'alloc>0'
	check ".comm == \"python3\" and .pid == $PID" comm=pyth* "pid=$PID"
	check ".peer_comm == \"python3\"" peer=python3
	check ".peer_inode == $FULL" "peer=$FULL"
	check ".inode == $FULL" "inode=$FULL"
	check '.uid == 0' uid=0
	check '.shutdown | index("send") != null' shutdown=send
	check '(.unread_bytes // -1) >= 100' 'unread>=100'
}

# bats test_tags=root
@test "a filter that means nothing is a usage error that names it" {
	for bad in 'nosuch=1' 'alloc>many' 'alloc>' stalledd queue 'state=LISTENING' '=' ''; do
		run um "$bad"
		equal "status of '$bad'" "$status" 2
		[[ $output == *"'$bad'"* ]] || fail "$bad is not named"
	done
	run um --fail-if ' '
	equal "an empty condition" "$status" 2
}

# bats test_tags=root
@test "--group sums up what the records say, each way" {
	um --json >all
	check() { # WORD JQ-KEY
		diff <(um --json -g "$1" | jq -c '[.group, .sockets, .alloc_bytes, .held_bytes, .unread_bytes, .stalled]' | sort) \
			<(jq -cs "group_by($2)[] | [(first | $2), length, (map(.alloc_bytes) | add),
				(map(.held_bytes // 0) | add), (map(.unread_bytes // 0) | add),
				(map(select(.flags | index(\"stalled\"))) | length)]" all | sort)
	}
	check process .owner
	check comm .comm
	check uid '(.uid // "(not accepted)" | tostring)'
	check name '(.name // "(no name)")'
	check netns '(.netns | tostring)'
	check peer '(.peer // "(no peer)")'
	equal "sorted" "$(um --json -g name --sort -alloc_bytes -n 1 | jq .alloc_bytes)" \
		"$(um --json -g name | jq -s 'map(.alloc_bytes) | max')"
}

# bats test_tags=root
@test "a bare call prints totals and the sockets that hold most; JSON prints all" {
	um >bare
	um --json >all
	local total holding n
	holding=$(jq -s 'map(select(.alloc_bytes > 0)) | length' all)
	n=$(wc -l <all)
	head -n 1 bare | grep -q "^Total .* in $holding of $n sockets, 1 stalled, 1 full, 4 not accepted"
	sed -n 2p bare | grep -q '^ *MEM  *USE%  *UNREAD  *QUEUE  *STATE  *TYPE  *OWNER  *PEER  *NAME'
	equal lines "$(wc -l <bare)" 22
	equal first "$(um --no-headings -o inode | head -n 1 | xargs)" "$FULL"
	equal "in order" "$(um --json --sort -alloc_bytes -n 20 | jq .alloc_bytes | sort -rn)" \
		"$(jq .alloc_bytes all | sort -rn | head -n 20)"
	equal "all with -o" "$(um -o inode --no-headings | wc -l)" "$n"
}

# bats test_tags=root
@test "--sort orders by any column, absent values last, in both directions" {
	local c
	for c in alloc_bytes name use_pct queue_depth overhead peer_inode type pid cookie vfs_dev; do
		um --json --sort "$c" -o "$c" | jq -es "map(.$c | values) | . == sort" >/dev/null || [ "$c" = cookie ] || [ "$c" = type ] || fail "$c"
		um --json --sort "-$c" -o "$c" | jq -s "map(.$c)" >down
		jq -e '(map(values) | length) as $n | .[:$n] | all(. != null)' down >/dev/null || fail "absent of -$c"
	done
	equal "text sorts alike" "$(um --sort name -o name --no-headings | sed 's/^-$//')" \
		"$(um --json --sort name -o name | jq -r '.name // ""')"
}

# bats test_tags=root
@test "--fail-if exits with 4 when a socket meets all of it, and prints as ever" {
	run um --json --fail-if 'use>25% stalled'
	equal status "$status" 4
	equal lines "${#lines[@]}" "$(um --json | wc -l)"
	run um --fail-if 'use>25% !stalled' -o inode
	equal "not all of it" "$status" 0
	run um --fail-if 'alloc>1G' --fail-if "inode=$FULL" -o inode
	equal "one of several" "$status" 4
	run um --fail-if stalled type=dgram -o inode
	equal "of the chosen ones only" "$status" 0
	run um --fail-if stalled --owners none --json
	equal "streaming" "$status" 4
	run um --fail-if 'alloc>100K' -g comm
	equal "grouping" "$status" 4
	run um --fail-if 'alloc>100K' --prometheus
	equal "metrics" "$status" 4
}

# bats test_tags=root
@test "--watch prints numbered samples with the change since the last, until SIGINT" {
	um --watch 0.3 -o inode,alloc_bytes,change_bytes,time,sample "inode=$FULL" >out &
	local watcher=$!
	wait_for test -s out
	local full
	full=$(head -n 1 out | jq .alloc_bytes)
	echo read >&"${PEER[1]}"
	wait_for grep -q '"alloc_bytes":0' out
	wait_for grep -q '"sample":4' out
	pkill -INT -P "$watcher" udiag-mem || kill -INT "$watcher"
	local status=0
	wait "$watcher" || status=$?
	equal status "$status" 0
	json_lines out
	equal numbers "$(jq .sample out | xargs)" "$(seq -s ' ' "$(wc -l <out)")"
	equal "first change" "$(head -n 1 out | jq .change_bytes)" null
	equal "sum of changes" "$(jq -s 'map(.change_bytes // 0) | add' out)" "-$full"
	jq -es 'map(.time) | . == sort and (.[0] | test("^20[0-9-]+T[0-9:]+[.][0-9]{6}Z$"))' out
}

# bats test_tags=root
@test "--watch tells the change of a socket that the filter left out before" {
	coproc OTHER { exec nsenter -t "$PID" -n -- python3 -c '
import os, socket, sys
always, x = socket.socketpair(); always.send(b"x" * 5000)
grows, y = socket.socketpair(); grows.send(b"x" * 1000)
print(os.fstat(always.fileno()).st_ino, os.fstat(grows.fileno()).st_ino, flush=True)
sys.stdin.readline(); grows.send(b"x" * 1000); sys.stdin.read()'; }
	local always grows first watcher other=$OTHER_PID # bash forgets it when it has ended
	read -r -t 20 always grows <&"${OTHER[0]}"
	first=$(um "inode=$grows" -o alloc_bytes --json | jq .alloc_bytes)
	um -w 0.2 -o inode,alloc_bytes,change_bytes "inode=$always,$grows" "alloc>$first" >out &
	watcher=$!
	wait_for grep -q "$always" out
	echo send >&"${OTHER[1]}"
	wait_for grep -q "\"inode\":$grows" out
	pkill -INT -P "$watcher" udiag-mem || kill -INT "$watcher"
	wait "$watcher"
	equal change "$(jq -c "select(.inode == $grows) | [.alloc_bytes, .change_bytes]" out | head -n 1)" "[$((2 * first)),$first]"
	eval "exec ${OTHER[1]}>&-"
	wait "$other"
}

# bats test_tags=root
@test "--watch on a terminal draws in place and fits it" {
	TERM=xterm timeout -s INT 5 script -qec "stty rows 10 cols 60; exec nsenter -t $PID -n -- $BIN/udiag-mem -q -w 0.2" /dev/null </dev/null >out || true
	[ "$(grep -c $'\e\[H\e\[2J' out)" -ge 3 ]
	awk -v RS=$'\e\\[H\e\\[2J' 'NR > 1 && gsub("\n", "") > 10 { exit 1 }' out
	grep -q CHANGE out
}

# bats test_tags=root
@test "--summary ends with the totals, and whether all is there" {
	um --json --summary >out
	equal complete "$(tail -n 1 out | jq -c '[.complete, .missing_peers, .owner_source]')" '[true,0,"bpf"]'
	equal sums "$(tail -n 1 out | jq -c '[.sockets, .alloc_bytes, .stalled, .peer_gone]')" \
		"$(head -n -1 out | jq -cs '[length, (map(.alloc_bytes) | add), (map(select(.flags | index("stalled"))) | length), (map(select(.flags | index("peer-gone"))) | length)]')"
	um --summary -o inode | grep -q '^complete: yes'
}

# bats test_tags=root
@test "metrics are by comm and by listener's name, never by inode, and hold the sums" {
	um --prometheus >out
	! grep -qE 'inode|pid=' out || fail "labels that change"
	grep -vE '^(# (HELP|TYPE) udiag_mem_[a-z_]+ .+|udiag_mem_[a-z_]+(\{(comm|name)="([^"\\]|\\.)*"\})? [0-9.]+)$' out && fail "not the format"
	equal "samples once" "$(grep -v '^#' out | sed 's/ [^ ]*$//' | sort | uniq -d)" ""
	equal "families once" "$(grep '^# TYPE' out | sort | uniq -d)" ""
	equal sum "$(sed -n 's/^udiag_mem_comm_alloc_bytes{comm="python3"} //p' out)" \
		"$(um --json comm=python3 | jq -s 'map(.alloc_bytes) | add')"
	grep -qF 'udiag_mem_listener_queue_depth{name="\\x00views"} 4' out
	grep -qF 'udiag_mem_listener_queue_limit{name="\\x00views"} 9' out
	grep -q 'udiag_mem_listener_sockets{name="\\\\x00views-dgram"} 1' out
}

# bats test_tags=root
@test "without owners JSON is printed while the dump goes on" {
	local trace
	um --owners none --json >all
	[ "$(wc -c <all)" -gt 100000 ]
	traced -o trace -e trace=recvmsg,write -s 20 nsenter -t "$PID" -n -- "$BIN/udiag-mem" --owners none --json >/dev/null
	trace=$(awk '/^write\(1/ { w = NR } /^recvmsg/ { r = NR } w && r > w { found = 1 } END { print found }' trace)
	equal "a write before the last recvmsg" "$trace" 1
	diff <(jq -c '[.inode, .cookie, .alloc_bytes, .peer_inode, .flags]' all | sort) \
		<(um --json '!embryo' | jq -c '[.inode, .cookie, .alloc_bytes, .peer_inode, .flags]' | sort)
}
