#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# xskbench with an interface that is there, and what probe tells about one.

load lib
load helper/xskbench-lib

# bats test_tags=root
@test "probe: an interface by ip and the kernel, and the kernel by trial" {
	bench probe
	equal status "$status" 0
	holds '.interface == null and .veth_native_xdp and .veth_generic_xdp and .veth_need_wakeup'
	equal kernel "$(jq -r .kernel out)" "$(uname -r)"
	equal "huge pages" "$(jq -r .huge_pages_total out)" \
		"$(awk '/^HugePages_Total/ { print $2 }' /proc/meminfo)"
	bench probe lo
	equal "status for lo" "$status" 0
	equal mtu "$(jq -r .mtu out)" "$(cat /sys/class/net/lo/mtu)"
	holds '.state == "up" or .state == "down"'
	# A veth with a program, in a namespace that goes with the shell.
	unshare -n bash -c '
		ip link add v0 type veth peer name v1 numrxqueues 3 numtxqueues 2 && ip link set v1 up mtu 1400
		xskbench probe v1 -j' >out
	holds '.kind == "veth" and .mtu == 1400 and .rx_queues == 3 and .tx_queues == 2 and .xsk_queues == 0 and
		.attached == null'
	holds '.xdp_features | index("basic") != null and index("xsk-zerocopy") == null'
	with_veth '
		xskbench rx v1 -d 20s >/dev/null 2>&1 & pid=$!
		until_true attached v1
		xskbench probe v1 -j
		ethtool -i v1 | sed -n "s/^driver: //p" >driver
		ip -j -d link show v1 | jq -c ".[0] | [.xdp.prog.id, .max_mtu]" >ip
		ethtool -l v1 | sed -n "s/^RX:[^0-9]*//p" | tail -n 1 >used
		kill $pid; wait $pid || :' >out
	holds '.xsk_queues == 1 and .attached == "drv"'
	equal "queues in use" "$(jq .rx_queues_used out)" "$(cat used)"
	equal driver "$(jq -r .driver out)" "$(cat driver)"
	equal "program and MTU" "$(jq -c '[.prog_id, .max_mtu]' out)" "$(cat ip)"
	bench probe no-such-if
	equal status "$status" 1
	grep -q "ENODEV" err || fail "$(cat err)"
	nothing_stays
}

@test "probe without privileges tells what it can, and what is missing for the rest" {
	drop=()
	[ "$(id -u)" != 0 ] || drop=(setpriv --bounding-set=-all --inh-caps=-all)
	"${drop[@]}" xskbench probe lo -j >out 2>err
	trials='[to_entries[] | select(.key | startswith("veth_")) | .value]'
	holds "$trials | length == 13 and all(. == null)"
	holds '.interface == "lo" and .rx_queues == 1 and (.memlock_bytes | type) == "number"'
	equal mtu "$(jq .mtu out)" "$(cat /sys/class/net/lo/mtu)"
	for cap in SYS_ADMIN NET_ADMIN NET_RAW BPF; do
		grep -q "CAP_$cap" err || fail "$cap is not named: $(cat err)"
		jq -r .missing out | grep -q "CAP_$cap" || fail "$cap is not missing: $(cat out)"
	done
	"${drop[@]}" xskbench probe --quiet >out 2>err
	[ ! -s err ] && grep -qx 'veth_native_xdp: ?' out || fail "$(cat out err)"
}

# bats test_tags=root
@test "with an interface: its own counters and what the peer receives agree with tx" {
	export TESTS
	with_veth '
		python3 "$TESTS/helper/xskbench-sniff.py" v1 500 ready >seen 2>&1 &
		until_true test -e ready
		xskbench tx v0 -n 500 -s 100 -j >out 2>err
		wait $!
		ip -j -s link show v0 | jq .[0].stats64.tx.packets >sent
		ip -j -s link show v1 | jq .[0].stats64.rx.packets >received
		ip link show v0 | grep -c xdp >attached || true'
	holds '.config.interface == "v0" and .config.sink == "wire" and .loss.sent == 500'
	holds '.loss.received == 500 and .loss.unexplained == 0 and .env.driver == "veth"'
	equal "by the sender" "$(cat sent)" 500
	equal "by the receiver" "$(cat received)" 500
	equal "on the wire, byte by byte" "$(cat seen)" 500
	equal "left attached" "$(cat attached)" 0
}

