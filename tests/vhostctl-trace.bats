#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vhostctl trace between front-ends and back-ends that check what arrives.

bats_require_minimum_version 1.5.0
load lib
load helper/vhostctl-lib

setup_file() {
	daemon_start
}

teardown_file() {
	daemon_stop
}

setup() {
	T=$D/traced.sock
	trace_options=()
}

teardown() {
	trace_stop
	serve_stop
	peer_stop
}

trace() { # SOCKET [OPTION...]: in the background, its records in $D/trace
	vhostctl trace -j "$T" "$@" >"$D/trace" 2>"$D/err" 3>&- &
	echo $! >"$D/trace.pid"
	wait_socket "$T"
}

trace_stop() {
	[ ! -e "$D/trace.pid" ] || end "$(cat "$D/trace.pid")"
	rm -f "$D/trace.pid"
}

through() { # CASE: both ends, see the helper
	trace "$D/back.sock" "${trace_options[@]}"
	before=$(ls "/proc/$(cat "$D/trace.pid")/fd" | wc -l)
	timeout 60 python3 "$BATS_TEST_DIRNAME/helper/vhostctl-through.py" "$T" "$D/back.sock" "$1"
	no_fds_left() { [ "$(ls "/proc/$(cat "$D/trace.pid")/fd" | wc -l)" = "$before" ]; }
	wait_for no_fds_left
	trace_stop
	json_lines "$D/trace"
}

noted() { jq -r 'select(.note) | .request + ": " + .note' "$D/trace"; }

@test "whole messages go through whole, with their fds on the first byte" {
	through whole_messages
	equal fds "$(jq -c 'select(.fds and .kind == "request") | [.request, [.fds[].size_bytes]]' "$D/trace")" \
		'["SET_MEM_TABLE",[4096,8192,12288,16384,20480,24576,28672,32768]]'$'\n''["SET_VRING_KICK",[4096]]'
	equal names "$(jq -cs 'map(select(.request == "SET_MEM_TABLE" and .fds and .kind == "request"))[0].fds[7]' "$D/trace")" \
		'{"kind":"memfd","size_bytes":32768,"name":"region7"}'
}

@test "messages sent together stay apart, with their own fds" {
	through many_at_once
	equal order "$(jq -cs 'map(select(.request == "SET_VRING_KICK").payload.index) == [range(50)]' "$D/trace")" true
}

@test "pieces of messages go through as they come" {
	through pieces
	equal whole "$(jq -r 'select(.request == "SET_VRING_NUM" and .kind == "request").bytes' "$D/trace")" \
		"0800000001000000080000000100000080000000"
}

@test "garbage goes through unchanged, in both directions" {
	through garbage
}

@test "ends go through, with all that came before them" {
	through closes
	equal broken "$(jq -rs 'map(select(.kind == "broken") | .bytes | length / 2) | join(" ")' "$D/trace")" \
		"1 11 12 13 19"
	equal "opened and closed" "$(jq -rs 'map(select(.kind == "open")) | length' "$D/trace")" \
		"$(jq -rs 'map(select(.kind == "close")) | length' "$D/trace")"
}

@test "half a message is told of, whoever ends the connection" {
	trace "$D/back.sock"
	timeout 60 python3 "$BATS_TEST_DIRNAME/helper/vhostctl-through.py" "$T" "$D/back.sock" halves
	wait "$(cat "$D/trace.pid")"
	rm "$D/trace.pid"
	equal halves "$(jq -r 'select(.kind == "broken") | [.conn, .from, (.bytes | length / 2)] | join(" ")' "$D/trace" | xargs)" \
		"1 back-end 15 2 front-end 7 2 back-end 13"
	equal "the last" "$(jq -r .kind "$D/trace" | tail -n 1)" close
}

