#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# nlsock listen: events by names, loss that is counted, and a state that is right after it.

bats_require_minimum_version 1.5.0
load lib

unset NLSOCK_SPECS
export HERE=$TESTS/helper

# apart SCRIPT: in a user and network namespace of its own, in a directory for the test.
apart() {
	cd "$BATS_TEST_TMPDIR" || return
	export -f started bulk
	unshare -Urn -- bash -ec "$1"
}

# started FILE: nlsock listens, and its first line is there.
started() {
	local i
	for ((i = 0; i < 500; i++)); do
		[ -s "$1" ] && return 0
		sleep 0.02
	done
	return 1
}

# bulk add|del N [VIA]: so many routes, as fast as ip does it.
bulk() {
	awk -v n="$2" -v what="$1" 'BEGIN { for (i = 0; i < n; i++)
		printf "route %s 10.%d.%d.%d/32 dev lo\n", what, i / 65536, i / 256 % 256, i % 256 }' |
		ip -batch -
}

@test "a link's making and removal are heard with names, group and time" {
	apart 'nlsock listen rt-link --with-dump -j --until nlsock.op=dellink-ntf --timeout 30s >out & pid=$!
		started out
		ip link add v0 type veth peer name v1
		ip link del v0
		wait $pid || exit 1'
	cd "$BATS_TEST_TMPDIR"
	equal first "$(head -n 3 out | jq -r '.nlsock.event' | xargs)" "snapshot-begin snapshot snapshot-end"
	jq -c 'select(.nlsock.event == null) | [.ifname, .nlsock.op, .nlsock.group]' out >events
	equal made "$(head -n 2 events | sort | xargs)" '[v0,newlink-ntf,1] [v1,newlink-ntf,1]'
	tail -n +3 events | grep -q '"dellink-ntf",1'
	jq -es 'all(.nlsock.time | test("^20..-..-..T..:..:..\\.[0-9]{6}Z$"))' out
}

@test "routes and addresses are heard together, by their groups' names" {
	apart 'ip link set lo up
		nlsock listen rt-route rt-addr --group ipv4-route,RTNLGRP_IPV4_IFADDR --with-dump -j \
			--until rta-dst=10.5.0.0 --timeout 30s >out & pid=$!
		started out; sleep 0.2
		ip addr add 10.5.5.5/32 dev lo
		for ((i = 0; i < 500; i++)); do grep -q newaddr-ntf out && break; sleep 0.02; done
		ip route add 10.5.0.0/16 dev lo
		wait $pid'
	jq -c 'select(.nlsock.event == null) | [.nlsock.op, .["ifa-local"] // .["rta-dst"], .nlsock.group]' \
		"$BATS_TEST_TMPDIR/out" >"$BATS_TEST_TMPDIR/events"
	grep -qx '\["newaddr-ntf","10.5.5.5",5\]' "$BATS_TEST_TMPDIR/events"
	grep -qx '\["newroute-ntf","10.5.0.0",7\]' "$BATS_TEST_TMPDIR/events"
}

@test "listen ends with 0 on SIGTERM and SIGINT, its last line whole" {
	for signal in TERM INT; do
		apart 'rm -f out; nlsock listen rt-link --with-dump -j >out & pid=$!
			started out
			kill -'$signal' $pid
			wait $pid || exit 1'
		equal "objects after $signal" "$(jq -s length "$BATS_TEST_TMPDIR/out")" \
			"$(wc -l <"$BATS_TEST_TMPDIR/out")"
	done
}

@test "--timeout ends with 0, with --until that was not met with 1, --count after so many" {
	run apart 'nlsock listen rt-link --timeout 50ms'
	equal status "$status" 0
	run apart 'nlsock listen rt-link --timeout 50ms --until ifname=nobody'
	equal status "$status" 1
	[[ $output == *"ifname=nobody did not come in time" ]] || fail
	run apart 'nlsock listen rt-link --with-dump --until ifname=l[n-p] --timeout 30s -j'
	equal status "$status" 0
}

@test "unknown groups and targets are usage errors, missing ones failures" {
	run nlsock listen rt-link --group no-such-group
	equal status "$status" 2
	[[ $output == *"unknown group 'no-such-group'"* ]] || fail
	run nlsock listen rt-lonk
	equal status "$status" 2
	run nlsock listen 31
	equal status "$status" 1
}