# bats test_tags=root
@test "with an interface: rx verifies what another process sends, fwd sends it back" {
	with_veth '
		xskbench rx v1 -n 3000 -d 30s -j >rx 2>rx.err &
		until_true attached v1
		sleep 0.2
		xskbench tx v0 -n 3000 -s 200 --quiet >/dev/null && wait $!
		ethtool -S v1 | sed -n "s/.*_xdp_redirect: //p" >redirected
		xskbench fwd v1 -n 1000 -d 30s -j >fwd 2>fwd.err &
		until_true attached v1
		sleep 0.2
		xskbench tx v0 -n 1000 --quiet >/dev/null && wait $!
		ip -j -s link show v0 | jq .[0].stats64.rx.packets >back'
	cp rx out
	holds '.config.source == "wire" and .loss.received == 3000 and .loss.unexplained == 0'
	holds '.verify.bad == 0 and .verify.reordered == 0 and .verify.lost == 0'
	equal "by the driver" "$(cat redirected)" 3000
	cp fwd out
	holds '.loss.received == 1000 and .loss.unexplained == 0'
	equal "sent back" "$(cat back)" 1000
}

# bats test_tags=root
@test "with an interface: killed at any moment it leaves no program on it" {
	with_veth '
		for s in INT TERM KILL; do
			for after in 0.01 0.05 0.2; do
				xskbench rx v1 -d 20s >out 2>err & pid=$!
				sleep $after
				kill -$s $pid
				wait $pid || [ $s = KILL ] || [ $after != 0.2 ]
				until_true detached v1
			done
		done'
}

# bats test_tags=root
@test "the interface of the default route is refused without --force" {
	with_veth '
		ip addr add 192.0.2.1/24 dev v0
		ip route add default via 192.0.2.2
		xskbench tx v0 -n 5 2>err && exit 1
		grep -q "default route.*--force" err
		xskbench rx v0 -n 5 2>err && exit 1
		grep -q "default route.*--force" err
		xskbench tx v0 -n 5 --force --quiet
		ip route replace default nexthop via 192.0.2.2 dev v0 nexthop via 192.0.2.3 dev v0
		xskbench tx v0 -n 5 2>err && exit 1
		ip route del default
		xskbench tx v0 -n 5 --quiet
		sysctl -qw net.ipv6.conf.all.disable_ipv6=0
		ip -6 addr add 2001:db8::1/64 dev v0 nodad
		ip -6 route add default dev v0
		xskbench tx v0 -n 5 2>err && exit 1
		grep -q "default route.*--force" err'
}

# bats test_tags=root
@test "an interface that is absent, down, too small or taken is told apart" {
	with_veth '
		xskbench tx nix -n 5 2>err && exit 1
		grep -q "nix.*ENODEV" err
		xskbench tx "" -n 5 2>err && exit 1
		grep -q "ENODEV.*ip link" err
		xskbench tx v0 -n 5 -s 1600 2>err && exit 1
		grep -q "MTU is 1500.*EMSGSIZE" err
		xskbench rx v1 -d 20s >/dev/null 2>&1 & pid=$!
		until_true attached v1
		xskbench rx v1 -n 5 2>err && exit 1
		grep -q "EBUSY" err
		kill $pid; wait $pid
		ip link set v0 down
		xskbench tx v0 -n 5 2>err && exit 1
		grep -q "ENETDOWN.*ip link" err'
	for o in "pair v0" "tx lo --sink ifb" "rx lo --source xsk" "tx lo --napi inline" \
		"pair --force"; do
		status=0
		# shellcheck disable=SC2086
		xskbench $o >out 2>err || status=$?
		equal "status of $o" "$status" 2
	done
}

# bats test_tags=root
@test "with an interface: that it goes, or is set down, ends the run and is said" {
	with_veth '
		for c in "rx v1" "fwd v1" "tx v0" "tx v0 --source kernel"; do
			dev=${c#* } dev=${dev%% *}
			for how in "set $dev down" "del v0"; do
				ip link show v0 >/dev/null 2>&1 || ip link add v0 type veth peer name v1
				ip link set v0 up && ip link set v1 up
				timeout 30 xskbench $c -d 60s 2>err & pid=$!
				case $c in
				tx*) sleep 0.1 ;; # or not yet begun: the same is said
				*) until_true attached v1 ;;
				esac
				ip link $how
				status=0
				wait $pid || status=$?
				[ $status = 1 ]
				case $how in
				del*) grep -q "ENODEV" err ;;
				*) grep -q "$dev.*ENETDOWN" err ;;
				esac
			done
		done
		ip link add v0 type veth peer name v1 && ip link set v0 up && ip link set v1 up
		xskbench rx v1 -d 50ms -j >out 2>err'
	holds '.result.pps.max == 0 and (.warnings | any(contains("nothing came")))'
}

