#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vhostctl serve in front of our own driver and checks, compared with the file behind it.

bats_require_minimum_version 1.5.0
load lib
load helper/vhostctl-lib

setup_file() {
	export D
	D=$(mktemp -d /tmp/vhostctl.XXXXXX)
	truncate -s 24M "$D/random"
	dd if=/dev/urandom of="$D/random" bs=1M count=24 conv=notrunc status=none
}

teardown_file() {
	rm -rf "$D"
}

teardown() {
	serve_stop
}

serve_start() { # OPTION...
	: >"$D/served"
	vhostctl serve -j "$@" "$D/s" >>"$D/served" 2>"$D/log" 3>&- &
	SERVE=$!
	wait_socket "$D/s"
}

serve_stop() {
	[ -z "${SERVE-}" ] || end "$SERVE"
	SERVE=
}

last() { tail -n 1 "$D/served" | jq -c "$1"; }
fds() { ls "/proc/$SERVE/fd" | wc -l; }
left() { [ "$(jq -s 'map(select(.'"$1"')) | length' "$D/served")" -ge "$2" ]; }

@test "what is written through rings is in the file, and what is read comes from it" {
	cp "$D/random" "$D/img"
	serve_start --blk "$D/img"
	vhostctl blk read "$D/s" | cmp - "$D/img"
	for o in "--qd 1 -b 512 --length 1M" "--queues 4 --qd 5 -b 1M" "--indirect" "--qd 400 -b 4K" "--spin 0 -b 7K"; do
		# shellcheck disable=SC2086
		vhostctl blk read $o "$D/s" >"$D/out" || fail "$o"
		head -c "$(stat -c %s "$D/out")" "$D/img" | cmp - "$D/out" || fail "$o"
	done
	cp "$D/img" "$D/want"
	head -c 5M /dev/zero | tr '\0' 'x' >"$D/data"
	dd if="$D/data" of="$D/want" bs=512 seek=2047 conv=notrunc status=none
	vhostctl blk write -f "$D/data" --offset $((2047 * 512)) "$D/s"
	cmp "$D/img" "$D/want"
	vhostctl blk zero --offset 50K --length 1500K "$D/s"
	vhostctl blk zero --unmap --offset 20M --length 1M "$D/s"
	dd if=/dev/zero of="$D/want" bs=512 seek=100 count=3000 conv=notrunc status=none
	dd if=/dev/zero of="$D/want" bs=1M seek=20 count=1 conv=notrunc status=none
	cmp "$D/img" "$D/want"
	vhostctl blk flush "$D/s"
	vhostctl blk discard --offset 22M --length 1M "$D/s"
	before=$(stat -c %b "$D/img")
	[ "$before" -lt "$(stat -c %b "$D/random")" ]
}

@test "several front-ends are served at once, each counted for itself" {
	serve_start --null 64M --queues 2
	pids=()
	for i in 1 2 3; do
		vhostctl blk read --length 16M --queues 2 "$D/s" -f "$D/out$i" 3>&- &
		pids+=($!)
	done
	for i in 1 2 3; do
		wait "${pids[i - 1]}"
		cmp "$D/out$i" <(head -c 16M /dev/zero)
	done
	wait_for left "read_bytes == 16777216" 3
	equal conns "$(jq -sc 'map(.conn) | sort' "$D/served")" "[1,2,3]"
	equal errors "$(jq -s 'map(.errors) | add' "$D/served")" 0
}

@test "check finds nothing wrong with it, and no descriptor is left" {
	cp "$D/random" "$D/img"
	serve_start --blk "$D/img"
	before=$(fds)
	run -0 --separate-stderr vhostctl check -j --level destructive --pid "$SERVE" "$D/s"
	equal others "$(jq -sc 'map(select(.result != "pass").case)' <<<"$output")" "[]"
	wait_for eval '[ "$(fds)" = "'"$before"'" ]'
}

@test "killed and started again, it does what was in flight, once" {
	for ring in split packed; do
		truncate -s 1M "$D/inflight.img"
		timeout 60 python3 "$BATS_TEST_DIRNAME/helper/vhostctl-inflight.py" "$D/inflight.sock" "$D/inflight.img" $ring 6 \
			"$BIN/vhostctl" serve -q --blk "$D/inflight.img" "$D/inflight.sock"
		rm "$D/inflight.img"
	done
}

