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

# settled FILE...: until nothing was added to them for half a second.
settled() {
	local i was now calm=0
	for ((i = 0; i < 400 && calm < 10; i++)); do
		now=$(cat "$@" | wc -c)
		[ "$now" = "${was-}" ] && calm=$((calm + 1)) || calm=0
		was=$now
		sleep 0.05
	done
}

# same_state LISTENED TARGET...: what listening left behind is what a fresh dump has.
same_state() {
	local out=$1 target
	shift
	for target; do nlsock dump "$target" -j; done | python3 "$HERE/nlsock-state.py" >"$out.fresh"
	python3 "$HERE/nlsock-state.py" <"$out" >"$out.state"
	diff "$out.state" "$out.fresh"
}

@test "after a storm of link and route changes the state from events is that of a fresh dump" {
	export -f settled same_state
	apart 'ip link set lo up
		echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6
		python3 "$HERE/nlsock-storm.py" 7 1200 | split -l 40 - changes.
		all="rt-link rt-addr rt-route rt-rule rt-nexthop"
		nlsock listen $all --with-dump -j --timeout 60s >out.all & pids=$!
		for one in $all; do
			nlsock listen $one --with-dump -j --rcvbuf 8K --timeout 60s >out.$one & pids+=" $!"
		done
		for one in $all; do started out.$one; done
		started out.all
		for part in changes.*; do ip -force -batch $part >/dev/null 2>&1 || :; done
		settled out.*
		for one in $all; do same_state out.$one $one; done
		same_state out.all $all
		kill $pids
		[ $(wc -l <out.all.fresh) -gt 60 ]'
}

# wait_until PATTERN: until it is in out.
wait_until() {
	local i
	for ((i = 0; i < 500; i++)); do
		grep -q "$1" out && return 0
		sleep 0.02
	done
	return 1
}

@test "what goes with a link, without an event of its own, is looked at anew and is no loss" {
	export -f settled same_state wait_until
	apart 'ip link set lo up
		ip link add v0 type veth peer name v1
		ip link set v0 up; ip link set v1 up
		ip addr add 10.0.0.1/24 dev v0
		nlsock listen rt-route rt-nexthop rt-rule --with-dump -j --timeout 60s >out & pid=$!
		started out
		wait_until "rt-rule.*snapshot-end"
		ip nexthop add id 5 dev v0
		ip route add 10.5.0.0/16 via 10.0.0.2
		ip route add 10.6.0.0/16 nhid 5
		ip rule add pref 77 iif v0 table 9
		wait_until newrule-ntf
		ip link del v0
		for one in rt-route rt-nexthop rt-rule; do wait_until "$one.*resync-end"; done
		settled out
		same_state out rt-route rt-nexthop rt-rule
		! grep 10.5.0.0 out.fresh
		kill $pid
		wait $pid'
	equal overruns "$(grep -c overrun "$BATS_TEST_TMPDIR/out")" 0
}

@test "the queueing discipline that a link has when it was given none is looked at anew" {
	export -f wait_until
	apart 'ip link add v0 type veth peer name v1
		ip link set v0 up
		tc qdisc add dev v0 root handle 7: htb
		nlsock listen tc --with-dump -j --timeout 60s >out & pid=$!
		wait_until snapshot-end
		tc qdisc del dev v0 root
		wait_until resync-end
		kill $pid
		wait $pid'
	equal kinds "$(jq -r 'select(.kind) | [.nlsock.op, .kind, .nlsock.event // ""] | join(" ")' \
		"$BATS_TEST_TMPDIR/out" | sed -n '/^delqdisc/,$p' | sort -u | xargs)" \
		"delqdisc-ntf htb getqdisc noqueue resync"
}

@test "ports, the name of a qdisc and rules that go to others are looked at anew" {
	export -f wait_until
	apart 'ip link add br0 type bridge
		ip link add v0 type veth peer name v1; ip link add v2 type veth peer name v3
		ip link set v0 master br0
		ip rule add pref 10 goto 20
		nlsock listen rt-link rt-rule --with-dump -j --timeout 60s >out & pid=$!
		wait_until "rt-rule.*snapshot-end"
		ip link set v2 master br0
		tc qdisc add dev v1 root pfifo
		ip rule add pref 20 nop
		last() { jq -s "map(select(.$1 == $2)) | last | .$3 == $4" out; }
		for ((i = 0; i < 500; i++)); do
			[ "$(last ifname \"v0\" promiscuity 1)$(last ifname \"v1\" qdisc \"pfifo\")$(last priority 10 flags 0)" = truetruetrue ] && break
			sleep 0.02
		done
		[ $i -lt 500 ]
		ip -d -j link show v0 | jq -e ".[].promiscuity == 1"
		ip -j rule | jq -e "map(select(.priority == 10)) | .[0].unresolved == null"
		kill $pid
		wait $pid'
}