# bats test_tags=root
@test "with an interface: tshark on the peer counts what tx says it sent" {
	with_veth '
		tshark -q -n -i v1 -f "ether proto 0x88b5" -w seen.pcap -a duration:20 2>tshark.err & pid=$!
		until_true grep -q "$(printf " %d " "$(cat /sys/class/net/v1/ifindex)")" /proc/net/packet
		sleep 0.2
		xskbench tx v0 -n 300 -s 128 -j >out 2>err
		until_true eval "[ \$(tshark -r seen.pcap 2>/dev/null | wc -l) -ge 300 ]"
		kill $pid; wait $pid || true
		tshark -r seen.pcap -T fields -e frame.len -e eth.dst 2>/dev/null | sort | uniq -c >seen'
	holds '.loss.sent == 300 and .loss.received == 300 and .loss.unexplained == 0'
	equal "by tshark" "$(awk '{ print $1, $2, $3 }' seen)" "300 128 ff:ff:ff:ff:ff:ff"
}

# bats test_tags=root
@test "with an interface: the suite sends in three ways, and says what is gained" {
	with_veth '
		xskbench v0 -d 20ms --repeat 2 -j >out 2>err
		xskbench suite v0 -n 100 -j --quiet >again
		ip route add default dev v0
		xskbench v0 -n 10 2>refused && exit 1
		xskbench v0 -n 10 --force --quiet >/dev/null
		detached v0'
	equal tests "$(jq -rs 'map("\(.test) \(.config.batch) \(.config.tx_budget)") | join(", ")' out)" \
		"tx 1 null, tx 64 null, tx 64 2048"
	holds '.config.interface == "v0" and .loss.unexplained == 0 and .result.shots == 2'
	grep -q 'summary: .* to send alone' err && grep -q 'tune: --tx-budget' err || fail "$(cat err)"
	equal "-n 100" "$(jq -s 'map(.loss.sent) | unique' -c again)" "[100]"
	grep -q 'default route.*--force' refused || fail "$(cat refused)"
}

# bats test_tags=root
@test "--any: rx and fwd take what is not xskbench's, by the interfaces' counters" {
	cat >others <<-END
		import socket
		s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
		s.bind(("v0", 0))
		for i in range(300):
		    s.send(b"\xff" * 6 + b"\x02" * 6 + b"\x12\x34" + bytes(46 + i))
	END
	with_veth '
		for c in rx "rx --any" "fwd --any"; do
			xskbench $c v1 -n 300 -d 30s -j >"$c" 2>"$c.err" & pid=$!
			until_true attached v1
			python3 others
			[ "$c" != rx ] || kill $pid
			wait $pid
			ip -j -s link show v0 | jq .[0].stats64.rx.packets >back
		done'
	cp rx out
	holds '.loss.sent == 0 and .config.any == false'
	grep -q 'but 300 other packets: --any takes those too' rx.err || fail "$(cat rx.err)"
	for c in rx fwd; do
		cp "$c --any" out
		holds '.loss.sent == 300 and .loss.received == 300 and .loss.unexplained == 0'
		holds '.verify == {bad: null, reordered: null, lost: null}'
		holds '.config | .any and .verify == false and .size_bytes == null'
	done
	equal "came back" "$(cat back)" 300
	bench pair --any
	equal "status without an interface" "$status" 2
}

# bats test_tags=root
@test "with an interface: rtt comes back by fwd at the other end, or says that it has to run" {
	with_veth '
		xskbench rtt v0 -n 3 -j >alone 2>alone.err && exit 1
		[ $? = 4 ]
		xskbench fwd v1 -d 20s -j >fwd 2>/dev/null & pid=$!
		until_true attached v1
		until_true xskbench rtt v0 -n 1 --quiet
		xskbench rtt v0 -n 500 -j >out 2>err
		kill $pid; wait $pid
		detached v0; detached v1'
	holds '.loss.sent == 500 and .loss.received == 500 and .loss.unexplained == 0'
	holds '.verify.bad == 0 and .verify.reordered == 0 and .verify.lost == 0'
	holds '(.latency_ns.histogram | map(.count) | add) == 500 and .latency_ns.p50 > 0'
	cp alone out
	holds '.loss.received == 0 and .loss.unexplained == 3 and .latency_ns.p50 == null'
	grep -q 'nothing came back: xskbench fwd has to run at the other end' alone.err || fail "$(cat alone.err)"
}