@test "the back-end's channel is traced in both directions, with fds" {
	through channel
	jq -r 'select(.channel == "back-end") | [.from, .kind, .request] | join(" ")' "$D/trace" >"$D/got"
	diff "$D/got" - <<-'WANT'
		back-end request CONFIG_CHANGE_MSG
		front-end reply CONFIG_CHANGE_MSG
		back-end request VRING_HOST_NOTIFIER_MSG
	WANT
	equal fds "$(jq -c 'select(.request == "VRING_HOST_NOTIFIER_MSG").fds' "$D/trace")" \
		'[{"kind":"memfd","size_bytes":4096,"name":"region0"}]'
	equal fd "$(jq -c 'select(.request == "SET_BACKEND_REQ_FD" and .kind == "request").fds[].kind' "$D/trace")" '"socket"'
}

@test "a channel that another replaces goes on, and each is as the front-end has made it" {
	through channel_again
	equal rings "$(jq -c 'select(.channel == "back-end" and .kind == "request") | .payload.index' "$D/trace" | xargs)" "0 1"
}

@test "the channel is traced though its fd had to wait on its way" {
	through channel_late
	equal channel "$(jq -c 'select(.channel == "back-end") | [.from, .request]' "$D/trace")" '["back-end","CONFIG_CHANGE_MSG"]'
}

@test "more channels than a trace keeps go on all the same, and are said not to be traced" {
	through channels_many
	equal notes "$(jq -c 'select(.request == "SET_BACKEND_REQ_FD") | .note' "$D/trace" | LC_ALL=C sort | uniq -c | xargs)" \
		"4 what goes through this channel is not traced 16 null"
	# Sixteen have been there for each of those after them, and the last word.
	equal traced "$(jq -s 'map(select(.channel == "back-end" and .from == "back-end")) | length' "$D/trace")" $((136 + 4 * 16 + 16))
}

@test "no fd is lost, however many come with the bytes of one message" {
	trace_options=(-w "$D/file")
	through many_fds
	note=$(jq -r 'select(.number == 5).note' "$D/trace")
	[[ $note = "690 more fds; "*"706 fds where 0 belong" ]]
	equal decoded "$(vhostctl decode -j "$D/file" | jq -r 'select(.number == 5).note')" "$note"
}

@test "requests that wait in thousands are answered in their order" {
	through pipelined
	equal notes "$(jq -s 'map(select(.kind == "reply" and .note != null and .note != "slow")) | length' "$D/trace")" 0
	# The oldest of those that wait are timed, and a time is never that of another one.
	equal timed "$(jq -cs 'map(select(.kind == "reply").latency_ns != null) | [(.[:1000] | all), (.[1024:] | any)]' "$D/trace")" "[true,false]"
}

@test "a migration by post-copy is right: memory is answered by where it lies" {
	through postcopy
	equal notes "$(jq -r 'select(.note and .request) | .request + ": " + .note' "$D/trace")" ""
	equal answers "$(jq -c 'select(.kind == "reply" and (.number == 5 or .number == 37)) | [.payload.nregions, .payload.user_addr]' "$D/trace")" \
		'[2,null]'$'\n''[null,"0xb000"]'
}

@test "the bytes printed are those that strace saw the front-end send and receive" {
	trace "$S"
	traced -xx -s 70000 -e trace=sendmsg,recvmsg -o "$D/strace" vhostctl probe -j "$T" >"$D/json"
	trace_stop
	python3 "$BATS_TEST_DIRNAME/helper/vhostctl-strace.py" "$D/strace" "$D/trace"
}

@test "a front-end sees the same through the trace as without, again and again" {
	trace "$S"
	want=$(vhostctl probe -j "$S" | jq -c 'del(.socket)')
	for _ in 1 2 3; do
		equal probe "$(vhostctl probe -j "$T" | jq -c 'del(.socket)')" "$want"
	done
	trace_stop
	equal connections "$(jq -cs 'map(select(.kind == "open").conn)' "$D/trace")" "[1,2,3]"
	equal latencies "$(jq -s 'map(select(.kind == "reply") | .latency_ns > 0) | all' "$D/trace")" true
	[ ! -e "$T" ]
	equal errors "$(cat "$D/err")" ""
}

@test "a trace file decodes to the same records" {
	trace "$S" -w "$D/file"
	vhostctl probe -q "$T" >/dev/null
	trace_stop
	# An open has a note about the process, which the file does not keep.
	for f in "cat $D/trace" "vhostctl decode -j $D/file"; do
		$f | jq -c 'select(.kind != "open" and .kind != "close") | del(.at_ns)' >"$D/${f%% *}.json"
	done
	[ -s "$D/cat.json" ]
	diff "$D/cat.json" "$D/vhostctl.json"
}