@test "of a pair of links both are known to be one, though the first event can't know it" {
	apart 'nlsock listen rt-link --with-dump -j --timeout 30s --until nlsock.event=resync >out & pid=$!
		started out
		ip link add v0 type veth peer name v1
		wait $pid
		ip -j link show v1 | jq .[].ifindex >v1'
	cd "$BATS_TEST_TMPDIR"
	equal begins "$(grep -c resync-begin out)" 0
	jq -e --argjson other "$(jq -s 'map(select(.ifname == "v0")) | last["ifi-index"]' out)" -s \
		'map(select(.ifname == "v1")) | last.link == $other' out
}

@test "a snapshot has what events tell of, once, and resets nothing" {
	unshare -Urn nlsock listen conntrack nftables --with-dump --nonblock -j \
		--pcap "$BATS_TEST_TMPDIR/pcap" >"$BATS_TEST_TMPDIR/out"
	nlsock decode -j "$BATS_TEST_TMPDIR/pcap" | jq -r 'select(.nlsock.flags | contains(["REQUEST"])).nlsock.op' \
		>"$BATS_TEST_TMPDIR/asked"
	grep -qx getrule "$BATS_TEST_TMPDIR/asked"
	equal twice "$(sort "$BATS_TEST_TMPDIR/asked" | uniq -d | xargs)" ""
	! grep -e reset -e zero -e stats "$BATS_TEST_TMPDIR/asked"
}

@test "forwarding databases, whose events are those of neighbours, are in their snapshot" {
	apart 'ip link add br0 type bridge
		ip link add v0 type veth peer name v1; ip link set v0 master br0
		bridge fdb add 02:11:00:00:00:01 dev v0 master static
		ip neigh add 10.0.0.7 lladdr 02:22:00:00:00:02 dev v1
		nlsock listen rt-neigh --with-dump --nonblock -j |
			jq -r "select(.nlsock.event == \"snapshot\").lladdr" | sort >heard
		{ bridge -j fdb | jq -r ".[].mac"; ip -j neigh | jq -r ".[].lladdr"; } | sort >there'
	diff "$BATS_TEST_TMPDIR/heard" "$BATS_TEST_TMPDIR/there"
	grep -qx 02:11:00:00:00:01 "$BATS_TEST_TMPDIR/heard"
	grep -qx 02:22:00:00:00:02 "$BATS_TEST_TMPDIR/heard"
}

