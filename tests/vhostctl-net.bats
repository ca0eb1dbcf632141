#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vhostctl net against devices that send each frame back, whole or not.

bats_require_minimum_version 1.5.0
load lib
load helper/vhostctl-lib

setup_file() {
	export D
	D=$(mktemp -d /tmp/vhostctl.XXXXXX)
}

teardown_file() {
	rm -rf "$D"
}

teardown() {
	peer_stop
}

# The counts must be these, whatever the time that it takes.
counts() { # STATUS WANTED OPTION...
	run "-$1" --separate-stderr vhostctl net loop -j -c 500 -d 30s --wait 20s "${@:3}" "$D/peer.sock"
	equal "counts ${*:3}" \
		"$(jq -c '[.sent, .returned, .lost, .corrupt, .duplicates, .reordered, .foreign]' <<<"$output")" "$2"
}

@test "each frame comes back, through rings of every kind" {
	ring_start fair packed event_idx mergeable
	for o in "" "--packed" "--event-idx" "--packed --event-idx" "--spin 0 --qd 3" "--packed --spin 0 --qd 3 --event-idx" \
		"--size 60" "--size 1514" "--packed -s 9000 --qd 5" "--mergeable -s 9000" "--mergeable -s 1012" "--mergeable -s 1013" \
		"--packed --mergeable -s 3000 --qd 3 --spin 0"; do
		# shellcheck disable=SC2086
		counts 0 "[500,500,0,0,0,0,0]" $o
		equal ring "$(jq -r .ring <<<"$output")" "$([[ $o = *packed* ]] && echo packed || echo split)"
	done
	equal latency "$(jq '.latency_ns | .min > 0 and .min <= .p50 and .p50 <= .max' <<<"$output")" true
	equal rate "$(jq '(.tx_pps * .elapsed_ns / 1e9 | round) <= .sent and .tx_pps > 0' <<<"$output")" true
}

@test "a device of another kind is not driven" {
	vhostctl serve --net-loopback "$D/peer.sock" 3>&- >/dev/null &
	echo $! >"$D/peer.pid"
	wait_socket "$D/peer.sock"
	for action in info read "zero --length 512"; do
		# shellcheck disable=SC2086
		run -1 --separate-stderr vhostctl blk $action "$D/peer.sock"
		equal "$action" "$output" ""
		[[ "$stderr" = *"that is a net device, not blk"* ]]
	done
	peer_stop
	vhostctl serve --null 1M "$D/peer.sock" 3>&- >/dev/null &
	echo $! >"$D/peer.pid"
	wait_socket "$D/peer.sock"
	run -1 --separate-stderr vhostctl net loop "$D/peer.sock"
	[[ "$stderr" = *"that is a blk device, not net"* ]]
}

@test "a device without the feature that an option takes is refused" {
	ring_start fair
	for o in "--packed:RING_PACKED" "--event-idx:EVENT_IDX" "--mergeable:MRG_RXBUF" "--queues=2:MQ"; do
		run -1 --separate-stderr vhostctl net loop "${o%:*}" "$D/peer.sock"
		[[ "$stderr" = *"does not offer ${o#*:}"* ]] || fail "$stderr"
	done
	run -2 vhostctl net loop --receive "$D/peer.sock"
	run -2 --separate-stderr vhostctl net lopp "$D/peer.sock"
	[[ "$stderr" = *"did you mean 'loop'"* ]]
}

@test "frames that are not what was sent, or not there, are counted as what they are" {
	while read -r how status want wait; do
		ring_start "$how" packed
		for o in "" --packed; do
			counts "$status" "$want" --wait "$wait" $o
		done
		peer_stop
	done <<-'CASES'
		drop 4 [500,400,100,0,0,0,0] 300ms
		corrupt 4 [500,400,100,100,0,0,0] 300ms
		stranger 4 [500,400,100,0,0,0,100] 300ms
		swap 0 [500,500,0,0,0,100,0] 20s
	CASES
	ring_start again
	run -4 --separate-stderr vhostctl net loop -j -c 500 -d 30s --wait 300ms "$D/peer.sock"
	# Those of them that found no buffer are lost.
	equal again "$(jq -c '[.returned + .lost, .duplicates > 0]' <<<"$output")" "[500,true]"
}

@test "a device that lies in its ring is found out, and leaves no fd and no hang" {
	while read -r how why; do
		ring_start "$how" packed
		for o in "--spin 0" "--spin 1s" "--packed"; do
			# shellcheck disable=SC2086
			run -1 --separate-stderr timeout 20 vhostctl net loop "$D/peer.sock" $o --wait 200ms -d 200ms
			[[ "$stderr" = *"$why"* ]] || fail "$how $o: $stderr"
		done
		peer_stop
	done <<-'CASES'
		id (EPROTO)
		long (EPROTO)
		short (EPROTO)
		early (EPROTO)
		silent takes no frames
		calls takes no frames
		chatter takes no frames
		close (EPIPE)
	CASES
	ring_start ahead packed
	run -1 --separate-stderr timeout 20 vhostctl net loop "$D/peer.sock"
	[[ "$stderr" = *EPROTO* ]]
	run timeout 20 vhostctl net loop "$D/peer.sock" --packed -d 100ms --wait 100ms
	[ "$status" -lt 5 ]
	peer_stop
	for how in none endless; do
		ring_start $how mergeable packed
		run -2 vhostctl net loop --mergeable -s 9000 --qd 8 "$D/peer.sock"
		for o in "" --packed; do
			run -1 --separate-stderr timeout 20 vhostctl net loop "$D/peer.sock" --mergeable $o
			[[ "$stderr" = *EPROTO* ]] || fail "$how $o: $stderr"
		done
		peer_stop
	done
}