@test "20,000 route events in a burst: none is lost with the default buffer" {
	apart 'ip link set lo up
		nlsock listen rt-route --with-dump -j --count 20000 --timeout 100s >out & pid=$!
		started out; sleep 0.2
		bulk add 20000
		wait $pid'
	cd "$BATS_TEST_TMPDIR"
	equal overruns "$(grep -c '"overrun"' out)" 0
	equal routes "$(jq -r 'select(.nlsock.event == null)."rta-dst"' out | sort -u | wc -l)" 20000
}

@test "what a small buffer lost is counted as /proc/net/netlink does, and the resync is right" {
	apart 'ip link set lo up
		nlsock listen rt-route --with-dump -j --rcvbuf 4K --timeout 60s --until rta-dst=10.99.0.0 >out & pid=$!
		started out; sleep 0.2
		kill -STOP $pid
		bulk add 3000
		kill -CONT $pid
		for ((i = 0; i < 500; i++)); do grep -q resync-end out && break; sleep 0.02; done
		bulk del 10
		sleep 0.5
		awk "\$9 + 0 > 0 { print \$9 }" /proc/net/netlink >drops
		ip route add 10.99.0.0/16 dev lo
		wait $pid && echo 0 >status || echo $? >status
		nlsock dump rt-route -j | python3 "$HERE/nlsock-state.py" >fresh'
	cd "$BATS_TEST_TMPDIR"
	equal status "$(cat status)" 3
	[ "$(cat drops)" -gt 1000 ] || fail "drops $(cat drops)"
	equal lost "$(jq 'select(.nlsock.event == "overrun").nlsock.lost' out | awk '{ n += $1 } END { print n }')" "$(cat drops)"
	equal order "$(jq -r 'select(.nlsock.type == null).nlsock.event' out | head -n 4 | xargs)" \
		"snapshot-begin snapshot-end overrun resync-begin"
	python3 "$HERE/nlsock-state.py" <out >state
	diff state fresh
	[ "$(wc -l <fresh)" -gt 2990 ]
}