@test "where a queue stood is known after the status became 0, which QEMU asks for" {
	serve_start --null 1M
	equal base "$(vhostctl send -j "$D/s" SET_PROTOCOL_FEATURES=STATUS SET_VRING_BASE=1,7 SET_STATUS=DRIVER_OK SET_STATUS=0 \
		GET_VRING_BASE=1 GET_STATUS | jq -c 'select(.kind == "reply").payload')" '{"index":1,"num":7}'$'\n''{"status":[]}'
	# A reset leaves nothing.
	equal base "$(vhostctl send -j "$D/s" SET_PROTOCOL_FEATURES=RESET_DEVICE SET_VRING_BASE=1,7 RESET_DEVICE GET_VRING_BASE=1 |
		jq -c 'select(.kind == "reply").payload')" '{"index":1,"num":0}'
}

@test "the state of a device is saved and loaded, and nothing else is taken for it" {
	serve_start --null 1M
	timeout 60 python3 "$BATS_TEST_DIRNAME/helper/vhostctl-state.py" "$D/s"
}

@test "while a guest migrates, what it writes is logged, and nothing else" {
	serve_start --blk "$D/random"
	for how in split "split event-idx" packed "packed event-idx"; do
		# shellcheck disable=SC2086
		timeout 60 python3 "$BATS_TEST_DIRNAME/helper/vhostctl-log.py" "$D/s" $how
	done
}

@test "a read-only disk is not written, and says so" {
	cp "$D/random" "$D/img"
	serve_start --blk "$D/img" --read-only
	equal ro "$(vhostctl blk info -j "$D/s" | jq .read_only)" true
	vhostctl blk read "$D/s" | cmp - "$D/img"
	run -1 --separate-stderr vhostctl serve --blk "$D" "$D/t"
	[[ "$stderr" = *EISDIR* ]]
}

@test "a ring may be enabled before SET_FEATURES, as QEMU's network devices do, if that may be at all" {
	serve_start --net-loopback
	while read -r want words; do
		# shellcheck disable=SC2086 # words of send
		run vhostctl send -rj "$D/s" SET_PROTOCOL_FEATURES=REPLY_ACK $words SET_VRING_ENABLE+ack=0,1
		equal "$words" "$(jq -r 'select(.request == "SET_VRING_ENABLE").payload.value != 0' <<<"$output")" "$want"
	done <<-'ORDERS'
		false SET_OWNER
		false SET_FEATURES=VERSION_1|PROTOCOL_FEATURES
		true SET_FEATURES=VERSION_1
	ORDERS
}

@test "what makes no device, or no fault, is a wrong word" {
	run -2 --separate-stderr vhostctl serve "$D/t"
	[[ "$stderr" = *"--null SIZE"* ]]
	run -2 --separate-stderr vhostctl serve --null 1M --net-loopback "$D/t"
	run -2 --separate-stderr vhostctl serve --null 1M --fault drop-repl:GET_CONFIG "$D/t"
	[[ "$stderr" = *"did you mean 'drop-reply'"* ]]
	run -2 --separate-stderr vhostctl serve --null 1M --fault drop-reply:GET_CONFI "$D/t"
	[[ "$stderr" = *"did you mean 'GET_CONFIG'"* ]]
	for f in drop-reply io-error:GET_CONFIG delay:GET_CONFIG delay:GET_CONFIG=x close:any=3 close:any@0; do
		run -2 --separate-stderr vhostctl serve --null 1M --fault "$f" "$D/t"
	done
	run -2 --separate-stderr vhostctl serve --null 1M --without NOTHING "$D/t"
	[ ! -e "$D/t" ]
}

@test "a back-end that connects to us is asked, told and driven" {
	for c in "probe -j $D/l" "send -j $D/l GET_FEATURES" "blk info -j $D/l"; do
		# shellcheck disable=SC2086
		vhostctl $c --listen >"$D/out" 2>"$D/err" 3>&- &
		front=$!
		wait_socket "$D/l"
		vhostctl serve -q --connect --null 3M "$D/l" >/dev/null
		wait $front || fail "$c: $(cat "$D/err")"
		grep -q '0x574007a44\|"capacity_bytes":3145728' "$D/out" || fail "$c"
	done
}
