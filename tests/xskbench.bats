#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# xskbench: its figures against the kernel's counters, and that nothing outlives it.

load lib

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	[ -z "${PID-}" ] || end "$PID"
}

# bench OPTION...: one record in the file out, messages in err, the exit code in $status.
bench() {
	status=0
	timeout 30 xskbench -j "$@" >out 2>err || status=$?
	output=$(tail -n 5 out err)
}

# holds JQ-CONDITION: of the record in out.
holds() {
	jq -e "$1" out >/dev/null || fail "not so: $1"
}

# What the tool leaves in the kernel, by id: programs, NAPI threads, links. Other suites may
# run it at the same time: what a living process has is left out.
traces() {
	local pids held
	pids=$(pgrep -x xskbench | tr '\n' ,)
	held=$(eval "cat /proc/{${pids}0}/fdinfo/*" 2>/dev/null | awk '/^prog_id:/ { printf "%s,", $2 }')
	{
		bpftool -j prog show | jq -r --arg held ",$held" '.[]
			| select(.name == ("redirect", "count", "generate"))
			| select(.id as $id | $held | contains(",\($id),") | not) | "prog \(.id)"'
		[ -n "$pids" ] || grep -lsE '^napi/xskrx' /proc/[0-9]*/comm
		ip -o link | grep -oE ': xsk[rt]x'
	} | sort || :
}

# Nothing of what there is now stays.
nothing_stays() {
	local seen
	seen=$(traces)
	gone() {
		[ -z "$(comm -12 <(traces) - <<<"$seen")" ]
	}
	wait_for gone
}