@test "a back-end that is not there, or ends and comes back: the trace goes on" {
	trace "$D/peer.sock"
	run -1 vhostctl probe -q "$T"
	peer_start features=0x11
	equal features "$(vhostctl probe -j "$T" | jq -r .features)" 0x11
	peer_stop
	peer_start features=0x12 cut=7
	run -1 vhostctl probe -q "$T"
	peer_stop
	peer_start features=0x13
	equal features "$(vhostctl probe -j "$T" | jq -r .features)" 0x13
	trace_stop
	grep -q "turned away" "$D/err"
	equal broken "$(jq -r 'select(.kind == "broken").note' "$D/trace")" "7 bytes are less than a header"
}

@test "what is wrong is noted" {
	peer_start features=0x40000001 protocol=0x100008 at=24 does=late:0.05 config=00
	trace "$D/peer.sock" --slow 10
	run -0 vhostctl send "$T" GET_FEATURES GET_PROTOCOL_FEATURES SET_FEATURES=0x40000002 SET_PROTOCOL_FEATURES=0x20 \
		SET_VRING_ADDR=0 SET_OWNER+ack+nowait sleep:10ms GET_CONFIG=0,1 SET_VRING_NUM=hex:00 \
		SET_LOG_FD 77 GET_VRING_BASE+nowait
	trace_stop
	noted | sed 's/: slow; /: /' >"$D/notes" # others are slow too where the machine is
	for note in 'GET_PROTOCOL_FEATURES: bits 20 to 22' 'SET_FEATURES: bit 1 was not' \
		'SET_PROTOCOL_FEATURES: BACKEND_REQ was not offered' 'SET_VRING_ADDR: rings before any memory' \
		'SET_OWNER: asks for an acknowledgement, but REPLY_ACK' 'GET_CONFIG: takes CONFIG, which is not' \
		'GET_CONFIG: slow' 'SET_VRING_NUM: 1 bytes are not' 'SET_LOG_FD: 0 fds where 1' '77: a request that' \
		': GET_VRING_BASE was not answered'; do
		grep -q "^$note" "$D/notes" || fail "no note: $note" "$(cat "$D/notes")"
	done
}

@test "many front-ends at once, each with its own connection" {
	through many_links
	equal connections "$(jq -s 'map(select(.kind == "open")) | length' "$D/trace")" 40
}

@test "who leaves and comes again is told of in this order" {
	through reconnects
	equal order "$(jq -s 'map(select(.request).conn) | . == sort and length == 100' "$D/trace")" true
}

ends_with() { # STATUS PID
	local status=0
	kill "$2"
	wait "$2" || status=$?
	equal status "$status" "$1"
}

@test "output that nobody reads stops no message; what is lost is counted" {
	mkfifo "$D/pipe"
	for write in "$D/file" "$D/pipe"; do
		exec 7<>"$D/pipe"
		vhostctl trace -j -w "$write" "$T" "$D/back.sock" >"$D/pipe" 3>&- 7>&- &
		pid=$!
		echo $pid >"$D/trace.pid"
		wait_socket "$T"
		timeout 20 python3 "$BATS_TEST_DIRNAME/helper/vhostctl-through.py" "$T" "$D/back.sock" flood 7>&-
		# Both in one pipe: lines come together, and their bytes apart.
		[ "$write" = "$D/file" ] || break
		cat "$D/pipe" >"$D/trace" 3>&- 7>&- &
		reader=$!
		wait_for grep -q '"kind":"lost"' "$D/trace"
		ends_with 3 $pid
		exec 7>&-
		wait $reader
		json_lines "$D/trace"
		equal "records" "$(jq -s 'map(if .kind == "lost" then (.note | capture("^(?<n>[0-9]+)").n | tonumber) elif .number == 200 or .kind == "close" then 1 else 0 end) | add' "$D/trace")" 3001
		equal "lines of the file" "$(grep -c ^message "$D/file")" 3000
	done
	ends_with 1 $pid # nobody reads, and it gives up
	rm "$D/trace.pid" "$D/pipe"
	exec 7>&-
}