# bats test_tags=root
@test "with an interface: the kernel's own packets are sent, received, forwarded and verified" {
	with_veth '
		xskbench tx v0 --source kernel -n 100 -j >alone 2>alone.err && exit 1
		[ $? = 4 ]
		xskbench tx v0 --source kernel -d 20s --repeat 1 -j >tx 2>/dev/null & pid=$!
		xskbench rx v1 -d 100ms --repeat 2 -j >rx 2>/dev/null
		xskbench fwd v1 -d 100ms --repeat 2 -j >fwd 2>/dev/null
		kill $pid; wait $pid || true
		xskbench rx v1 -n 3000 -d 30s -j >count 2>/dev/null & pid=$!
		until_true attached v1
		sleep 0.2
		xskbench tx v0 --source kernel -n 3000 -j >sent 2>/dev/null
		wait $pid'
	# Whatever goes on coming while the counters are read.
	for f in rx fwd; do
		cp $f out
		holds '.loss.received > 0 and .loss.unexplained == 0 and (.verify.bad == 0 or .verify.bad == null)'
	done
	jq -s '.[0].loss.sent == 3000 and .[0].loss.received == 3000 and .[1].loss.received == 3000 and
		.[1].verify == {bad: 0, reordered: 0, lost: 0}' sent count | grep -qx true || fail "$(cat sent count)"
	grep -q 'needs an XDP program at its peer' alone.err || fail "$(cat alone.err)"
}

# bats test_tags=root
@test "--libxdp says truly how the program is attached, and why" {
	for o in "rx -n 500" "tx -n 500" "rtt -n 50" "pair -n 200 --mode skb" \
		"pair -n 20 -s 9000 --frags --frame-size 4K"; do
		# shellcheck disable=SC2086
		bench $o --libxdp
		equal "status of $o" "$status" 0
		holds '.loss.unexplained == 0 and .verify.bad == 0 and .loss.received > 0'
		holds '.config.attached == "dispatcher" or (.config.attached == "alone" and
			(.warnings | any(contains("dispatcher"))))'
	done
	bench rx -n 100
	holds '.config.attached == "link"'
	# libxdp itself says whether it needs a BPF file system; here there is one, and the
	# kernel tells what is at the interface.
	with_veth '
		mount -t bpf bpf /sys/fs/bpf
		xskbench rx v1 -d 20s --libxdp -j >out 2>err & pid=$!
		until_true attached v1
		ip link show v1 | grep -oE "name [a-z_]+" >name
		kill $pid; wait $pid
		detached v1'
	case $(cat name) in
	"name xdp_dispatcher") holds '.config.attached == "dispatcher" and .loss.unexplained == 0' ;;
	"name redirect")
		holds '.config.attached == "alone"'
		holds '.warnings | any(contains("attached alone") and contains("Operation not permitted"))'
		;;
	*) fail "attached is $(cat name)" ;;
	esac
}

# bats test_tags=root
@test "--libxdp: what it attached is gone, whatever ends it and whenever" {
	with_veth '
		mount -t bpf bpf /sys/fs/bpf
		caught=0
		for s in INT TERM KILL KILL KILL KILL KILL KILL; do
			xskbench rx v1 -d 20s --libxdp >/dev/null 2>&1 & pid=$!
			[ $s = KILL ] || until_true attached v1
			[ $s != KILL ] || sleep 0.0$((RANDOM % 60 + 10))
			attached v1 && caught=$((caught + 1))
			kill -$s $pid
			wait $pid || true
			until_true detached v1
			until_true test ! -e /sys/fs/bpf/xdp
		done
		[ $caught -ge 2 ]'
	nothing_stays
}