@test "serve's loopback returns all, through several queues too" {
	vhostctl serve "$D/peer.sock" --net-loopback >/dev/null 2>&1 3>&- &
	echo $! >"$D/peer.pid"
	wait_socket "$D/peer.sock"
	for o in "" "--packed" "--event-idx --spin 0" "--queues 2" "--packed --queues 2 -s 1500" "--mergeable -s 9000 --queues 2" "--packed --mergeable -s 1514"; do
		# shellcheck disable=SC2086
		counts 0 "[500,500,0,0,0,0,0]" $o
	done
	run -0 vhostctl net bench -j -c 500 --wait 20s "$D/peer.sock"
	equal bench "$(jq -c '[.sent, .returned + .lost, .corrupt, .duplicates]' <<<"$output")" "[500,500,0,0]"
	run -0 vhostctl net bench --receive -j -d 50ms "$D/peer.sock"
	equal receive "$(jq -c '[.sent, .received]' <<<"$output")" "[0,0]"
}

@test "serve answers the control queue, wherever it is, as the features that are on allow" {
	vhostctl serve "$D/peer.sock" --net-loopback --queues 4 -j >"$D/out" 2>/dev/null 3>&- &
	echo $! >"$D/peer.pid"
	wait_socket "$D/peer.sock"
	control() { run -0 python3 "$BATS_TEST_DIRNAME/helper/vhostctl-control.py" "$D/peer.sock" "$@"; }
	# CTRL_VQ, CTRL_RX, CTRL_VLAN, CTRL_RX_EXTRA, MQ, CTRL_MAC_ADDR: pairs 1, 4, 0, 5; promiscuous mode; no unicast;
	# a VLAN; addresses; no such class; no data.
	control 0xde0000 8 04000100 04000400 04000000 04000500 000001 000301 02000500 0101021122334455 0101021122 \
		01000000000000000000 090001 0400
	equal answers "$output" "ok ok error error ok ok ok ok error ok error error 02:11:22:33:44:55"
	# Without MQ it is the third; each takes its feature.
	control 0x60000 2 000001 000301 04000100 0101021122334455 02000500
	equal few "$output" "ok error error error error 52:54:00:76:68:01"
	left() { [ "$(wc -l <"$D/out")" = 2 ]; }
	wait_for left
	equal counts "$(jq -sc 'map([.requests, .errors])' "$D/out")" "[[12,5],[5,4]]"
}

@test "SIGINT and SIGTERM end a measurement early, and what there is gets printed" {
	ring_start fair
	for signal in INT TERM; do
		for o in "net loop" "net bench" "net bench --receive"; do
			# shellcheck disable=SC2086
			vhostctl $o -j -d 60s --wait 2s "$D/peer.sock" >"$D/out" 3>&- &
			pid=$!
			ended_by $signal $pid 4
			jq -e '.elapsed_ns > 0 and .elapsed_ns < 30e9 and .corrupt == 0' "$D/out" >/dev/null || fail "$o: $(cat "$D/out")"
		done
	done
}

@test "a second signal ends what waits for a back-end that is stopped, and no socket is left" {
	vhostctl net loop -l -d 60s --timeout 60s "$D/l.sock" 3>&- &
	pid=$!
	wait_socket "$D/l.sock"
	vhostctl serve --connect --net-loopback "$D/l.sock" 3>&- >/dev/null &
	server=$!
	runs() { grep -q SigCgt:.*[2367abef]$ "/proc/$pid/status" && [ "$(ls "/proc/$server/fd" | wc -l)" -gt 8 ]; }
	wait_for runs
	kill -STOP $server
	ended() { ! kill -INT $pid; }
	wait_for ended
	status=0
	wait $pid || status=$?
	kill -KILL $server
	wait $server || :
	equal status $status 130
	[ ! -e "$D/l.sock" ]
}

@test "a dpdk-testpmd, where there is one, returns each frame" {
	command -v dpdk-testpmd >/dev/null || return 0
	mkfifo "$D/stdin"
	# Without an end of its input, and without a line that would end it.
	RUNTIME_DIRECTORY=$D XDG_RUNTIME_DIR=$D dpdk-testpmd --lcores '(0-1)@0' --no-huge -m 128 --no-pci --no-telemetry \
		--vdev "net_vhost0,iface=$D/peer.sock,queues=2" \
		-- --total-num-mbufs=2048 --no-flush-rx --rxq=2 --txq=2 <>"$D/stdin" >"$D/pmd" 2>&1 3>&- &
	echo $! >"$D/peer.pid"
	wait_socket "$D/peer.sock"
	for o in "" "--packed" "--event-idx --spin 0" "--queues 2 -s 1514" "--mergeable -s 1514" "--packed --mergeable -s 1400 --queues 2"; do
		# shellcheck disable=SC2086
		counts 0 "[500,500,0,0,0,0,0]" $o
	done
}

@test "a back-end that connects to us is driven too" {
	vhostctl net loop --listen -j -c 500 -d 30s --wait 20s "$D/peer.sock" >"$D/out" 3>&- &
	pid=$!
	wait_socket "$D/peer.sock"
	vhostctl serve --net-loopback --connect "$D/peer.sock" >/dev/null
	wait $pid
	equal counts "$(jq -c '[.sent, .returned, .lost]' "$D/out")" "[500,500,0]"
}