@test "what the kernel dumps by parts, elements of sets and classes, is in a snapshot" {
	apart 'ip link add v0 type veth peer name v1; ip link set v0 up
		tc qdisc add dev v0 root handle 1: htb
		tc class add dev v0 parent 1: classid 1:1 htb rate 1mbit
		nft -f - <<-END
			table inet t {
				set a { type ipv4_addr; elements = { 10.0.0.1 }; }
				set b { type inet_service; elements = { 80, 22 }; }
				set none { type mark; }
			}
		END
		nlsock listen nftables tc --with-dump --nonblock -j >out'
	cd "$BATS_TEST_TMPDIR"
	equal elements "$(jq -r 'select(.nlsock.op == "getsetelem") | .set as $s | .elements.elem[]? | "\($s) \(.key.value)"' out |
		sort | xargs)" "a 0a000001 b 0016 b 0050"
	equal classes "$(jq -c 'select(.nlsock.op == "gettclass") | [.kind, .handle, .nlsock.event]' out)" '["htb",65537,"snapshot"]'
	sed 's/each: getset/each: getsat/' "$O/share/sockutils/specs/nftables.yaml" >x.yaml
	run nlsock describe x --spec x.yaml
	equal status "$status" 1
	[[ $output == *"line "*"getsat: there is no such operation" ]] || fail
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
@test "a datagram above 4 MiB is said to be lost, and what follows is heard" {
	unshare -n bash -ec 'cd "$1"
		nlsock listen usersock --group 5 --bind 4242 --rcvbuf 256M -j --timeout 30s --count 1 >out & pid=$!
		for ((i = 0; i < 500; i++)); do grep -q " 4242 " /proc/net/netlink && break; sleep 0.02; done
		python3 -c "
import socket, struct
s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 2)
s.setsockopt(socket.SOL_SOCKET, 32, 64 << 20)  # SO_SNDBUFFORCE
def message(n): return struct.pack(\"IHHII\", n, 77, 0, 9, 1) + bytes(n - 16)
s.sendto(message(5 << 20), (4242, 0))
s.sendto(message(3 << 20), (4242, 0))
"
		wait $pid && echo 0 >status || echo $? >status' - "$BATS_TEST_TMPDIR"
	cd "$BATS_TEST_TMPDIR"
	equal status "$(cat status)" 3
	equal events "$(jq -c '[.nlsock.event, .nlsock.lost, .nlsock.type]' out | xargs)" "[truncated,1,null] [null,null,77]"
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

@test "a reader that went away ends listening quietly, without an event to come" {
	apart 'ip link set lo up
		{ timeout 20 nlsock listen rt-route --with-dump -j 2>err; echo $? >status; } | head -n 1 >first
		[ -s first ] && [ ! -s err ]
		[ "$(cat status)" != 124 ]
		timeout 20 nlsock listen rt-route --timeout 50ms >&-'
}

@test "--join and --drop change which groups are joined, --verbose says what the kernel has" {
	groups() {
		unshare -Urn nlsock listen --nonblock -v "$@" 2>&1 >/dev/null | sed 's/.*groups:* *//'
	}
	equal alone "$(groups rt-link)" 1
	equal join "$(groups rt-link --join neigh,1)" "1 3"
	equal drop "$(groups rt-link --group link,neigh,tc --drop NEIGH)" "1 4"
	equal none "$(groups rt-link --drop link)" none
	# Specs of kernels lack the groups: then those of what they speak of.
	for spec in rt-route:"7 11 27" rt-neigh:3 nftables:7 conntrack:"1 2 3 4 5 6"; do
		sed '/^mcast-groups/,$d; /mcgrp/d' "$O/share/sockutils/specs/${spec%:*}.yaml" >"$BATS_TEST_TMPDIR/x.yaml"
		equal "groups of $spec" "$(groups x --spec "$BATS_TEST_TMPDIR/x.yaml")" "${spec#*:}"
	done
	cp "$BIN/nlsock" "$BATS_TEST_TMPDIR/nlsock"
	equal "without specs" "$(PATH=$BATS_TEST_TMPDIR:$PATH groups 0 --drop link | wc -w)" 26
	run nlsock listen rt-link --drop nope --nonblock
	equal status "$status" 2
}

@test "each option of the socket is set as it was asked for, and else as the manual says" {
	# The last that each option of the socket with the most of them was set to.
	set_to() {
		traced -e trace=setsockopt -o "$BATS_TEST_TMPDIR/st" unshare -Urn nlsock "$@" >/dev/null
		grep -oE 'NETLINK_[A-Z_]+, \[[0-9]+\]|SO_RCVBUF(FORCE)?, \[[0-9]+\]' "$BATS_TEST_TMPDIR/st" |
			sed -E 's/^(NETLINK_|SO_)//; s/, \[/=/; s/\]//' | awk -F= '{ v[$1] = $2 } END { for (k in v) print k "=" v[k] }' |
			grep -v MEMBERSHIP | sort | xargs
	}
	local do=(do rt-link getlink ifi-index=1) listen=(listen rt-link --nonblock)
	equal default "$(set_to "${do[@]}" | sed 's/RCVBUF=[0-9]* //')" "CAP_ACK=1 EXT_ACK=1 GET_STRICT_CHK=1 RCVBUFFORCE=4194304"
	equal same "$(set_to "${do[@]}" --cap-ack --ext-ack --strict)" "$(set_to "${do[@]}")"
	equal none "$(set_to "${do[@]}" --no-cap-ack --no-ext-ack --no-strict --rcvbuf 64K | sed 's/RCVBUF=[0-9]* //')" \
		"CAP_ACK=0 EXT_ACK=0 GET_STRICT_CHK=0 RCVBUFFORCE=65536"
	equal listen "$(set_to "${listen[@]}" | grep -o 'PKTINFO=.')" PKTINFO=1
	equal pktinfo "$(set_to "${listen[@]}" --no-pktinfo | grep -o 'PKTINFO=.')" ""
	equal more "$(set_to "${listen[@]}" --no-enobufs --broadcast-error | grep -oE '(BROADCAST_ERROR|NO_ENOBUFS)=.' | xargs)" \
		"BROADCAST_ERROR=1 NO_ENOBUFS=1"
	run nlsock dump rt-link --create
	equal "create of a dump" "$status" 2
}

@test "a target without groups is said to have none, and what is no namespace to be none" {
	run unshare -Urn nlsock listen tcp_metrics --nonblock
	equal status "$status" 0
	[[ $output == "nlsock: tcp_metrics: no group of it is known"* ]] || fail
	run unshare -Urn nlsock listen rt-link --nonblock --netns /etc/passwd
	equal status "$status" 1
	equal words "$output" "nlsock: network namespace /etc/passwd: Invalid argument (EINVAL): it is none"
}

@test "--nonblock takes what is there, waits for nothing, and ends with 0" {
	unshare -Urn nlsock listen rt-link --with-dump --nonblock -j >"$BATS_TEST_TMPDIR/out"
	equal events "$(jq -r .nlsock.event "$BATS_TEST_TMPDIR/out" | xargs)" "snapshot-begin snapshot snapshot-end"
	equal dump "$(unshare -Urn nlsock dump rt-link --nonblock -j | jq -r .ifname)" lo
}
