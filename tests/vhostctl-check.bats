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
	equal skipped "$(jq -cs 'map(select(.result == "skip").case)' <<<"$output")" '["status-answered","status-kept","device-reset","shared-memory-answered","inflight-memory-made","state-saved","disk-read-packed"]'
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

@test "each fault that serve can have is caught by a case" {
	while read -r fault name what; do
		# A machine that is busy is given more time: what is late is found before what is wrong.
		for timeout in 150ms 1s 5s; do
			run --separate-stderr vhostctl check -j --level destructive --timeout $timeout --only "$name" \
				--spawn "exec vhostctl serve --null 1M --fault $fault '$D/s'" "$D/s"
			[[ "$status" = 4 && "$(found "$name")" = "fail "$what ]] && continue 2
		done
		fail "$fault $name: $(found "$name")" "wanted: $what"
	done <<-'FAULTS'
		drop-reply:GET_CONFIG config-answered did not answer*
		ignore:GET_QUEUE_NUM queue-number-answered did not answer*
		refuse:SET_MEM_TABLE memory-table-set refused*
		refuse:GET_CONFIG config-answered refused*
		false-ack:SET_STATUS status-kept answered GET_STATUS with 0, not 3*
		false-ack:SET_VRING_ADDR disk-read refused SET_VRING_KICK*
		false-ack:SET_VRING_KICK disk-read did not give the request back*
		false-ack:SET_VRING_CALL disk-read gave the request back, and did not call*
		false-ack:SET_VRING_ENABLE disk-read did not give the request back*
		false-ack:ADD_MEM_REG region-removed refused REM_MEM_REG*
		false-ack:SET_MEM_TABLE disk-read refused SET_VRING_ADDR*
		false-ack:REM_MEM_REG region-added-again refused ADD_MEM_REG*
		ack-then-close:SET_OWNER owner-acknowledged closed the connection*
		close:GET_MAX_MEM_SLOTS memory-slots-answered closed the connection*
		close-after:GET_STATUS status-answered closed the connection*
		hang:GET_SHMEM_CONFIG shared-memory-answered hangs*
		crash:RESET_DEVICE device-reset died of SIGSEGV*
		crash:SET_OWNER=6 owner-acknowledged died of SIGABRT*
		leak-fds:ADD_MEM_REG region-added *leaks 1 file descriptors*
		half-reply:GET_CONFIG=13 config-answered a broken message*in the middle*
		delay:GET_QUEUE_NUM=9s queue-number-answered did not answer*
		twice:GET_FEATURES features-answered sends what nobody has asked for*
		twice:GET_CONFIG config-answered a broken message*answers another request*
		unasked:SET_OWNER owner-acknowledged a broken message*answers another request*
		wrong-size:GET_PROTOCOL_FEATURES protocol-features-answered a broken message*wrong size*
		wrong-size:GET_SHMEM_CONFIG=8 shared-memory-answered a broken message*wrong size*
		wrong-length:GET_QUEUE_NUM queue-number-answered a broken message*in the middle*
		wrong-length:GET_STATUS=0xffffffff status-answered a broken message*64 KiB*
		wrong-value:GET_FEATURES features-answered offers virtio features*
		wrong-value:GET_CONFIG config-answered a broken message*something else*
		wrong-value:GET_VRING_BASE ring-starts-and-stops a broken message*something else*
		wrong-value:CHECK_DEVICE_STATE state-saved answered*
		wrong-value:SET_OWNER=5 owner-acknowledged refused*
		wrong-request-id:GET_INFLIGHT_FD inflight-memory-made a broken message*another request*
		wrong-version:GET_STATUS status-answered a broken message*version*
		no-reply-flag:GET_MAX_MEM_SLOTS memory-slots-answered a broken message*reply flag*
		stray-fds:GET_QUEUE_NUM=3 queue-number-answered a broken message*descriptors*
		garbage:GET_CONFIG config-answered a broken message*
		no-used disk-read did not give the request back*
		used-twice disk-read the used index*
		used-ahead disk-read the used index*
		wrong-id disk-read gave back a buffer*
		wrong-id disk-read-packed gave back a buffer*
		wrong-written disk-read says that it wrote more*
		wrong-data@1 disk-read reading it again*
		wrong-data disk-write-and-read what was written*
		io-error disk-read the request failed*
		no-call disk-read gave the request back, and did not call*
	FAULTS
	# Every fault that there is is in the list, but the one that is right, and in the manual.
	run -2 --separate-stderr vhostctl serve --null 1M --fault zzz "$D/s"
	read -ra kinds <<<"$(sed 's/.*there are \(.*\);.*/\1/; s/,//g' <<<"$stderr")"
	[ ${#kinds[@]} -gt 30 ]
	for f in "${kinds[@]}"; do
		[ "$f" = slow ] || grep -qE "^		$f[:@ =]" "$BATS_TEST_FILENAME" || fail "$f is not tested"
	done
	sed -n '/^\.Ss Faults/,/^\.Ss Answers/s/^\.It Cm //p' "$BATS_TEST_DIRNAME/../man/vhostctl.8" |
		tr -d ' ' | tr , '\n' | sort >"$D/told"
	printf '%s\n' "${kinds[@]}" | sort | diff - "$D/told"
}

@test "what serve does right, and unusually, is no failure" {
	run -0 --separate-stderr vhostctl check -j --timeout 5s --only '*-answered' \
		--spawn "exec vhostctl serve --null 1M --fault slow:any '$D/s'" "$D/s"
	equal others "$(jq -sc 'map(select(.result != "pass").case)' <<<"$output")" "[]"
}

@test "a disk is asked for what it can do only" {
	truncate -s 512 "$D/tiny"
	while read -r name skips options; do
		run -0 --separate-stderr vhostctl check -j --level destructive --timeout 5s --only "$name" \
			--spawn "exec vhostctl serve $options '$D/s'" "$D/s"
		equal "$options" "$(jq -sc 'map(select(.result == "skip")) | length' <<<"$output")" "$skips"
	done <<-DISKS
		disk-* 1 --null 1M --read-only
		disk-* 5 --blk $D/tiny
		disk-* 1 --blk $D/img --without FLUSH
		features-accepted 0 --null 1M --without VERSION_1
		failure-acknowledged 0 --null 1M --fault false-ack:SET_VRING_ADDR
	DISKS
}

@test "a state that takes its time is read to its end before it is asked about" {
	for pipe in given own; do
		run -0 --separate-stderr vhostctl check -j --timeout 5s --only state-saved \
			--spawn "exec python3 '$BATS_TEST_DIRNAME/helper/vhostctl-late.py' '$D/s' $pipe" "$D/s"
		equal $pipe "$(found state-saved)" "pass -"
	done
}

@test "a back-end that connects to us is checked too" {
	(
		while :; do
			vhostctl serve --connect --null 1M "$D/l" || sleep 0.02
		done
	) >/dev/null 2>&1 3>&- &
	loop=$!
	status=0
	output=$(vhostctl check -j --listen --timeout 3s --only '*-answered' "$D/l") || status=$?
	end $loop || :
	equal status "$status" 0
	equal others "$(jq -sc 'map(select(.result != "pass").case)' <<<"$output")" "[]"
	[ ! -e "$D/l" ]
}

@test "who answers wrongly is there; one that is gone is not passed by" {
	peer_start at=-1 does=fds:8 features=0x40000000
	run -4 --separate-stderr vhostctl check -j --only 'features-answered' "$D/peer.sock"
	equal result "$(jq -c '[.result, .detail]' <<<"$output")" \
		'["fail","a broken message in answer to GET_FEATURES: file descriptors come with it that do not belong there"]'
	peer_stop
	python3 - "$D/peer.sock" 3>&- <<-'PY' &
		import socket, struct, sys
		s = socket.socket(socket.AF_UNIX)
		s.bind(sys.argv[1])
		s.listen()
		c, _ = s.accept()
		s.close()
		c.recv(12)
		c.send(struct.pack("=IIIQ", 1, 5, 8, 1 << 30))
	PY
	wait_socket "$D/peer.sock"
	run -3 --separate-stderr vhostctl check -j --only 'features*' "$D/peer.sock"
	equal result "$(jq -c '[.result, .detail]' <<<"$output" | sort -u)" '["skip","the back-end is gone"]'
	wait $!
}

@test "--tap prints what a harness reads" {
	peer_start features=0x140000000 protocol=0x8 at=3 does=noflag
	run -4 --separate-stderr vhostctl check --tap --only '*-a[cn]*' "$D/peer.sock"
	equal plan "$(tail -n 1 <<<"$output")" "1..$(grep -cE '^(not )?ok - ' <<<"$output")"
	grep -q '^ok - features-answered$' <<<"$output"
	grep -q '^not ok - owner-acknowledged # a broken message' <<<"$output"
	grep -q '^ok - status-answered # SKIP the protocol feature' <<<"$output"
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
	[[ "$stderr" = "vhostctl: connect to $D/none: "*"(ENOENT): "* ]] || fail "$stderr"
	run -1 --separate-stderr vhostctl check "$D/img"
	[[ "$stderr" = "vhostctl: connect to $D/img: "*"(ENOTSOCK): "* ]] || fail "$stderr"
	python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$D/dead"
	run -1 --separate-stderr vhostctl check "$D/dead"
	[[ "$stderr" = "vhostctl: connect to $D/dead: "*"(ECONNREFUSED): "* ]] || fail "$stderr"
	peer_start features=0x140000000 protocol=0x8 at=1 does=silent
	run -1 --separate-stderr vhostctl check --timeout 100ms "$D/peer.sock"
	[[ "$stderr" = *": no answer to GET_FEATURES: "*"(ETIMEDOUT): "* ]] || fail "$stderr"
	peer_stop
	run -1 --separate-stderr vhostctl check --spawn "exit 3" "$D/none"
	[[ "$stderr" = *"does not listen"* ]]
	equal cases "$output" ""
}

# bats test_tags=root
@test "a socket that may not be written to is an error" {
	peer_start features=0x140000000 protocol=0x8
	chmod 755 "$D"
	chmod 600 "$D/peer.sock"
	run -1 --separate-stderr setpriv --reuid 65534 --clear-groups "$BIN/vhostctl" check "$D/peer.sock"
	[[ "$stderr" = *"(EACCES): it takes write permission"* ]] || fail "$stderr"
	equal cases "$output" ""
}

@test "--spawn takes nobody's file or socket away, --pid only a process that can be looked at" {
	peer_start features=0x140000000 protocol=0x8
	run -1 --separate-stderr vhostctl check --spawn "exec true" "$D/peer.sock"
	[[ "$stderr" = *"somebody listens there already"* ]] || fail "$stderr"
	run -1 --separate-stderr vhostctl check --spawn "exec true" "$D/img"
	[[ "$stderr" = *"in the way of --spawn"* ]] || fail "$stderr"
	run -1 --separate-stderr vhostctl check --pid $((1 << 30)) "$D/peer.sock"
	[[ "$stderr" = *"can't be counted"* ]] || fail "$stderr"
	run -0 vhostctl check --pid "$(cat "$D/peer.pid")" --only features-answered "$D/peer.sock"
	[ -f "$D/img" ]
}

@test "what --spawn started ends with check, all of a pipeline, when a signal ends it" {
	for signal in INT TERM HUP; do
		rm -f "$D/others"
		# A job in the background ignores SIGINT, unless it is told otherwise.
		python3 -c 'import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execvp(sys.argv[1], sys.argv[1:])' \
			vhostctl check --timeout 60s --spawn "sh -c 'echo \$PPID >$D/others; exec sleep 1000' | vhostctl serve --null 1M --fault ignore:GET_QUEUE_NUM $D/s" "$D/s" 3>&- >/dev/null &
		pid=$!
		wait_for [ -s "$D/others" ]
		wait_socket "$D/s"
		leader=$(cat "$D/others")
		[ "$(group "$leader" | wc -l)" -ge 2 ]
		kill -$signal $pid
		status=0
		wait $pid || status=$?
		equal "status after SIG$signal" $((status - 128)) "$(kill -l $signal)"
		gone() { [ -z "$(group "$leader")" ]; }
		wait_for gone
		[ ! -e "$D/s" ] || fail "its socket is left"
	done
}

# The processes of a group, but those that have ended.
group() { ps -eo pgid=,stat= | awk -v g="$1" '$1 == g && $2 !~ /Z/'; }

@test "memory that a back-end keeps mapped is a leak" {
	ring_start keep "$D/img"
	run -4 --separate-stderr vhostctl check -j --only region-added --timeout 3s --pid "$(cat "$D/peer.pid")" "$D/peer.sock"
	# Python has an fd of its own for each mapping.
	equal kept "$(found region-added)" "fail leaks 1 file descriptors; leaks 1 mappings of memory that was shared"
	peer_stop
	ring_start fair "$D/img"
	run -0 --separate-stderr vhostctl check -j --only region-added --timeout 3s --pid "$(cat "$D/peer.pid")" "$D/peer.sock"
}

@test "a back-end that ends with its first front-end is started for each case" {
	run -0 --separate-stderr vhostctl check -j --timeout 2s --only '*-answered' \
		--spawn "exec vhostctl serve --once --null 1M '$D/s'" "$D/s"
	equal others "$(jq -sc 'map(select(.result != "pass").case)' <<<"$output")" "[]"
	[ "$(jq -s length <<<"$output")" -ge 6 ]
	run -4 --separate-stderr vhostctl check -j --timeout 2s --only 'status-*' \
		--spawn "exec vhostctl serve --once --null 1M --fault crash:GET_STATUS '$D/s'" "$D/s"
	equal crash "$(found status-answered)" "fail died of SIGSEGV"
}

# bats test_tags=root
@test "the known failures of virtiofsd 7.2, which reads nothing before a close, are found" {
	local virtiofsd=/usr/lib/qemu/virtiofsd
	[ -x $virtiofsd ] || [ -z "${AGAIN-}" ] || fail "$virtiofsd is not installed"
	[ -x $virtiofsd ] || skip "it is not installed"
	mkdir -p "$D/share"
	run -4 --separate-stderr vhostctl check -j --level robust \
		--spawn "exec $virtiofsd --socket-path='$D/s' -o source='$D/share' -o sandbox=chroot" "$D/s"
	while read -r name what; do
		[[ "$(found "$name")" = $what ]] || fail "$name: $(found "$name")" "wanted: $what"
	done <<-'KNOWN'
		ring-index-4g fail died of SIGSEGV
		half-a-payload fail died of SIGABRT
		ring-base-index-77 pass ended with status 1
		memory-table-4g-regions pass ended with status 1
		version-2 fail answered*
		ring-size-3 fail acknowledged*
		features-answered pass -
		ring-starts-and-stops pass -
	KNOWN
}

# A front-end that trusts what it is sent, or talks out of turn.
front() { # PYTHON: with the socket s connected, ask(request) for an answer's body
	cat >"$D/front.py" <<-PY
		import os, signal, socket, struct
		s = socket.socket(socket.AF_UNIX)
		s.connect("$D/s")
		def ask(request, flags=1, body=b""):
		    s.sendall(struct.pack("=III", request, flags, len(body)) + body)
		    head = b""
		    while len(head) < 12:
		        got = s.recv(12 - len(head))
		        if not got:
		            raise SystemExit(1)
		        head += got
		    n = struct.unpack("=III", head)[2]
		    return s.recv(n) if n else b""
		$1
	PY
	run --separate-stderr vhostctl check -j --front-end --timeout 4s --spawn "exec python3 '$D/front.py'" "$D/s" "${@:2}"
}

@test "front-ends: ours passes every case, and nothing is left of it" {
	run -0 --separate-stderr vhostctl check -j --front-end --level robust --timeout 2s \
		--spawn "exec vhostctl probe -q --timeout 100ms '$D/s'" "$D/s"
	equal others "$(jq -sc 'map(select(.result != "pass").case)' <<<"$output")" "[]"
	[ "$(jq -s length <<<"$output")" -ge 50 ]
	[ ! -e "$D/s" ]
}

@test "front-ends: one that holds a connection that has ended hangs, one that closes it does not" {
	local ignores=$'import time\ntry: ask(1)\nexcept SystemExit: time.sleep(60)'
	local closes=$'import time\ntry: ask(1)\nexcept SystemExit:\n    s.close()\n    time.sleep(60)'
	for timeout in 1s 10s; do # of a busy machine
		front "$ignores" --level robust --only 'close:GET_FEATURES' --timeout $timeout
		[ "$(found close:GET_FEATURES)" = "skip no front-end has come" ] || break
	done
	equal hangs "$(found close:GET_FEATURES)" "fail still holds the connection that has ended (closed by a fault)"
	equal status "$status" 4
	front "$closes" --level robust --only 'close:GET_FEATURES' --timeout 10s
	equal fine "$(found close:GET_FEATURES)" "pass closed by a fault"
}

@test "front-ends: one that dies, asks what it may not, or never comes is found" {
	front 'if len(ask(1)) != 8: os.kill(os.getpid(), signal.SIGABRT)' --level robust --only 'wrong-size:*_FEATURES'
	equal status "$status" 4
	equal dies "$(found wrong-size:GET_FEATURES)" "fail died of SIGABRT"
	front 'ask(1); ask(36)' --only handshake
	equal status "$status" 4
	[[ "$(found handshake)" = "fail GET_MAX_MEM_SLOTS (36) takes a protocol feature"* ]] || fail "$(found handshake)"
	front 'ask(1); ask(15)' --only '*protocol-features'
	equal status "$status" 4
	[[ "$(found no-protocol-features)" = "fail GET_PROTOCOL_FEATURES (15)"* ]]
	equal others "$(found few-protocol-features)" "pass -"
	run -1 --separate-stderr vhostctl check -j --front-end --timeout 100ms --only handshake "$D/s"
	[[ "$stderr" = *"no front-end has come: "*"(ETIMEDOUT)"* ]] || fail "$stderr"
	equal nobody "$(found handshake)" "skip no front-end has come"
}

@test "of a pipeline the one that serves is looked at: how it died, and what it leaks" {
	local died="died of SIGSEGV"
	# Kernels before 6.15 don't tell how a process ended that is not a child.
	[ "$(printf '%s\n' 6.15 "$(uname -r)" | sort -V | head -n 1)" = 6.15 ] || died=ended
	for command in "%s | cat" "%s | sleep 1000" "sleep 1000 | %s"; do
		# shellcheck disable=SC2059
		run -4 --separate-stderr vhostctl check -j --only '*-a[dn]*' --spawn \
			"$(printf "$command" "vhostctl serve --null 1M --fault crash:GET_STATUS --fault leak-fds:ADD_MEM_REG '$D/s'")" "$D/s"
		equal "$command" "$(found status-answered)" "fail $died"
		[[ "$(found region-added)" = "fail "*"leaks 1 file descriptors" ]] || fail "$(found region-added)"
		equal others "$(found features-answered)" "pass -"
	done
}

@test "each case is printed as soon as it is over" {
	for form in "" -j --tap; do
		# shellcheck disable=SC2086
		vhostctl check $form --timeout 100s --spawn "exec vhostctl serve --null 1M --fault ignore:GET_QUEUE_NUM '$D/s'" \
			"$D/s" >"$D/out" 3>&- &
		wait_for grep -q owner-acknowledged "$D/out"
		kill $!
		wait $! || :
		equal form$form "$(grep -c -- - "$D/out")" 3
	done
}
