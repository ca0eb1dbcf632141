#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# xskbench: what each command prints, what options do, and what is compared.

load lib
load helper/xskbench-lib

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
		equal "warnings of a single shot" "$(grep -c 'single shot' err)" 1
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
		holds '[.result.cpu_pct[]] | all(. <= 101)'
		holds '.loss.sent == .loss.received + .loss.rx_dropped + .loss.rx_ring_full +
			.loss.tx_ring_overflow + .loss.unexplained'
		holds '.loss.unexplained == 0 and .verify.bad == 0 and .verify.reordered == 0'
		holds '.latency_ns.p50 == null and .env.driver == "veth"'
		equal kernel "$(jq -r .env.kernel out)" "$(uname -r)"
	done
}

# bats test_tags=root
@test "lists sweep: one result for each combination" {
	bench -n 500 pair -b 1,16,64 -s 64,1500
	equal status "$status" 0
	equal results "$(jq -rs 'map("\(.config.batch)x\(.config.size_bytes)") | join(" ")' out)" \
		"1x64 16x64 64x64 1x1500 16x1500 64x1500"
	holds '.loss.sent == 500 and .verify.bad == 0'
	# In either mode; by a queue that is not the socket's own the kernel gives it nothing.
	for o in "pair --queue 0,3" "pair --queue 0,3 --mode skb" "rtt --queue 0,3 --mode skb" \
		"rtt --queue 0,3 --mode skb --shared-umem" "fwd --source xsk --queue 0,3 --mode skb" \
		"pair --queue 0,3 --mode skb --shared-umem" "rtt --queue 0,3"; do
		# shellcheck disable=SC2086
		bench -n 500 $o
		equal "status of $o" "$status" 0
		equal "queues of $o" "$(jq -rs 'map(.config.queue) | join(" ")' out)" "0 3"
		holds '.loss.sent == 500 and .loss.received > 0 and .loss.unexplained == 0 and .verify.bad == 0'
	done
}

# bats test_tags=root
@test "packets of several frames are forwarded and timed whole, by the interfaces' counters" {
	for o in "fwd -s 3000" "fwd --source xsk -s 9000" "fwd --source xsk -s 9000 -b 1" \
		"fwd --source xsk -s 9000 --mode skb" "fwd --source xsk -s 64" \
		"fwd --source xsk -s 9000 --frame-size 4K --headroom 512" "rtt -s 9000" \
		"rtt -s 9000 --mode skb" "rtt -s 9000 --shared-umem" "rtt -s 30000" "rtt -s 64" \
		"rtt -s 3000 --frames 4 -b 1" "rtt --ring 2 --frames 2 -b 1"; do
		# shellcheck disable=SC2086
		bench $o --frags -n 300
		equal "status of $o" "$status" 0
		holds '.loss.sent == 300 and .loss.unexplained == 0 and .verify.bad == 0 and .verify.reordered == 0'
		# Some may find no frame, and those do not come back.
		holds '.loss.rx_link_packets + .loss.tx_link_dropped == 300 and
			.loss.received == 300 - .loss.rx_dropped - .loss.rx_ring_full - .loss.tx_ring_overflow'
		case $o in rtt*) holds '.loss.received == 300 and .latency_ns.p50 > 0' ;; esac
	done
}

# bats test_tags=root
@test "what the UMEM and the socket can do is an option, and packets stay whole" {
	while read -r o; do
		# shellcheck disable=SC2086
		bench pair -n 1000 $o
		equal "status of $o" "$status" 0
		holds '.loss.sent == 1000 and .loss.unexplained == 0 and .verify.bad == 0'
		# There are frames for all of them, however late the receiver comes; generic XDP's
		# backlog is the whole CPU's.
		case $o in
		*skb*) holds '.loss.received > 0' ;;
		*) holds '.loss.received == 1000' ;;
		esac
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
@test "--verify off leaves bad, reordered and lost absent" {
	bench pair -n 1000 --verify off
	equal status "$status" 0
	holds '.verify.bad == null and .verify.reordered == null and .verify.lost == null and .loss.unexplained == 0'
}

