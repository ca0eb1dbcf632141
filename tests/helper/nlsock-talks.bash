# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# nlsock-talks.bash SPEC...: makes something of everything in this network namespace, and
# records in captures here: the events of it, all that the specs can dump, gets, and errors of
# all kinds.
listeners=()
listen() {
	nlsock listen "$@" -v -j --pcap "events.$1" --timeout 60s >"heard.$1" 2>"joined.$1" &
	listeners+=($!)
	for ((i = 0; i < 500; i++)); do [ -s "joined.$1" ] && break; sleep 0.02; done
}
listen rt-link rt-addr rt-route rt-neigh rt-rule rt-nexthop tc
listen nftables
listen uevent
listen xfrm
ip link set lo up
ip link add br0 type bridge
ip link add v0 type veth peer name v1
ip link set v0 master br0
for i in br0 v0 v1; do ip link set $i up; done
ip link property add dev v1 altname a-longer-name
ip addr add 10.1.1.1/24 dev v1 label v1:a
ip addr add fd00::1/64 dev v1 nodad
ip neigh add 10.1.1.9 lladdr 1:2:3:4:5:6 dev v1
ip route add 10.9.0.0/16 via 10.1.1.7 mtu 1400 advmss 1300
ip route add 10.8.0.0/16 nexthop via 10.1.1.7 weight 2 nexthop via 10.1.1.8
ip rule add fwmark 7 table 7 prio 77
ip nexthop add id 7 via 10.1.1.7 dev v1
ip nexthop add id 8 group 7,3
ip mptcp endpoint add 10.1.1.1 dev v1 subflow
tc qdisc add dev v1 root handle 1: htb default 1
tc class add dev v1 parent 1: classid 1:1 htb rate 1mbit ceil 2mbit
tc filter add dev v1 parent 1: protocol ip prio 7 u32 match ip dst 1.2.3.4 classid 1:1
ip xfrm policy add src 10.1.1.0/24 dst 10.2.0.0/16 dir out tmpl src 10.1.1.1 dst 10.1.1.2 proto esp mode tunnel
nft "table inet t { counter k { }; set s { type ipv4_addr; flags timeout; elements = { 10.0.0.1 timeout 1h }; }
chain c { type filter hook input priority 5; tcp dport 22 counter accept; ip saddr @s drop; }; }"
for s; do
	for o in $(nlsock describe $s -j | jq -r "select(.dump).op"); do nlsock dump $s $o --pcap dump.$s.$o -j; done
done
for o in linkinfo linkmodes strset tsinfo coalesce privflags wol; do
	nlsock do ethtool $o-get header.dev-name=v1 --pcap get.$o -j
done
link="rt-link newlink ifname=zz linkinfo.kind=bridge"
nlsock do --create $link mtu=77777777 --pcap error.1
nlsock do --create $link mtu=77777777 --no-cap-ack --pcap error.2
nlsock do --create $link mtu=77777777 --no-cap-ack --no-ext-ack --pcap error.3
nlsock dump rt-route rta-table=99999 --pcap error.4
nlsock dump rt-route rtm-table=254 --pcap filtered -j
nlsock dump nlctrl getpolicy family-name=ethtool --pcap policy -j
nlsock do taskstats get pid=$$ --pcap task -j
ip link del v0
ip rule del prio 77
nft flush ruleset
ip xfrm policy flush
for ((i = 0; i < 500; i++)); do grep -q flushpolicy heard.xfrm && grep -q deltable heard.nftables && break; sleep 0.02; done
kill "${listeners[@]}"
wait