@test "lines that a file lacks are told by decode, and nothing that they would have told" {
	printf '%s\n' 'open 1 1' 'message 2 1 main front-end 0 - 010000000100000000000000' 'lost 3 7' \
		'message 4 1 main back-end 0 - 0f00000005000000080000000000000000000000' 'close 5 1' >"$D/file"
	run -3 vhostctl decode -j "$D/file"
	equal notes "$(jq -r '"\(.kind) \(.note)"' <<<"$output" | paste -sd,)" \
		"open null,request null,lost 7 lines are missing here,reply null,close null"
}

@test "--once ends after one connection; a signal ends with whole lines and status 0" {
	vhostctl trace --once -j "$T" "$S" >"$D/trace" 3>&- &
	pid=$!
	wait_socket "$T"
	vhostctl probe -q "$T" >/dev/null
	wait $pid
	json_lines "$D/trace"
	trace "$S"
	python3 -c 'import socket, sys, time
s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.send(b"123"); time.sleep(30)' "$T" 3>&- &
	front=$!
	wait_for grep -q open "$D/trace"
	pid=$(cat "$D/trace.pid")
	kill -INT "$pid"
	wait "$pid"
	rm "$D/trace.pid"
	end $front || :
	json_lines "$D/trace"
	equal last "$(tail -n 1 "$D/trace" | jq -r .kind)" close
}

serve_behind() { # OPTION...: the back-end of a trace that looks at the rings
	vhostctl serve -j "$@" "$D/back.sock" >"$D/served" 2>/dev/null 3>&- &
	SERVE=$!
	wait_socket "$D/back.sock"
	trace "$D/back.sock" --rings -d 50ms
}

serve_stop() {
	[ -z "${SERVE-}" ] || end "$SERVE"
	SERVE=
}

rings() { jq -cs 'map(select(.kind == "ring")) | '"$1" "$D/trace"; }

@test "rings: the buffers counted in memory are those that the device gave back" {
	serve_behind --null 64M --queues 2
	for o in "-b 4K --queues 2" "--qd 200 -b 512 --length 9M --event-idx" "--packed --length 1M"; do
		# shellcheck disable=SC2086
		vhostctl blk read $o "$T" | cmp - <(head -c 64M /dev/zero) || [ "$o" != "-b 4K --queues 2" ]
	done
	served() { [ "$(wc -l <"$D/served")" = 3 ]; }
	wait_for served
	trace_stop
	json_lines "$D/trace"
	# Where a busy machine let us look too seldom, nothing is claimed.
	equal "kept from counting" "$(rings 'map(select(.payload.layout == "split" and .payload.used == null and .note == null)) | length')" 0
	for i in 1 2; do
		equal "$i" "$(rings 'map(select(.conn == '$i')) | group_by(.payload.index) | map(.[-1].payload.used) | if any(. == null) then "unsure" else add end' |
			sed "s/\"unsure\"/$(sed -n ${i}p "$D/served" | jq .requests)/")" "$(sed -n ${i}p "$D/served" | jq .requests)"
	done
	equal "in flight" "$(rings 'group_by([.conn, .payload.index]) | map(.[-1].payload.in_flight) | unique')" "[null,0]"
	equal units "$(rings 'map(select(.payload.size > 0).payload | [.layout, .unit]) | unique')" \
		'[["packed","descriptors"],["split","buffers"]]'
}