# ends_of PID: descriptors of that process that hold other network namespaces than ours.
ends_of() {
	local f
	for f in /proc/"$1"/fd/*; do
		case $(readlink "$f") in
		"$(readlink /proc/$$/ns/net)") ;;
		net:*) echo "$f" ;;
		esac
	done
}

# in_end PID LINK COMMAND...: in the namespace of that process that has the link.
in_end() {
	local f pid=$1 link=$2
	shift 2
	for f in $(ends_of "$pid"); do
		if nsenter --net="$f" ip link show "$link" >/dev/null 2>&1; then
			nsenter --net="$f" "$@"
			return
		fi
	done
	return 1
}

# counter PID LINK rx|tx NAME
counter() {
	in_end "$1" "$2" ip -j -s link show "$2" | jq ".[0].stats64.$3.$4"
}

# tracee PID: what the strace below that shell runs.
tracee() {
	pgrep -P "$(pgrep -P "$1" -x strace)" -x xskbench
}

sending() {
	[ "$(counter "$1" xskrx rx packets)" -gt 0 ]
}

# start OPTION...: in the background until it sends; its id in PID.
start() {
	xskbench pair -j "$@" >out 2>err &
	PID=$!
	wait_for sending "$PID"
}

# bats test_tags=root
@test "a run loses nothing unexplained, exits 0, and says that once is a single shot" {
	for t in pair tx rx fwd; do
		status=0
		xskbench $t -d 50ms >out 2>err || status=$?
		equal "status of $t" "$status" 0
		equal "lines of $t" "$(wc -l <out)" 2
		grep -q '^TEST ' out && grep -q "^$t " out || fail "$(cat out)"
		! grep -q 'single shot' err || fail "three shots are not single: $(cat err)"
		xskbench $t -d 50ms --repeat 1 >out 2>err
		grep -q 'single shot' err || fail "no warning: $(cat err)"
	done
}

# bats test_tags=root
@test "a result is one object of the documented shape" {
	for t in pair tx rx fwd; do
		bench -d 20ms --repeat 3 $t
		equal "status of $t" "$status" 0
		equal "keys of $t" "$(jq -r 'keys_unsorted | join(" ")' out)" \
			"test env config result latency_ns loss verify warnings"
		holds '.result | .pps.min <= .pps.median and .pps.median <= .pps.max and .shots == 3'
		holds '.result.pps_over_time | length == 20'
		holds '.result.ns_per_pkt as $ns | .result.pps.median * $ns / 1e9 | . > 0.99 and . < 1.01'
		holds '.result.syscalls_per_pkt > 0 and .result.cpu_pct.tx >= 0'
		holds '.loss.sent == .loss.received + .loss.rx_dropped + .loss.rx_ring_full +
			.loss.tx_ring_overflow + .loss.unexplained'
		holds '.loss.unexplained == 0 and .verify.bad == 0 and .verify.reordered == 0'
		holds '.latency_ns.p50 == null and .env.driver == "veth"'
		equal kernel "$(jq -r .env.kernel out)" "$(uname -r)"
	done
}

# bats test_tags=root
@test "tx, rx and fwd send exactly -n packets, and all are accounted for" {
	for o in tx "tx -b 1 -s 1500" "tx --sink ifb" "tx --source kernel" "tx --mode skb" rx \
		"rx --source xsk" "rx -s 3000 --frame-size 4K" "rx --mode skb" "rx -b 256" fwd \
		"fwd --source xsk" "fwd --mode skb" "fwd --napi threaded"; do
		# shellcheck disable=SC2086
		bench $o -n 3000
		equal "status of $o" "$status" 0
		holds '.loss.sent == 3000 and .loss.unexplained == 0'
		case $o in *ifb) holds '.verify.bad == null and .loss.received == 3000' ;;
		*) holds '.verify.bad == 0 and .verify.reordered == 0' ;; esac
		case $o in tx*) holds '.loss.received == 3000' ;; esac
	done
}

# bats test_tags=root
@test "packets that fwd sends back come by the interface's counters, addresses swapped" {
	bench fwd --source xsk -n 2000
	equal status "$status" 0
	holds '.loss.received == 2000 and .loss.rx_link_packets == 2000 and .loss.tx_link_packets == 2000'
	holds '.result.cpu_pct.rx > 0'
}

# bats test_tags=root
@test "lists sweep: one result for each combination" {
	bench -n 500 pair -b 1,16,64 -s 64,1500
	equal status "$status" 0
	equal results "$(jq -rs 'map("\(.config.batch)x\(.config.size_bytes)") | join(" ")' out)" \
		"1x64 16x64 64x64 1x1500 16x1500 64x1500"
	holds '.loss.sent == 500 and .verify.bad == 0'
	bench -n 500 pair --queue 0,3
	equal queues "$(jq -rs 'map(.config.queue) | join(" ")' out)" "0 3"
	holds '.loss.received == 500'
}

# bats test_tags=root
@test "what the UMEM and the socket can do is an option, and packets stay whole" {
	while read -r o; do
		# shellcheck disable=SC2086
		bench pair -n 2000 $o
		equal "status of $o" "$status" 0
		holds '.loss.sent == 2000 and .loss.unexplained == 0 and .verify.bad == 0'
		holds '.loss.received > 1500'
	done <<-END
		--shared-umem
		--shared-umem --headroom 128
		--unaligned --frame-size 3000 -s 2500
		--unaligned --frame-size 2500 -s 64 --headroom 40
		--frags -s 9000 --frame-size 4K
		--frags -s 9000 --frame-size 4K --mode skb
		--frags -s 5000
		--frags -s 64
		--pages thp --frames 2048
		--busy-poll 16
		--tx-budget 256
		--no-wakeup
		--copy
	END
}

# bats test_tags=root
@test "a packet begins behind 256 bytes and the headroom, and nothing else is written" {
	while read -r o; do
		# shellcheck disable=SC2086
		bench pair -n 1000 --verify canary $o
		equal "status of $o" "$status" 0
		holds '.verify.bad == 0 and .loss.unexplained == 0 and .config.canary'
		holds '.loss.received > 900'
	done <<-END
		--headroom 0
		--headroom 7
		--headroom 1 -s 1500
		--headroom 512 -s 1280
		--headroom 1344 -s 448
		--headroom 64 --mode skb
		--headroom 128 --shared-umem
		--headroom 40 --unaligned --frame-size 2500
		--headroom 64 --frags -s 9000 --frame-size 4K
	END
}

# bats test_tags=root
@test "a UMEM of reserved huge pages works, or says how many are missing" {
	free=$(awk '/^HugePages_Free/ { print $2 }' /proc/meminfo)
	bench pair -n 100 --pages 2m --frames 4096
	if [ "$free" -ge 16 ]; then
		equal status "$status" 0
		holds '.config.pages == "2m" and .loss.received == 100'
	else
		equal status "$status" 1
		grep -qE "ENOMEM.*HugePages_Total/Free are [0-9]+/$free, 4 of 2 MiB.*vm.nr_hugepages=" err ||
			fail "$(cat err)"
	fi
}

# bats test_tags=root
@test "a headroom that the kernel refuses is named" {
	status=0
	xskbench pair -n 10 -s 60 --headroom 1700 >out 2>err || status=$?
	if [ "$status" = 0 ]; then return; fi # a kernel with the older rule
	equal status "$status" 1
	grep -q 'EINVAL.*headroom of 1700 is too large' err || fail "$(cat err)"
}

# bats test_tags=root
@test "zero-copy that the driver lacks is said so" {
	bench pair -n 100 --zerocopy
	equal status "$status" 1
	grep -q 'EOPNOTSUPP.*lacks zero-copy.*--copy' err || fail "$(cat err)"
	nothing_stays
}

# bats test_tags=root
@test "rtt: every round trip is in the histogram, and quantiles ascend" {
	for o in "" "--cpu 0,0" "--shared-umem" "--mode skb"; do
		# shellcheck disable=SC2086
		bench rtt -n 500 $o
		equal "status of $o" "$status" 0
		holds '.loss.sent == 500 and .loss.unexplained == 0 and .verify.bad == 0'
		holds '.latency_ns | .p50 > 0 and .p50 <= .p90 and .p90 <= .p99 and .p99 <= .p999 and .p999 <= .max'
		holds '(.latency_ns.histogram | map(.count) | add) == .loss.received'
		holds '.latency_ns.histogram | map(.from <= .to) | all'
	done
	# The histogram itself gives the quantile that is printed.
	holds '.latency_ns as $l | ($l.histogram | map(.count) | add / 2 | ceil) as $rank |
		(reduce $l.histogram[] as $b ({n: 0, at: null};
			.n += $b.count | if .at == null and .n >= $rank then .at = $b.to else . end) | .at) as $to |
		$l.p50 == ([$to, $l.max] | min)'
	xskbench rtt --quiet -n 100 >out
	grep -qE 'p50 [0-9.]+us .*max [0-9.]+us .*█' out || fail "$(cat out)"
}

# bats test_tags=root
@test "ndr: the rate that it prints lost nothing" {
	bench ndr -d 30ms --repeat 2
	[ "$status" = 0 ] || fail "status"
	holds '.test == "ndr" and .config.rate_pps > 0 and .result.shots == 2'
	holds '(.loss.received == .loss.sent) or (.warnings | any(contains("at every rate")))'
}

# bats test_tags=root
@test "the bare call is the suite: all tests, and a summary on stderr" {
	status=0
	xskbench -d 30ms --repeat 2 >out 2>err || status=$?
	equal status "$status" 0
	equal lines "$(wc -l <out)" 9
	grep -q 'summary: a packet costs' err && grep -q 'tune: ' err || fail "$(cat err)"
	bench suite -n 200
	equal status "$status" 0
	equal tests "$(jq -rs 'map(.test) | join(" ")' out)" "tx tx tx rx fwd pair pair rtt"
	holds '.loss.sent == 200 and .loss.unexplained == 0'
	equal napi "$(jq -rs '.[5:7] | map(.config.napi) | join(" ")' out)" "inline threaded"
	nothing_stays
}

# bats test_tags=root
@test "rings: time for descriptors, system call and clock" {
	bench rings --repeat 3
	equal status "$status" 0
	equal what "$(jq -rs 'map("\(.what)\(.batch // "")") | join(" ")' out)" \
		"ring1 ring4 ring16 ring64 ring256 sendto clock"
	holds '.ns > 0 and .min_ns <= .ns and .ns <= .max_ns and .shots == 3'
}

# bats test_tags=root
@test "umem: kinds of pages are what the kernel says they are" {
	bench umem -s 2M,16M --repeat 2
	equal status "$status" 0
	equal ordinary "$(jq -rs 'map(select(.pages == "4k") | .huge_bytes) | join(" ")' out)" "0 0"
	case $(cat /sys/kernel/mm/transparent_hugepage/enabled) in
	*"[never]"*) ;;
	*) [ "$(jq -rs 'map(select(.pages == "thp") | .huge_bytes) | max' out)" -gt 0 ] || fail "no THP" ;;
	esac
	holds '.register_min_ns <= .register_ns and .register_ns <= .register_max_ns and .fault_ns > 0'
	bench umem -s 100
	equal status "$status" 2
}

# bats test_tags=root
@test "probe: an interface by ip and the kernel, and the kernel by trial" {
	bench probe
	equal status "$status" 0
	holds '.interface == null and .native_xdp and .generic_xdp and .need_wakeup'
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
	holds '.kind == "veth" and .mtu == 1400 and .rx_queues == 3 and .tx_queues == 2 and .attached == null'
	holds '.xdp_features | index("basic") != null and index("xsk-zerocopy") == null'
	bench probe no-such-if
	equal status "$status" 1
	grep -q "ENODEV" err || fail "$(cat err)"
	nothing_stays
}

# with_veth COMMAND: in a namespace of its own with a veth pair, v0 and v1, both up.
with_veth() {
	unshare -n bash -euc '
		ip link add v0 type veth peer name v1
		sysctl -qw net.ipv6.conf.all.disable_ipv6=1
		ip link set v0 up && ip link set v1 up
		'"$1"
}

# bats test_tags=root
@test "with an interface: its own counters and what the peer receives agree with tx" {
	export TESTS
	with_veth '
		python3 "$TESTS/helper/xskbench-sniff.py" v1 500 ready >seen 2>&1 &
		for i in $(seq 200); do [ -e ready ] && break; sleep 0.05; done
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
		xskbench rx v1 -n 3000 -j >rx 2>rx.err &
		for i in $(seq 100); do ip link show v1 | grep -q xdp && break; sleep 0.05; done
		sleep 0.2
		xskbench tx v0 -n 3000 -s 200 --quiet >/dev/null && wait $!
		xskbench fwd v1 -n 1000 -j >fwd 2>fwd.err &
		for i in $(seq 100); do ip link show v1 | grep -q xdp && break; sleep 0.05; done
		sleep 0.2
		xskbench tx v0 -n 1000 --quiet >/dev/null && wait $!
		ip -j -s link show v0 | jq .[0].stats64.rx.packets >back'
	cp rx out
	holds '.config.source == "wire" and .loss.received == 3000 and .loss.unexplained == 0'
	holds '.verify.bad == 0 and .verify.reordered == 0 and .verify.lost == 0'
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
				for i in $(seq 100); do ip link show v1 | grep -q xdp || break; sleep 0.05; done
				! ip link show v1 | grep xdp || exit 1
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
		xskbench tx v0 -n 5 -s 1600 2>err && exit 1
		grep -q "MTU is 1500.*EMSGSIZE" err
		xskbench rx v1 -d 20s >/dev/null 2>&1 & pid=$!
		for i in $(seq 100); do ip link show v1 | grep -q xdp && break; sleep 0.05; done
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
@test "--baseline: a result that is worse by more than the tolerance exits 4" {
	xskbench tx -n 2000 -j --quiet >was
	jq -c '.result.pps.median = 1' was >slow
	jq -c '.result.pps.median = 1e12' was >fast
	bench tx -n 1000 --baseline slow
	equal "better than before" "$status" 0
	holds '.warnings | all(contains("regression") | not)'
	bench tx -n 1000 --baseline fast --tolerance 50
	equal "worse than before" "$status" 4
	holds '.warnings | any(contains("regression"))'
	bench tx -n 1000 -b 1 --baseline fast
	equal "another configuration" "$status" 0
	holds '.warnings | any(contains("no result of this test and configuration"))'
	for bad in /nonexistent /etc/passwd; do
		bench tx -n 10 --baseline $bad
		equal "$bad" "$status" 1
		grep -q -- "$bad" err || fail "$(cat err)"
	done
}

# bats test_tags=root
@test "--rate is not exceeded" {
	bench pair -r 2000 -d 300ms --repeat 1
	equal status "$status" 0
	holds '.loss.sent > 0 and .loss.sent <= 2000 * .result.duration_ns / 1e9 + 64'
}

# bats test_tags=root
@test "every packet is sent, received, intact and in order" {
	for o in "" "--napi inline" "--mode skb" "-s 60" "-s 1500" "-s 1792" "-b 1" "-b 300" \
		"-s 3000 --frame-size 4K" "--headroom 512 -s 1280" "--ring 64 --frames 64"; do
		# shellcheck disable=SC2086
		bench pair -n 5000 $o
		equal "status of $o" "$status" 0
		holds '.loss.sent == 5000 and .verify.bad == 0 and .verify.reordered == 0 and .loss.unexplained == 0'
		holds '.loss.received + .loss.tx_ring_overflow + .loss.rx_dropped + .loss.rx_ring_full == .loss.sent'
		holds '.verify.lost == .loss.sent - .loss.received'
		# On a loaded machine small rings overflow.
		case $o in "--ring"*) ;; *) holds '.loss.received > 4000' ;; esac
	done
}

# bats test_tags=root
@test "-n sends exactly so many" {
	for n in 1 63 64 65 12345; do
		bench pair -n $n
		equal "status of -n $n" "$status" 0
		holds ".loss.sent == $n and .loss.tx_link_packets + .loss.tx_link_dropped == $n"
	done
}

# bats test_tags=root
@test "sent and received equal the interfaces' own counters, in packets and bytes" {
	# The descriptors are closed slowly, so that the lab can be looked at from outside.
	traced -qq -f --seccomp-bpf -o trace -e trace=close \
		-e inject=close:delay_enter=150000 xskbench pair -j -n 3000 -s 200 >out 2>err &
	PID=$!
	tool=
	found() {
		tool=$(tracee "$PID") &&
			[ "$(counter "$tool" xskrx rx packets)" = 3000 ]
	}
	wait_for found
	# veth counts bytes after the Ethernet header.
	equal "rx bytes" "$(counter "$tool" xskrx rx bytes)" $((3000 * (200 - 14)))
	equal "tx packets" "$(counter "$tool" xsktx tx packets)" 3000
	equal "tx bytes" "$(counter "$tool" xsktx tx bytes)" $((3000 * (200 - 14)))
	equal "tx drops" "$(counter "$tool" xsktx tx dropped)" 0
	equal "other packets" "$(counter "$tool" xskrx tx packets)" 0
	wait "$PID"
	PID=
	holds '.loss.sent == 3000 and .loss.received + .loss.rx_dropped + .loss.rx_ring_full == 3000'
}

# bats test_tags=root
@test "--mode says where the program really is attached" {
	start -d 20s
	in_end "$PID" xskrx ip -d link show xskrx | grep -qw 'prog/xdp' || fail "not drv"
	kill -INT "$PID" && wait "$PID"
	holds '.config.mode == "drv"'
	start -d 20s --mode skb
	in_end "$PID" xskrx ip -d link show xskrx | grep -qw 'xdpgeneric' || fail "not skb"
	kill -INT "$PID" && wait "$PID"
	PID=
	holds '.config.mode == "skb"'
}

# bats test_tags=root
@test "--cpu places sender, receiver and the NAPI thread" {
	start -d 20s --cpu 1,0
	cpus=$(cat /proc/"$PID"/task/*/status | awk '/^Cpus_allowed_list/ { print $2 }')
	echo "$cpus" | grep -qx 0 && echo "$cpus" | grep -qx 1 || fail "threads on: $cpus"
	napi=$(in_end "$PID" xskrx ip -j link show xskrx | jq '.[0].ifindex' >/dev/null
		grep -lsE '^napi/xskrx' /proc/[0-9]*/comm | cut -d/ -f3)
	[ -n "$napi" ] || fail "no NAPI thread"
	for t in $napi; do
		awk '/^Cpus_allowed_list/ { print $2 }' "/proc/$t/status"
	done | grep -qx 0 || fail "NAPI is not on 0"
	kill -INT "$PID" && wait "$PID"
	PID=
	holds '.config.tx_cpu == 1 and .config.rx_cpu == 0 and .config.napi == "threaded"'
}

