#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# nlsock --pcap: what is recorded is what was said, and tshark knows it by name.

bats_require_minimum_version 1.5.0
load lib

unset NLSOCK_SPECS

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

# shark FILE FIELD: the field of each packet, by tshark.
shark() {
	tshark -r "$1" -T fields -e "$2" 2>/dev/null
}

@test "a dump is recorded in both directions, and tshark names its messages" {
	unshare -Urn nlsock dump rt-link -j --pcap c >out
	equal family "$(shark c netlink.family | sort -u | xargs)" "0x0000"
	equal types "$(tshark -r c -V 2>/dev/null | sed -n 's/^ *Message type: \(.*\) (.*/\1/p' | sort -u | paste -sd,)" \
		"Create network interface,End of a dump,Get network interface info"
	equal direction "$(od -An -tu1 -j 41 -N 1 c | xargs)" 4
	equal decoded "$(nlsock decode c -j | jq -r 'select(.nlsock.op == "getlink" and .ifname).ifname' | xargs)" lo
	equal same "$(nlsock decode c -j | jq -c 'select(.ifname) | del(.nlsock)')" "$(jq -c 'del(.nlsock)' out)"
}

@test "generic families are in the record, so that tshark knows whose messages they are" {
	id=$(nlsock list -j | jq 'select(.name == "ethtool").id')
	unshare -Urn nlsock dump ethtool linkinfo-get --pcap c >out 2>&1 || : # whatever it says
	tshark -r c -V 2>/dev/null | grep -q "Family ID: $(printf 0x%02x "$id") (ethtool)" || fail
	nlsock do nlctrl getfamily family-name=nlctrl --pcap d -j >out
	equal names "$(nlsock decode d -j | tail -n 2 | jq -r 'select(.["mcast-groups"])."family-name"')" nlctrl
}

@test "events are recorded as they come, and send what it sent" {
	unshare -Urn bash -ec 'nlsock listen rt-link --with-dump -j --pcap c --until nlsock.op=dellink-ntf --timeout 30s >out & pid=$!
		for ((i = 0; i < 500; i++)); do [ -s out ] && break; sleep 0.02; done
		ip link add v0 type veth peer name v1
		ip link del v0
		wait $pid'
	nlsock decode c -j | jq -r .ifname >names
	grep -qx v1 names
	echo 1400000012000103fdfe385c0000000000000000 | unshare -Urn nlsock send route --pcap s -o name >out
	equal "first of three" "$(nlsock decode s -j --raw | head -n 1 | jq -r .nlsock.raw)" \
		1400000012000103fdfe385c0000000000000000
	equal packets "$(shark s frame.number | tail -n 1)" 3
}

@test "a file that can't be written is an error, nothing is sent" {
	run nlsock dump rt-link --pcap /nowhere/x
	equal status "$status" 1
	[[ $output == "nlsock: /nowhere/x: No such file or directory (ENOENT)"* ]] || fail
	run nlsock dump rt-link --pcap /dev/full
	equal status "$status" 1
	[[ $output == *"ENOSPC"* ]] || fail
}

@test "a signal amid a long dump leaves whole records, a full disk too, and a pipe takes all" {
	unshare -Urn bash -ec 'ip link set lo up
		for i in {1..1500}; do echo "route add 10.1.$((i / 250)).$((i % 250)) dev lo"; done | ip -batch -
		for n in 1 2 3 4; do
			nlsock dump rt-route -j --pcap "c$n" >out & pid=$!
			while [ ! -s "c$n" ]; do kill -0 $pid 2>/dev/null || break; done
			kill -INT $pid 2>/dev/null || kill -TERM $pid 2>/dev/null || :
			wait $pid || :
		done
		nlsock dump rt-route -j --pcap whole >out
		mkfifo fifo
		cat fifo >piped & cat=$!
		nlsock dump rt-route -j --pcap fifo >out
		wait $cat'
	for n in 1 2 3 4; do
		[ ! -s "c$n" ] || nlsock decode "c$n" >out || fail "c$n"
	done
	equal "sizes" "$(stat -c %s piped)" "$(stat -c %s whole)"
	nlsock decode piped >out
	rc=0
	unshare -Ur bash -c 'ulimit -f 20; trap "" XFSZ; unshare -n bash -c "ip link set lo up
		for i in {1..1500}; do echo \"route add 10.1.\$((i / 250)).\$((i % 250)) dev lo\"; done | ip -batch -
		nlsock dump rt-route -j --pcap full | cat >/dev/null; exit \${PIPESTATUS[0]}"' 2>err || rc=$?
	equal status "$rc" 1
	[[ $(<err) == *EFBIG* ]] || fail "$(<err)"
	nlsock decode full >out
}