# bats test_tags=root
@test "a receiver polls where NAPI has its CPU, and spins where it has not" {
	while read -r wanted o; do
		# shellcheck disable=SC2086
		bench -n 200 $o
		equal "status of $o" "$status" 0
		equal "waiting of $o" "$(jq -r .config.wait out)" "$wanted"
		holds '.loss.sent == 200 and .loss.unexplained == 0'
	done <<-END
		spin rx --cpu 0,1
		poll rx --cpu 0,0
		poll rx --wait poll
		poll pair --cpu 0,1
		spin pair --cpu 0,1 --napi inline
		poll pair --napi inline --wait poll
		spin fwd --cpu 0,1
	END
	equal "frames without a NAPI thread" "$(jq -c '.config | [.frames, .ring]' out)" "[4096,4096]"
	bench pair -n 10
	equal "frames with one" "$(jq -c '.config | [.frames, .ring]' out)" "[16384,16384]"
}

# texts FILE: what a picture says, line by line; fails unless it is well-formed.
texts() {
	python3 -c 'import sys, xml.etree.ElementTree as e
for t in e.parse(sys.argv[1]).iter("{http://www.w3.org/2000/svg}text"):
    print("".join(t.itertext()).strip())' "$1"
}

# bats test_tags=root
@test "--plot draws sweeps, histograms, the suite and one result, with axes and units" {
	bench tx -n 200 -b 1,16 -s 64,1500 --plot sweep.svg
	equal status "$status" 0
	texts sweep.svg >said
	for t in "batch (descriptors at a time)" "64 bytes" "1500 bytes" 16 "xskbench tx: drv"; do
		grep -qxF -- "$t" said || fail "no $t: $(cat said)"
	done
	grep -q '^million packets a second' said && grep -q "Linux $(uname -r)" said || fail "$(cat said)"
	bench pair -n 200 --queue 0,1 --plot queue.svg
	texts queue.svg | grep -qx queue || fail "no axis of queues"
	bench rtt -n 200 --plot rtt.svg
	texts rtt.svg >said
	grep -qx 'round trip (µs)' said && grep -qx 'round trips (count)' said || fail "$(cat said)"
	# A quantile in the picture is that of the record.
	jq -r '"p50 \(.latency_ns.p50 / 1000 * 10 | round / 10)"' out | sed 's/$/.0/' |
		grep -oE '^p50 [0-9]+\.[0-9]' >p50
	grep -q "^$(cat p50) µs$" said || fail "$(cat p50) is not in $(cat said)"
	bench rx -d 20ms --repeat 2 --plot one.svg
	texts one.svg >said
	grep -qx 'time (ms)' said && grep -qx 'median of 2' said || fail "$(cat said)"
	bench tx -n 200 -s 100 --plot count.svg
	texts count.svg >said
	! grep -vE '^xskbench: ' err || fail "gnuplot complains"
	grep -qx 'xskbench tx: drv, batch 64, 100 bytes' said && ! grep -q time said || fail "$(cat said)"
	bench suite -n 100 --plot suite.svg
	texts suite.svg >said
	grep -qx 'from kernel' said && grep -qx rtt said || fail "$(cat said)"
}

# bats test_tags=root
@test "--plot: what stands in its way is said before anything is measured" {
	mkdir bin
	for o in "x.png|2|does not end in .svg" "/nonexistent/x.svg|1|/nonexistent/x.svg.*ENOENT"; do
		status=0
		xskbench tx -n 10 --plot "${o%%|*}" >out 2>err || status=$?
		equal "status of $o" "$status" "$(cut -d'|' -f2 <<<"$o")"
		grep -q -- "${o##*|}" err && [ ! -s out ] || fail "$(cat out err)"
	done
	ln -s "$BIN/xskbench" bin/xskbench
	status=0
	PATH=$PWD/bin xskbench tx -n 10 --plot x.svg >out 2>err || status=$?
	equal "status without gnuplot" "$status" 1
	grep -q 'gnuplot.*ENOENT.*install it' err && [ ! -s out ] && [ ! -e x.svg ] || fail "$(cat out err)"
	# One that fails leaves no picture.
	printf '#!/bin/sh\nexit 3\n' >bin/gnuplot && chmod +x bin/gnuplot
	status=0
	PATH=$PWD/bin:$PATH xskbench tx -n 10 --plot x.svg --quiet >out 2>err || status=$?
	equal "status where gnuplot fails" "$status" 1
	grep -q 'drawing x.svg.*EIO' err && [ ! -e x.svg ] || fail "$(cat err)"
	status=0
	xskbench ndr -n 10 --plot x.svg 2>err || status=$?
	equal "status of ndr" "$status" 2
}
