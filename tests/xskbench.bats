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

# What the tool makes has these names; another suite may run it too, but not for long.
nothing_left() {
	! bpftool prog show name redirect | grep -q . &&
		! grep -qsE '^napi/xskrx' /proc/[0-9]*/comm && ! ip -o link | grep -qE ': xsk[rt]x'
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
	xskbench -j "$@" >out 2>err &
	PID=$!
	wait_for sending "$PID"
}

# bats test_tags=root
@test "a bare run takes a second, loses nothing unexplained and exits 0" {
	status=0
	xskbench >out 2>err || status=$?
	equal status "$status" 0
	equal lines "$(wc -l <out)" 2
	grep -q '^TEST ' out && grep -q '^pair ' out || fail "$(cat out)"
	grep -q 'single shot' err || fail "no warning: $(cat err)"
}

# bats test_tags=root
@test "every packet is sent, received, intact and in order" {
	for o in "" "--napi inline" "--mode skb" "-s 60" "-s 1500" "-s 1792" "-b 1" "-b 300" \
		"-s 3000 --frame-size 4K" "--headroom 512 -s 1280" "--ring 64 --frames 64"; do
		# shellcheck disable=SC2086
		bench -n 5000 $o
		equal "status of $o" "$status" 0
		holds '.sent == 5000 and .bad == 0 and .reordered == 0 and .unexplained == 0'
		holds '.received + .tx_failed + .rx_dropped + .rx_ring_full == .sent'
		holds '.lost == .sent - .received'
		# On a loaded machine small rings overflow.
		case $o in "--ring"*) ;; *) holds '.received > 4000' ;; esac
	done
}

# bats test_tags=root
@test "-n sends exactly so many" {
	for n in 1 63 64 65 12345; do
		bench -n $n
		equal "status of -n $n" "$status" 0
		holds ".sent == $n and .tx_link_packets + .tx_link_dropped == $n"
	done
}

# bats test_tags=root
@test "sent and received equal the interfaces' own counters, in packets and bytes" {
	# The descriptors are closed slowly, so that the lab can be looked at from outside.
	traced -qq -f --seccomp-bpf -o trace -e trace=close \
		-e inject=close:delay_enter=150000 xskbench -j -n 3000 -s 200 >out 2>err &
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
	holds '.sent == 3000 and .received + .rx_dropped + .rx_ring_full == 3000'
}

# bats test_tags=root
@test "--mode says where the program really is attached" {
	start -d 20s
	in_end "$PID" xskrx ip -d link show xskrx | grep -qw 'prog/xdp' || fail "not drv"
	kill -INT "$PID" && wait "$PID"
	holds '.mode == "drv"'
	start -d 20s --mode skb
	in_end "$PID" xskrx ip -d link show xskrx | grep -qw 'xdpgeneric' || fail "not skb"
	kill -INT "$PID" && wait "$PID"
	PID=
	holds '.mode == "skb"'
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
	holds '.tx_cpu == 1 and .rx_cpu == 0 and .napi == "threaded"'
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
	holds '.unexplained > 0 and .received > 0 and .lost == .unexplained + .rx_dropped'
	holds '.warnings | any(contains("no counter explains"))'
}

# bats test_tags=root
@test "--verify off leaves bad, reordered and lost absent" {
	bench -n 1000 --verify off
	equal status "$status" 0
	holds '.bad == null and .reordered == null and .lost == null and .unexplained == 0'
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
		holds '.sent > 0 and .unexplained == 0 and .bad == 0'
		holds '.warnings | any(contains("signal"))'
		wait_for nothing_left
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
				xskbench -j -d 30s >out 2>err || status=$?
			case $s in
			KILL) [ "$status" -gt 128 ] || fail "$s at $at" ;;
			*)
				equal "status for $s at $at" "$status" 0
				holds '.warnings | any(contains("signal"))'
				;;
			esac
			wait_for nothing_left
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
	wait_for nothing_left
}

# bats test_tags=root
@test "a missing capability is named" {
	for cap in sys_admin net_admin net_raw; do
		status=0
		setpriv --bounding-set=-$cap --inh-caps=-$cap xskbench -d 10ms >out 2>err ||
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
	"${no_lock[@]}" prlimit --memlock=8388608 xskbench -j -n 1000 --frames 512 --ring 512 \
		>out 2>err || status=$?
	equal status "$status" 0
	holds '.sent == 1000 and .unexplained == 0'
	status=0
	"${no_lock[@]}" prlimit --memlock=1048576 xskbench -n 1000 --frames 1024 >out 2>err ||
		status=$?
	equal status "$status" 1
	grep -q 'ENOBUFS.*1024 frames needs 2.0 MiB.*limit is 1.0 MiB.*CAP_IPC_LOCK' err ||
		fail "$(cat err)"
}

# bats test_tags=root
@test "a queue that is busy for a moment is tried again, one that stays so is reported" {
	# The first two binds are those of the netlink sockets.
	traced -qq -o trace -e trace=bind -e inject=bind:error=EBUSY:when=3..4 \
		xskbench -j -n 100 >out 2>err
	holds '.sent == 100 and .unexplained == 0'
	status=0
	traced -qq -o trace -e trace=bind -e inject=bind:error=EBUSY:when=3+ \
		xskbench -n 100 >out 2>err || status=$?
	equal status "$status" 1
	grep -q 'queue 0 of xskrx.*EBUSY.*another process' err || fail "$(cat err)"
	wait_for nothing_left
}

# bats test_tags=root
@test "too large an MTU for native XDP is said so" {
	status=0
	xskbench -s 3600 --frame-size 4K >out 2>err || status=$?
	equal status "$status" 1
	grep -q 'ERANGE.*MTU.*--mode skb' err || fail "$(cat err)"
	bench -n 100 -s 3600 --frame-size 4K --mode skb
	equal status "$status" 0
	holds '.received == 100 and .bad == 0'
}

@test "options that don't go together are named, exit 2" {
	while read -r word options; do
		status=0
		# shellcheck disable=SC2086
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
		--mode --mode native
	END
}
