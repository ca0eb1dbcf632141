#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# xskbench: whatever ends it, nothing outlives it.

load lib
load helper/xskbench-lib

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

# blocks PID: whether it looks for SIGINT.
blocks() {
	awk '/^SigBlk/ { exit !(("0x" substr($2, 16, 1)) ~ /[2367abef]$/) }' "/proc/$1/status"
}

# bats test_tags=root
@test "what rings and umem have measured is printed when a signal ends them" {
	for o in "rings --repeat 99 -n 1000000" "umem -s 64M --pages 4k --repeat 99"; do
		# shellcheck disable=SC2086
		env --default-signal=INT "$BIN/xskbench" $o -j >out 2>err &
		PID=$!
		wait_for blocks "$PID"
		kill -INT "$PID"
		status=0
		wait "$PID" || status=$?
		PID=
		equal "status of $o" "$status" 0
		holds '.shots >= 1 and .shots < 99'
		grep -q 'a signal ended it: measured [0-9]* times, not 99' err || fail "$(cat err)"
	done
	nothing_stays
}

# bats test_tags=root
@test "ndr that a signal ends prints what lost nothing by then, exit 3, or fails" {
	env --default-signal=INT "$BIN/xskbench" ndr -v -j -d 200ms >out 2>err &
	PID=$!
	tried() { [ "$(grep -c 'packets a second' err)" -ge 4 ]; }
	wait_for tried
	kill -INT "$PID"
	status=0
	wait "$PID" || status=$?
	PID=
	case $status in
	3)
		holds '.loss.sent == .loss.received and .result.shots == 1'
		holds '.warnings | any(contains("a signal ended the search: a higher rate"))'
		;;
	1) grep -q 'before a rate was found' err && [ ! -s out ] || fail "$(cat out err)" ;;
	*) fail "status" ;;
	esac
	nothing_stays
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
		! stat -L -c '%i %n' /run/netns/* /proc/[0-9]*/ns/net 2>/dev/null | grep "^$id " ||
			fail "it is $f"
	done
	equal "namespaces" "$(ends_of "$PID" | wc -l)" 2
	kill -KILL "$PID"
	wait "$PID" || true
	PID=
	nothing_stays
}
