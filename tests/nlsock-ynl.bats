#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What nlsock tells by the kernel's own specs and by ours, against what the kernel's ynl
# tells: specs and ynl of Linux 6.12, from the package of its sources.

bats_require_minimum_version 1.5.0
load lib

unset NLSOCK_SPECS

setup_file() {
	kernel_unpack
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	kernel_needed
}

families() {
	basename -s .yaml "$KERNEL"/Documentation/netlink/specs/*.yaml
}

# in_lab SCRIPT: in a network that has something of everything.
in_lab() {
	KERNEL=$KERNEL OURS=$O/share/sockutils/specs HELPER=$TESTS/helper unshare -Urn -- bash -ec '
ip link set lo up
ip link add br0 type bridge
ip link add v0 type veth peer name v1
ip link add v2 type veth peer name v3 numtxqueues 2 numrxqueues 2
ip link add ifb0 type ifb
ip link set v0 master br0
for i in br0 v0 v1 v2 v3; do ip link set $i up; done
ip addr add 10.1.1.1/24 dev v1 label v1:a
ip addr add 10.1.2.1 peer 10.1.2.2/32 dev v1
ip addr add fd00::1/64 dev v1 nodad
ip route add 10.9.0.0/16 via 10.1.1.7 mtu 1400 advmss 1300
ip route add 10.8.0.0/16 nexthop via 10.1.1.7 weight 2 nexthop via 10.1.1.8
ip route add fd01::/64 via fd00::7 metric 77
ip route add blackhole 10.7.0.0/16 table 7
ip mptcp endpoint add 10.1.1.1 dev v1 subflow
tc qdisc add dev v1 root handle 1: htb default 1
tc class add dev v1 parent 1: classid 1:1 htb rate 1mbit ceil 2mbit
tc qdisc add dev v1 parent 1:1 handle 2: tbf rate 1mbit burst 10k latency 10ms
tc qdisc add dev v2 clsact
tc filter add dev v1 parent 1: protocol ip prio 7 u32 match ip dst 1.2.3.4 classid 1:1
nft "table inet t { counter k { }; set s { type ipv4_addr; elements = { 10.0.0.1 }; }
chain c { type filter hook input priority 5; tcp dport 22 counter accept; }; }"
i=$(ip -j link show v1 | jq ".[0].ifindex") j=$(ip -j link show v3 | jq ".[0].ifindex")
'"$1"
}

# same FILE: each family that is in this kernel is the same three ways.
same() {
	! grep -qvE '^[a-z_]+: (not in this kernel|[0-9]+ the same, [0-9]+ with our spec too)$' "$1" ||
		fail "$(head -c 3000 "$1")"
}

@test "what each family dumps is the same by the kernel's spec, by ours and by ynl" {
	in_lab 'python3 "$HELPER/nlsock-ynl.py" "$KERNEL" "$OURS" '"$(families | xargs)"' \
		nftables:dump:get{table,chain,rule,set,obj} "tc:dump:gettfilter:{\"ifindex\": $i, \"parent\": 65536}"' >out 2>err || true
	same out
	equal families "$(wc -l <out)" $(($(families | wc -l) + 6))
	equal "dumps, with our specs too" \
		"$(awk '/the same/ { n += $2; ours += $5 } END { print (n > 40), (ours > 38) }' out)" "1 1"
}

@test "what is got one by one, and why not, is the same by the kernel's spec, by ours and by ynl" {
	in_lab 'ethtool=()
		for o in linkinfo linkmodes linkstate features channels strset tsinfo module rings coalesce debug wol privflags eee pause fec rss; do
			ethtool+=("ethtool:do:$o-get:{\"header\": {\"dev-name\": \"v3\"}}")
		done
		python3 "$HELPER/nlsock-ynl.py" "$KERNEL" "$OURS" "${ethtool[@]}" \
		"rt_link:do:getlink:{\"ifname\": \"v1\"}" "rt_link:do:getlink:{\"ifi-index\": $i}" \
		"rt_link:do:getlink:{\"ifname\": \"none\"}" \
		"rt_route:do:getroute:{\"rtm-family\": 2, \"rtm-dst-len\": 32, \"rta-dst\": \"0a090001\"}" \
		"nlctrl:do:getfamily:{\"family-name\": \"ethtool\"}" \
		"nlctrl:do:getfamily:{\"family-name\": \"none\"}" \
		"nlctrl:dump:getpolicy:{\"family-name\": \"ethtool\"}" \
		"netdev:do:dev-get:{\"ifindex\": $i}" \
		"netdev:do:queue-get:{\"ifindex\": $j, \"type\": \"rx\", \"id\": 1}" \
		mptcp_pm:do:get-limits "mptcp_pm:do:get-addr:{\"addr\": {\"id\": 1}}" \
		"nftables:do:gettable:{\"nfgen-family\": 1, \"name\": \"t\"}" nftables:do:getgen \
		"nftables:do:getset:{\"nfgen-family\": 1, \"table\": \"t\", \"name\": \"none\"}" \
		"tc:do:getqdisc:{\"ifindex\": $i, \"parent\": 4294967295}"' >out 2>err || true
	same out
	equal gets "$(wc -l <out)" 32
}

@test "where the kernel's specs are wrong, ours say what /proc says" {
	in_lab 'echo >/dev/udp/::1/9 # which is not there: ICMP says so
		nlsock do rt-link getlink ifname=lo -j >link
		for f in /proc/sys/net/ipv6/conf/lo/*; do [ -d $f ] || echo "$(basename $f | tr _ -) $(cat $f)"; done >conf 2>/dev/null
		cat /proc/net/dev_snmp6/lo >snmp'
	for k in rpl-seg-enabled ra-defrtr-metric ioam6-enabled ioam6-id ioam6-id-wide \
		ndisc-evict-nocarrier accept-untracked-na accept-ra-min-lft; do
		equal $k "$(jq ".\"af-spec\".inet6.conf.\"$k\"" link)" "$(awk -v k=$k '$1 == k { print $2 }' conf)"
	done
	equal ICMP "$(jq -c '."af-spec".inet6."icmp6-stats" | [.inmsgs, .outmsgs, .inerrors]' link)" \
		"$(awk '{ v[$1] = $2 } END { print "[" v["Icmp6InMsgs"] "," v["Icmp6OutMsgs"] "," v["Icmp6InErrors"] "]" }' snmp)"
}

@test "messages with all that the kernel's specs have, of families that are not here too, read as by ynl" {
	python3 "$TESTS/helper/nlsock-ynl-made.py" "$KERNEL" $(families) >out || true
	! grep -v ': same, ' out || fail "$(head -c 3000 out)"
	equal families "$(wc -l <out)" "$(families | wc -l)"
	equal messages "$(awk '{ n += $3 } END { print (n > 1000) }' out)" 1
}