# bats test_tags=root
@test "packets that vanish without a counter are unexplained, exit 4" {
	start -d 1s
	map=$(cat /proc/"$PID"/fdinfo/* | awk '/^map_id:/ { print $2; exit }')
	bpftool map delete id "$map" key 0 0 0 0
	status=0
	wait "$PID" || status=$?
	PID=
	equal status "$status" 4
	holds '.loss.unexplained > 0 and .loss.received > 0 and .verify.lost == .loss.unexplained + .loss.rx_dropped'
	holds '.warnings | any(contains("no counter explains"))'
}

# bats test_tags=root
@test "--verify off leaves bad, reordered and lost absent" {
	bench pair -n 1000 --verify off
	equal status "$status" 0
	holds '.verify.bad == null and .verify.reordered == null and .verify.lost == null and .loss.unexplained == 0'
}

# bats test_tags=root
@test "SIGINT and SIGTERM end it with the result so far, exit 0" {
	for s in INT TERM; do
		start -d 60s
		kill -"$s" "$PID"
		status=0
		wait "$PID" || status=$?
		PID=
		equal "status on $s" "$status" 0
		holds '.loss.sent > 0 and .loss.unexplained == 0 and .verify.bad == 0'
		holds '.warnings | any(contains("signal"))'
		nothing_stays
	done
}

# bats test_tags=root
@test "nothing outlives it, whichever signal ends it in whichever phase" {
	# First and second namespace, links, socket, program loaded, attached, ready; sending
	# (whose system call is not the main thread's: only SIGKILL finds the process there).
	for at in unshare:when=1 unshare:when=2 setns:when=1 setsockopt:when=10 bpf:when=6 \
		fsopen eventfd2 sendto:when=200; do
		for s in INT TERM KILL; do
			case "$at $s" in sendto*INT | sendto*TERM) continue ;; esac
			status=0
			traced -qq -f -o trace -e trace="${at%%:*}" \
				-e "inject=${at%%:*}:signal=SIG$s${at#"${at%%:*}"}" \
				xskbench pair -j -d 30s >out 2>err || status=$?
			case $s in
			KILL) [ "$status" -gt 128 ] || fail "$s at $at" ;;
			*)
				equal "status for $s at $at" "$status" 0
				holds '.warnings | any(contains("signal"))'
				;;
			esac
			nothing_stays
		done
	done
}

# bats test_tags=root
@test "the namespaces have no name, and no process lives in them" {
	start -d 20s
	for f in $(ends_of "$PID"); do
		id=$(stat -L -c %i "$f")
		for n in /run/netns/* /var/run/netns/* /proc/[0-9]*/ns/net; do
			[ "$(stat -L -c %i "$n" 2>/dev/null)" != "$id" ] || fail "$n is $f"
		done
	done
	equal "namespaces" "$(ends_of "$PID" | wc -l)" 2
	kill -KILL "$PID"
	wait "$PID" || true
	PID=
	nothing_stays
}

# bats test_tags=root
@test "a missing capability is named" {
	for cap in sys_admin net_admin net_raw; do
		status=0
		setpriv --bounding-set=-$cap --inh-caps=-$cap xskbench pair -d 10ms >out 2>err ||
			status=$?
		equal "status without $cap" "$status" 1
		equal "lines without $cap" "$(wc -l <err)" 1
		grep -q 'EPERM' err && grep -qi "cap_$cap" err || fail "$cap: $(cat err)"
	done
}

@test "without privileges all that are missing are named" {
	drop=()
	[ "$(id -u)" != 0 ] || drop=(setpriv --bounding-set=-all --inh-caps=-all)
	status=0
	"${drop[@]}" xskbench >out 2>err || status=$?
	equal status "$status" 1
	equal lines "$(wc -l <err)" 1
	for cap in SYS_ADMIN NET_ADMIN NET_RAW BPF; do
		grep -q "CAP_$cap" err || fail "$cap is not named: $(cat err)"
	done
}

# bats test_tags=root
@test "it works where RLIMIT_MEMLOCK can't be raised, or says what it needs" {
	no_lock=(setpriv --bounding-set=-ipc_lock,-sys_resource --inh-caps=-ipc_lock,-sys_resource)
	status=0
	"${no_lock[@]}" prlimit --memlock=8388608 xskbench pair -j -n 1000 --frames 512 --ring 512 \
		>out 2>err || status=$?
	equal status "$status" 0
	holds '.loss.sent == 1000 and .loss.unexplained == 0'
	status=0
	"${no_lock[@]}" prlimit --memlock=1048576 xskbench pair -n 1000 --frames 1024 >out 2>err ||
		status=$?
	equal status "$status" 1
	grep -q 'ENOBUFS.*1024 frames needs 2.0 MiB.*limit is 1.0 MiB.*CAP_IPC_LOCK' err ||
		fail "$(cat err)"
}

# bats test_tags=root
@test "a queue that is busy for a moment is tried again, one that stays so is reported" {
	# The first two binds are those of the netlink sockets.
	traced -qq -o trace -e trace=bind -e inject=bind:error=EBUSY:when=3..4 \
		xskbench pair -j -n 100 >out 2>err
	holds '.loss.sent == 100 and .loss.unexplained == 0'
	status=0
	traced -qq -o trace -e trace=bind -e inject=bind:error=EBUSY:when=3+ \
		xskbench pair -n 100 >out 2>err || status=$?
	equal status "$status" 1
	grep -q 'queue 0 of xskrx.*EBUSY.*another process' err || fail "$(cat err)"
	nothing_stays
}

# bats test_tags=root
@test "too large an MTU for native XDP is said so" {
	status=0
	xskbench pair -s 3600 --frame-size 4K >out 2>err || status=$?
	equal status "$status" 1
	grep -q 'ERANGE.*MTU.*--mode skb' err || fail "$(cat err)"
	bench pair -n 100 -s 3600 --frame-size 4K --mode skb
	equal status "$status" 0
	holds '.loss.received == 100 and .verify.bad == 0'
}

@test "options that don't go together are named, exit 2" {
	while read -r word options; do
		status=0
		# shellcheck disable=SC2086
		case $options in [a-z]*) ;; *) options="pair $options" ;; esac
		xskbench $options >out 2>err || status=$?
		equal "status of $options" "$status" 2
		equal "lines of $options" "$(wc -l <err)" 1
		grep -q -- "$word" err || fail "$options: $(cat err)"
	done <<-END
		--ring --ring 1000
		--frame-size --frame-size 3000
		--frame-size --frame-size 1024
		--headroom --headroom 1792
		--size --size 1793
		--size --size 59
		--batch -b 100 --ring 64
		--batch -b 100 --frames 64
		--napi --napi threaded --mode skb
		--cpu --cpu 0
		--cpu --cpu 0,x
		--cpu --cpu 0,99999
		--duration -d 0
		--batch -b 1,x
		--batch -b 0
		--size -s 64,
		--repeat --repeat 0
		--copy --copy --zerocopy
		--source --source kernel
		--sink --sink ifb
		--shared-umem tx --shared-umem
		--rate rx -r 5
		--queue rx --queue 1
		--source tx --source kernel --mode skb
		--source tx --source kernel --sink ifb
		--tx-budget --tx-budget 256 --ring 64
		lists suite -b 1,2
		--pages umem --pages 1g
		--rate ndr -r 5
		--mode --mode native
	END
}
