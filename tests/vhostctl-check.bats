#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vhostctl check against qemu-storage-daemon, whose failures are known, and faulty peers.

bats_require_minimum_version 1.5.0
load lib
load helper/vhostctl-lib

setup_file() {
	export D
	D=$(mktemp -d /tmp/vhostctl.XXXXXX)
	truncate -s 1M "$D/img"
}

teardown_file() {
	rm -rf "$D"
}

teardown() {
	peer_stop
}

qsd="exec qemu-storage-daemon --blockdev driver=file,filename=IMG,node-name=d0 --export type=vhost-user-blk,id=e0,node-name=d0,addr.type=unix,addr.path=SOCK,writable=on,num-queues=4"

spawned() { # STATUS OPTION...: check of a daemon that is started for it
	local command=${qsd/IMG/$D/img}
	run "-$1" --separate-stderr vhostctl check -j --spawn "${command/SOCK/$D/s}" "$D/s" "${@:2}"
}

found() { jq -r 'select(.case == "'"$1"'") | .result + " " + (.detail // "-")' <<<"$output"; }

@test "what every front-end does passes on qemu-storage-daemon, which is gone afterwards" {
	spawned 0
	equal failed "$(jq -cs 'map(select(.result == "fail").case)' <<<"$output")" "[]"
	[ "$(jq -s 'map(select(.result == "pass")) | length' <<<"$output")" -ge 9 ]
	equal skipped "$(jq -cs 'map(select(.result == "skip").case)' <<<"$output")" '["status-answered"]'
	! pgrep -f "addr.path=$D/s," || fail "still there"
	[ ! -e "$D/s" ]
	equal stderr "$stderr" ""
}

@test "the known failures of qemu-storage-daemon 7.2 are found" {
	qemu-storage-daemon --version | grep -q 'version 7\.2\.'
	spawned 4 --level destructive
	while read -r name what; do
		[[ "$(found "$name")" = $what ]] || fail "$name: $(found "$name")" "wanted: $what"
	done <<-'KNOWN'
		ring-index-4g fail died of SIGSEGV
		memory-table-4g-regions fail died of SIGSEGV
		ring-base-index-77 fail died of SIGABRT
		memory-truncated fail died of SIGBUS
		half-a-payload pass -
		inflight-65535-by-65535 fail hangs*
		half-a-header-idle fail meanwhile no other front-end is answered
		stray-fd-1 fail leaks 1 file descriptors
		stray-fds-8 fail leaks 8 file descriptors
		stray-fds-9 fail leaks 9 file descriptors
		memory-table-without-fd fail *closed its own fd 0*
		failure-acknowledged fail acknowledged*with 0, then closed*
		version-2 fail answered*
		reserved-flags fail answered*
		ring-size-0 fail acknowledged*
		ring-size-3 fail acknowledged*
		ring-size-65536 fail acknowledged*
	KNOWN
}

@test "faults of a back-end are found by the case that is about them" {
	while read -r name at does what; do
		peer_start features=0x140000000 protocol=0x8209 config=0000000000000000 at="$at" does="$does"
		run -4 --separate-stderr vhostctl check -j --timeout 100ms --only "$name" "$D/peer.sock"
		[[ "$(found "$name")" = "fail "$what ]] || fail "$name: $(found "$name")" "wanted: $what"
		peer_stop
	done <<-'FAULTS'
		queue-number-answered 17 silent did not answer GET_QUEUE_NUM*
		queue-number-answered 17 close closed the connection at GET_QUEUE_NUM*
		memory-slots-answered 36 oversize a broken message*
		config-answered 24 other:15 a broken message*
		owner-acknowledged 3 noflag a broken message*
	FAULTS
}

@test "--only takes cases by name, in their order; no such case is a wrong word" {
	peer_start features=0x140000000 protocol=0x8
	run -0 vhostctl check -j --only '*features-answered' "$D/peer.sock"
	equal cases "$(jq -r .case <<<"$output" | xargs)" "features-answered protocol-features-answered"
	run -2 --separate-stderr vhostctl check --only nothing "$D/peer.sock"
	[[ "$stderr" = *"'nothing'"* ]]
}

@test "a back-end that is not there, or does not come up, is an error" {
	run -1 --separate-stderr vhostctl check "$D/none"
	[[ "$stderr" = *"no back-end answers"* ]]
	run -1 --separate-stderr vhostctl check --spawn "exit 3" "$D/none"
	[[ "$stderr" = *"does not listen"* ]]
}