@test "rings: descriptors of a packed ring are counted from their flags" {
	# Three rounds of a small ring, of one descriptor each: INDIRECT; slowly enough to be seen.
	cat >"$D/front.py" <<-'PY'
		import array, mmap, os, socket, struct, sys, time
		s = socket.socket(socket.AF_UNIX)
		s.connect(sys.argv[1])
		def say(request, body, *fds):
		    s.sendmsg([struct.pack("=III", request, 1, len(body)) + body],
		              [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else [])
		memory, size = os.memfd_create("m"), 32
		os.truncate(memory, 1 << 20)
		m = mmap.mmap(memory, 1 << 20)
		kick, call = os.eventfd(0), os.eventfd(0)
		say(2, struct.pack("=Q", 1 << 32 | 1 << 34 | 1 << 28))
		say(5, struct.pack("=II4Q", 1, 0, 0, 1 << 20, 0, 0), memory)
		say(8, struct.pack("=II", 0, size))
		say(10, struct.pack("=II", 0, int(sys.argv[3], 0)))
		say(9, struct.pack("=II4Q", 0, 0, 0, 0x2000, 0x1000, 0))
		say(13, struct.pack("=Q", 0), call)
		say(12, struct.pack("=Q", 0), kick)
		m[0x4000:0x4010] = bytes(16)  # read sector 0
		table = [(0x4000, 16, 0, 0), (0x8000, 512, 0, 2), (0x4100, 1, 0, 2)]
		m[0x5000:0x5030] = b"".join(struct.pack("=QIHH", *d) for d in table)
		for n in range(int(sys.argv[2])):
		    at, wrap = n % size, n // size % 2 == 0
		    struct.pack_into("=QIH", m, 16 * at, 0x5000, 48, 0)
		    m[16 * at + 14:16 * at + 16] = struct.pack("=H", 4 | (0x80 if wrap else 0x8000))
		    os.eventfd_write(kick, 1)
		    while bool(m[16 * at + 15] & 0x80) != wrap:
		        time.sleep(0.0005)
		    time.sleep(0.002)
		say(11, struct.pack("=II", 0, 0))
		s.recv(64)
	PY
	serve_behind --null 1M
	closed() { [ "$(grep -c '"kind":"close"' "$D/trace")" = "$1" ]; }
	for i in {1..8}; do
		# virtio_user of DPDK leaves the used index out, virtio_uml of Linux the wrap counters too.
		base=(0x80008000 0x8000 0)
		timeout 20 python3 "$D/front.py" "$T" 100 "${base[i % 3]}"
		wait_for closed "$i"
		rings '.[-1].payload | select(.used != null) | [.available, .used, .in_flight]' >"$D/last"
		[ "$i" -lt 3 ] || [ ! -s "$D/last" ] || break
	done
	equal "in flight" "$(rings 'map(select(.payload.in_flight != null).payload.in_flight <= 1) | all')" true
	rings 'map(.payload.available_at_least // 0, .payload.used_at_least // 0) | max' >"$D/most"
	[ "$(cat "$D/most")" -le 100 ] || fail "$(cat "$D/most") of 100: $(rings "map(select((.payload.available_at_least // 0) > 100 or (.payload.used_at_least // 0) > 100))[0:3]")"
	# A busy machine may look too seldom, and says so.
	[ -s "$D/last" ] || equal seldom "$(rings '.[-1].note | tostring | test("too seldom")')" true
	equal last "$(rings 'group_by(.conn) | map(.[-1].payload | [.available, .used]) - [[100, 100], [null, null]]')" "[]"
	# Three rounds of 32, and four: both stand at 4, in a round whose wrap counter is 0.
	equal places "$(jq -c 'select(.request == "GET_VRING_BASE" and .kind == "reply").payload | del(.index, .num)' "$D/trace" | sort -u)" \
		'{"last_avail":4,"last_avail_wrap":0,"last_used":4,"last_used_wrap":0}'
	equal began "$(jq -c 'select(.request == "SET_VRING_BASE").payload | del(.index)' "$D/trace" | head -n 1)" \
		'{"num":32768,"last_avail":0,"last_avail_wrap":1,"last_used":0,"last_used_wrap":0}'
	trace_stop
}

@test "rings: where a packed ring is too fast to be counted, no more is told than there was" {
	serve_behind --null 1M
	# One buffer at a time, of three descriptors.
	vhostctl blk bench -q -j -d 400ms --qd 1 --packed "$T" >"$D/json"
	served() { [ -s "$D/served" ]; }
	wait_for served
	trace_stop
	there=$((3 * $(jq .requests "$D/served")))
	# In the last piece of time there may have been nothing.
	rings "[.[-1].payload | .available // .available_at_least, .used // .used_at_least, .used // $there] +
		[map(.payload.available_per_s // 1) | max]" >"$D/last"
	equal "$(cat "$D/last") of $there" "$(jq -c "[.[0] > 0, .[0] <= $there, .[1] <= $there, .[2] == $there, .[3] > 0]" "$D/last")" \
		"[true,true,true,true,true]"
}

@test "rings: one that is stuck is told, and whose fault it is" {
	while read -r fault want; do
		serve_behind --null 1M --fault "$fault"
		run -1 vhostctl blk read --length 4K -b 4K --timeout 500ms "$T"
		trace_stop
		serve_stop
		rings '.[-1] | "\(.note)"' | grep -q "stuck: 1 in flight; $want" || fail "$fault: $(rings '.[-1]')"
	done <<-'STUCK'
		no-used the back-end gives nothing back
		false-ack:SET_VRING_KICK the back-end does not read its kick
	STUCK
}

@test "rings: memory that is no memory, or is cut off, harms nobody" {
	cat >"$D/front.py" <<-'PY'
		import array, os, socket, struct, sys, time
		s = socket.socket(socket.AF_UNIX)
		s.connect(sys.argv[1])
		def say(request, body, *fds):
		    s.sendmsg([struct.pack("=III", request, 1, len(body)) + body],
		              [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else [])
		memory = os.memfd_create("m")
		os.truncate(memory, 1 << 20)
		say(2, struct.pack("=Q", 1 << 32))
		physical = len(sys.argv) > 2 # GPA_ADDRESSES: those of the guest
		say(16, struct.pack("=Q", physical << 21))
		say(5, struct.pack("=II4Q", 1, 0, 0, 1 << 20, 1 << 40 if physical else 0, 0), memory)
		for ring, at in (0, 0), (1, 1 << 30):
		    say(8, struct.pack("=II", ring, 128))
		    say(9, struct.pack("=II4Q", ring, 0, at, at + 0x2000, at + 0x1000, 0))
		    say(12, struct.pack("=Q", ring), os.eventfd(0))
		time.sleep(0.2)
		os.truncate(memory, 0)
		time.sleep(0.2)
	PY
	peer_start
	trace "$D/peer.sock" --rings -d 20ms
	python3 "$D/front.py" "$T"
	python3 "$D/front.py" "$T" physical
	closed() { [ "$(grep -c '"kind":"close"' "$D/trace")" = 2 ]; }
	wait_for closed
	trace_stop
	for i in 1 2; do
		equal notes "$(rings 'map(select(.conn == '$i') | [.payload.index, .note]) | unique')" \
			'[[0,null],[0,"its memory was cut off"],[1,"its addresses are in no memory that was shared"],[1,"its memory was cut off"]]'
	done
	json_lines "$D/trace"
}

@test "a back-end that connects to us is traced too, whoever comes first" {
	trace "$D/l" --listen
	vhostctl probe -j "$T" >"$D/json" 3>&- &
	front=$!
	vhostctl serve -q --connect --null 3M "$D/l" >/dev/null
	wait $front
	vhostctl serve -q --connect --null 4M "$D/l" >/dev/null 3>&- &
	back=$!
	# bash itself might take the signal, and forget it.
	started() { [ "$(cat /proc/$back/comm)" = vhostctl ]; }
	wait_for started
	end $back || : # came, and left before it was needed
	vhostctl serve -q --connect --null 5M "$D/l" >/dev/null 3>&- &
	back=$!
	vhostctl probe -j "$T" >>"$D/json"
	wait $back
	trace_stop
	equal sizes "$(jq -cs 'map(.config.capacity_bytes)' "$D/json")" "[3145728,5242880]"
	equal connections "$(jq -cs 'map(select(.kind == "open").conn)' "$D/trace")" "[1,2]"
}

@test "a place that is taken, or cannot be, is an error with a sentence" {
	run -1 --separate-stderr vhostctl trace "$S" "$S"
	[[ "$stderr" = *"(EADDRINUSE)"*"somebody listens there"* ]]
	run -1 --separate-stderr vhostctl trace "$D/no/where" "$S"
	[[ "$stderr" = *"(ENOENT)"* ]]
	python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$T"
	trace "$S" # nobody listens there any more
	vhostctl probe -q "$T" >/dev/null
}