@test "after a storm of link and route changes the state from events is that of a fresh dump" {
	apart 'ip link set lo up
		for buffer in 4M 16K; do
			nlsock listen rt-link rt-route --with-dump -j --rcvbuf $buffer --timeout 60s >out.$buffer & pid=$!
			started out.$buffer
			python3 -c "
import random
r = random.Random(7)
for i in range(1500):
    n = r.randrange(40)
    k = r.randrange(6)
    if k == 0: print(f\"link add name d{n} type bridge\")
    elif k == 1: print(f\"link del d{n}\")
    elif k == 2: print(f\"link set d{n} mtu {1000 + i % 400}\")
    elif k == 3: print(f\"link set d{n} up\")
    elif k == 4: print(f\"route add 10.{n}.0.0/16 dev lo metric {i % 3}\")
    else: print(f\"route del 10.{n}.0.0/16 dev lo metric {i % 3}\")
" >changes
			ip -force -batch changes >/dev/null 2>&1 || :
			sleep 1.5
			{ nlsock dump rt-link -j; nlsock dump rt-route -j; } | python3 "$HERE/nlsock-state.py" >fresh.$buffer
			kill $pid; wait $pid || [ $? = 3 ]
			python3 "$HERE/nlsock-state.py" <out.$buffer >state.$buffer
			diff state.$buffer fresh.$buffer
			[ $(wc -l <fresh.$buffer) -gt 20 ]
			ip -force -batch - <<<"$(ip -j link | jq -r ".[] | select(.ifname != \"lo\") | \"link del \(.ifname)\"")" || :
		done'
}

@test "with --no-enobufs loss is not told by the kernel, and said all the same" {
	apart 'ip link set lo up
		nlsock listen rt-route -j --no-enobufs --with-dump --rcvbuf 4K --timeout 30s --until rta-dst=10.99.0.0 >out & pid=$!
		started out; sleep 0.2
		kill -STOP $pid
		bulk add 2000
		awk "\$9 + 0 > 0 { print \$9 }" /proc/net/netlink >drops
		kill -CONT $pid
		for ((i = 0; i < 500; i++)); do grep -q resync-end out && break; sleep 0.02; done
		ip route add 10.99.0.0/16 dev lo
		wait $pid && echo 0 >status || echo $? >status'
	cd "$BATS_TEST_TMPDIR"
	equal status "$(cat status)" 3
	equal lost "$(jq 'select(.nlsock.event == "overrun").nlsock.lost' out | awk '{ n += $1 } END { print n }')" "$(cat drops)"
}

@test "messages of users are heard, several in a datagram, and what is none is shown as bytes" {
	apart 'nlsock listen usersock --group 5 -j --timeout 30s --count 3 --bind 4242 >out & pid=$!
		for ((i = 0; i < 500; i++)); do grep -q " 4242 " /proc/net/netlink && break; sleep 0.02; done; sleep 0.1
		python3 -c "
import socket, struct
s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 2)
s.bind((0, 0))
m = struct.pack(\"IHHII\", 24, 77, 0, 9, 1) + struct.pack(\"HHI\", 8, 3, 123456)
def send(data):
    try: s.sendto(data, (0, 1 << 4))
    except ConnectionRefusedError: pass # no kernel socket takes it, the group does
send(m + m)
send(b\"bad\")
s.sendto(m, (4242, 0))
"
		wait $pid'
	cd "$BATS_TEST_TMPDIR"
	equal events "$(jq -c '[.nlsock.type, .nlsock.event, .nlsock.group, .nlsock.raw]' out | xargs)" \
		'[77,null,5,null] [77,null,5,null] [null,malformed,5,626164] [77,null,0,null]'
}

# bats test_tags=root
@test "--all-nsid hears another namespace, with its id" {
	unshare -n bash -ec '
		sleep 60 & peer=$!
		unshare -n sleep 60 & other=$!
		for ((i = 0; i < 100; i++)); do
			[ "$(readlink /proc/$other/ns/net)" != "$(readlink /proc/self/ns/net)" ] && break; sleep 0.02
		done
		ip netns set $other 5 2>/dev/null || nlsock do 0 88 "{}" 2>/dev/null || :
		ip link add v0 type veth peer name v1 netns $other
		nlsock listen rt-link --all-nsid -j --until ifname=inside --timeout 20s >'"$BATS_TEST_TMPDIR"'/out & pid=$!
		sleep 0.5
		nsenter -n -t $other ip link add inside type veth peer name inside2
		wait $pid; rc=$?
		kill $peer $other
		exit $rc'
	equal nsid "$(jq 'select(.ifname == "inside").nlsock.nsid != null' "$BATS_TEST_TMPDIR/out")" true
}

@test "a reader that went away ends listening quietly" {
	apart 'ip link set lo up
		{ nlsock listen rt-route --with-dump -j --timeout 60s 2>err; echo $? >status; } | head -n 1 >first & pid=$!
		started first
		sleep 0.2
		ip route add 10.1.0.0/16 dev lo; sleep 0.1; ip route add 10.2.0.0/16 dev lo
		wait $pid
		[ ! -s err ]'
}

@test "--join and --drop change which groups are joined, --verbose says what the kernel has" {
	groups() {
		unshare -Urn nlsock listen --nonblock -v "$@" 2>&1 >/dev/null | sed 's/.*groups:* *//'
	}
	equal alone "$(groups rt-link)" 1
	equal join "$(groups rt-link --join neigh,1)" "1 3"
	equal drop "$(groups rt-link --group link,neigh,tc --drop NEIGH)" "1 4"
	equal none "$(groups rt-link --drop link)" none
	run nlsock listen rt-link --drop nope --nonblock
	equal status "$status" 2
}

@test "--nonblock takes what is there, waits for nothing, and ends with 0" {
	unshare -Urn nlsock listen rt-link --with-dump --nonblock -j >"$BATS_TEST_TMPDIR/out"
	equal events "$(jq -r .nlsock.event "$BATS_TEST_TMPDIR/out" | xargs)" "snapshot-begin snapshot snapshot-end"
	equal dump "$(unshare -Urn nlsock dump rt-link --nonblock -j | jq -r .ifname)" lo
}