# bats test_tags=root
@test "with an interface: rx -n ends when no more comes, and says how many did not" {
	with_veth '
		xskbench rx v1 -n 1000 -j >out 2>err & pid=$!
		until_true attached v1
		sleep 0.2
		xskbench tx v0 -n 990 --quiet >/dev/null
		status=0
		wait $pid || status=$?
		[ $status = 3 ]
		status=0
		xskbench fwd v1 -n 5 -d 50ms -j >fwd 2>fwd.err || status=$?
		[ $status = 3 ]
		# Who had no frame for some knows of them, and waits no longer.
		xskbench rx v1 -n 1000 --ring 64 --frames 64 -j >few 2>few.err & pid=$!
		until_true attached v1
		sleep 0.2
		xskbench tx v0 -n 1000 -b 200 --source kernel -j --quiet >sent
		wait $pid || [ $? = 3 ]'
	holds '.loss.sent == 990 and .loss.received == 990 and .verify.lost == 0 and .loss.unexplained == 0'
	grep -q '10 of 1000 packets did not come: nothing came' err || fail "$(cat err)"
	grep -q '5 of 5 packets did not come in time' fwd.err || fail "$(cat fwd.err)"
	cp few out
	equal "with few frames, of what the device took" "$(jq .loss.sent few)" "$(jq .loss.received sent)"
	holds '.loss.received + .loss.rx_dropped + .loss.rx_ring_full == .loss.sent'
	holds '.verify.lost >= .loss.sent - .loss.received'
}

# bats test_tags=root
@test "with an interface: what came and was not taken is told: other queues, too large a packet" {
	with_veth '
		ip link del v0
		ip link add v0 mtu 3000 numtxqueues 3 numrxqueues 3 type veth \
			peer name v1 mtu 3000 numtxqueues 3 numrxqueues 3
		ip link set v0 up && ip link set v1 up
		xskbench rx v1 --queue 2 -n 50 -j >out 2>err & pid=$!
		until_true attached v1
		sleep 0.2
		xskbench tx v0 --queue 1 -n 300 --quiet >/dev/null
		xskbench tx v0 --queue 2 -n 30 -s 2514 --frame-size 4K --quiet >/dev/null
		xskbench tx v0 --queue 2 -n 20 --quiet >/dev/null
		wait $pid
		ethtool -S v1 | sed -n "s/.*queue_1_xdp_drops: //p" >dropped
		until_true ethtool -L v1 rx 1
		xskbench rx v1 -n 1 2>queues && exit 1
		grep -q "ENOSPC.*ethtool -L" queues'
	holds '.loss.sent == 50 and .loss.received == 20 and .loss.rx_dropped == 30 and .verify.bad == 0'
	equal "by the driver" "$(cat dropped)" 300
	grep -q '300 packets came to other queues than 2, to 1 among others' err || fail "$(cat err)"
	grep -q '30 packets were larger than the 1792 bytes' err || fail "$(cat err)"
}

# bats test_tags=root
@test "with an interface: who sends needs a carrier, and another name is no matter" {
	with_veth '
		ip link set v1 down
		for c in tx rtt "tx --source kernel" suite; do
			xskbench $c v0 -n 5 2>err && exit 1
			grep -q "v0.*ENOLINK.*carrier" err
		done
		ip link set v1 up
		xskbench tx v0 -d 20s 2>err & pid=$!
		until_true eval "ip -s -j link show v0 | jq -e \".[0].stats64.tx.packets > 0\""
		ip link set v1 down
		wait $pid && exit 1
		grep -q "v0.*ENOLINK.*carrier" err
		ip link set v1 up
		xskbench rx v1 -n 200 -j >out 2>err & pid=$!
		until_true attached v1
		ip link set v1 name w1
		xskbench tx v0 -n 200 --quiet >/dev/null
		wait $pid'
	holds '.loss.received == 200 and .loss.rx_link_packets == 200 and .config.interface == "v1"'
}

# bats test_tags=root
@test "with an interface: rtt comes back through a bridge, which knows who answers" {
	with_veth '
		ip link add w0 type veth peer name w1
		ip link add bridge0 type bridge mcast_snooping 0
		for i in v1 w1; do ip link set $i master bridge0; done
		for i in bridge0 w0 w1; do ip link set $i up; done
		until_true eval "bridge link show dev w1 | grep -q forwarding"
		xskbench fwd w0 -d 20s -j >fwd 2>/dev/null & pid=$!
		until_true attached w0
		until_true xskbench rtt v0 -n 1 --quiet
		xskbench rtt v0 -n 300 -j >out 2>err
		ip -j link show w0 | jq -r .[0].address >who
		bridge fdb show br bridge0 >fdb
		kill $pid; wait $pid'
	holds '.loss.received == 300 and .loss.unexplained == 0'
	holds '.verify.bad == 0 and .verify.reordered == 0 and .verify.lost == 0'
	grep -q "^$(cat who) dev w1" fdb || fail "$(cat fdb)"
}
