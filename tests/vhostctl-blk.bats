#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vhostctl blk against qemu-storage-daemon, compared with the file behind it by cmp.

bats_require_minimum_version 1.5.0
load lib
load helper/vhostctl-daemon

blk() { run -0 --separate-stderr vhostctl blk "$@"; }

# part FILE OFFSET LENGTH: those bytes of it.
part() { tail -c "+$(($2 + 1))" "$1" | head -c "$3"; }

@test "info is the size of the file, and what probe says" {
	blk info -j "$S"
	equal capacity "$(jq .capacity_bytes <<<"$output")" "$(stat -c %s "$D/blk.img")"
	equal config "$(jq -c .config <<<"$output")" "$(vhostctl probe -j "$S" | jq -c .config)"
	equal flags "$(jq -c '[.queues, .block_size_bytes, .read_only, .flush, .discard, .write_zeroes]' <<<"$output")" \
		"[4,512,false,true,true,true]"
}

@test "what is read is what is in the file: all of it, to a file and to standard output" {
	blk read "$S" -f "$D/copy"
	cmp "$D/copy" "$D/blk.img"
	vhostctl blk read "$S" | cmp - "$D/blk.img"
}

@test "depths, block sizes, queues, chains and tables read the same" {
	for o in "--qd 1 -b 512 --length 1M" "--qd 3 -b 7K" "--queues 4 --qd 5 -b 1M" "--indirect" "--qd 400 -b 4K" \
		"--queues 4 --qd 341 -b 4K --spin 0" "--spin 1s -b 16M" \
		"--event-idx" "--event-idx --spin 0 --qd 2 --indirect"; do
		# shellcheck disable=SC2086
		vhostctl blk read $o "$S" >"$D/out" || fail "$o"
		head -c "$(stat -c %s "$D/out")" "$D/blk.img" | cmp - "$D/out" || fail "$o"
		[ "$(stat -c %s "$D/out")" -ge 1048576 ] || fail "$o: too short"
	done
}

@test "a range is read from its offset, and nothing beyond it" {
	vhostctl blk read "$S" --offset 1023K --length 65K | cmp - <(part "$D/blk.img" 1047552 66560)
	vhostctl blk read "$S" --offset 47M | cmp - <(part "$D/blk.img" 49283072 1048576)
	equal bytes "$(vhostctl blk read "$S" --offset 48M | wc -c)" 0
}

@test "what is written is in the file afterwards, and nothing else has changed" {
	cp "$D/blk.img" "$D/want"
	head -c 5M /dev/urandom >"$D/data"
	dd if="$D/data" of="$D/want" bs=512 seek=2047 conv=notrunc status=none
	blk write -j "$S" -f "$D/data" --offset $((2047 * 512))
	equal moved "$(jq -c '[.action, .offset, .bytes]' <<<"$output")" '["write",1048064,5242880]'
	cmp "$D/blk.img" "$D/want"
	head -c 2560 /dev/urandom >"$D/data"
	dd if="$D/data" of="$D/want" bs=512 seek=9 conv=notrunc status=none
	{ head -c 1000 "$D/data"; sleep 0.1; tail -c +1001 "$D/data"; } | vhostctl blk write "$S" --offset 4608
	cmp "$D/blk.img" "$D/want"
}

@test "pipes and devices of characters take and give it in order, to the last byte" {
	mkfifo "$D/fifo"
	for action in read copy; do
		cmp "$D/fifo" "$D/blk.img" &
		[ $action = read ] && to=(-f "$D/fifo") || to=("$D/fifo")
		blk $action -j --qd 3 -b 7K "$S" "${to[@]}"
		wait $!
		equal "$action" "$(jq -c '[.action, .bytes]' <<<"$output")" "[\"$action\",50331648]"
	done
	# Standard output by another name has the data only.
	vhostctl blk read "$S" -f /dev/stdout | cmp - "$D/blk.img"
	vhostctl blk copy "$S" - | cmp - "$D/blk.img"
	blk read "$S" -f /dev/null
	head -c 1M /dev/urandom >"$D/data"
	{ head -c 777 "$D/data"; sleep 0.1; tail -c +778 "$D/data"; } | vhostctl blk copy -q - "$S" --offset 9M
	part "$D/blk.img" 9437184 1048576 | cmp - "$D/data"
	blk write "$S" -f /dev/zero --offset 9M --length 1M
	part "$D/blk.img" 9437184 1048576 | cmp - <(head -c 1M /dev/zero)
	run -1 --separate-stderr vhostctl blk read "$S" -f /dev/full
	[[ "$stderr" = *"writing the output"*"(ENOSPC)"* ]]
	# shellcheck disable=SC2016
	run -1 sh -c 'vhostctl blk copy "$1" - >/dev/full' - "$S"
	run -2 --separate-stderr vhostctl blk write "$S" "$D/data"
	[[ "$stderr" = *"take a file by --file"* ]]
	[ ! -e ./- ]
}

@test "an input that is longer than the device is no success, however it comes" {
	head -c 2M /dev/urandom >"$D/data"
	run -1 --separate-stderr vhostctl blk write "$S" --offset 47M < <(cat "$D/data")
	[[ "$stderr" = *"goes on where the device ends"*EFBIG*"--length"* ]]
	part "$D/blk.img" 49283072 1048576 | cmp - <(head -c 1M "$D/data")
	sum=$(cksum <"$D/blk.img")
	run -1 --separate-stderr vhostctl blk write "$S" --offset 47M <"$D/data"
	[[ "$stderr" = *"the input has 2097152 bytes, the device has room for 1048576"* ]]
	equal contents "$(cksum <"$D/blk.img")" "$sum"
	{ head -c 1M >/dev/null; blk write "$S" --offset 47M; } <"$D/data" # what is left of it fits
	part "$D/blk.img" 49283072 1048576 | cmp - <(tail -c 1M "$D/data")
}

@test "zero and discard leave zeros in their range only; flush reaches the file" {
	cp "$D/blk.img" "$D/want"
	dd if=/dev/zero of="$D/want" bs=512 seek=100 count=3000 conv=notrunc status=none
	blk zero "$S" --offset 50K --length 1500K
	cmp "$D/blk.img" "$D/want"
	dd if=/dev/zero of="$D/want" bs=1M seek=46 count=1 conv=notrunc status=none
	blk zero "$S" --offset 46M --length 1M --unmap
	cmp "$D/blk.img" "$D/want"
	strace -f -qq -e trace=fdatasync,fsync -o "$D/strace" -p "$(cat "$D/qsd.pid")" 3>&- &
	tracer=$!
	wait_for grep -q "^TracerPid:.$tracer" "/proc/$(cat "$D/qsd.pid")/status"
	blk flush "$S"
	kill -INT $tracer
	wait $tracer || :
	grep -q 'f.*sync' "$D/strace"
	blk discard "$S" --offset 30M --length 1M
}

@test "ranges that are not there, or not whole blocks, are refused before anything is done" {
	sum=$(cksum <"$D/blk.img")
	for o in "read --offset 49M" "read --offset 47M --length 2M" "write --offset 48M --length 512" "zero --length 1G"; do
		# shellcheck disable=SC2086
		run -1 --separate-stderr vhostctl blk $o "$S" -f "$D/data2"
		[[ "$stderr" = *"beyond the device's 50331648 bytes"* ]] || fail "$o"
	done
	for o in "read --offset 100" "read --length 513" "read -b 700"; do
		# shellcheck disable=SC2086
		run -2 --separate-stderr vhostctl blk $o "$S"
		[[ "$stderr" = *"512 bytes"* ]] || fail "$o"
	done
	# Nothing is not everything.
	for action in read write zero discard; do
		run -2 --separate-stderr vhostctl blk $action "$S" --length 0
		[[ "$stderr" = *"--length: '0' is out of range"* ]] || fail "$stderr"
	done
	head -c 49M /dev/zero >"$D/data"
	run -1 --separate-stderr vhostctl blk write "$S" -f "$D/data"
	[[ "$stderr" = *EFBIG* ]]
	run -1 --separate-stderr vhostctl blk write "$S" --offset 47M --length 1M <<<"seven"
	[[ "$stderr" = *"not a multiple"* ]]
	run -1 --separate-stderr vhostctl blk read "$S" --queues 5
	[[ "$stderr" = *"the back-end has 4"* ]]
	run -1 --separate-stderr vhostctl blk read "$S" --packed
	[[ "$stderr" = *"does not offer RING_PACKED"* ]]
	run -2 --separate-stderr vhostctl blk raed "$S"
	[[ "$stderr" = *"did you mean 'read'"* ]]
	equal contents "$(cksum <"$D/blk.img")" "$sum"
}

@test "copy makes a file of the device, with holes for its zeros, and a device of a file" {
	blk copy -j "$S" "$D/copy"
	qemu_same "$D/copy" "$D/blk.img"
	equal zeros "$(jq -c '[.bytes, .zero_bytes >= 40000000]' <<<"$output")" "[50331648,true]"
	[ "$(stat -c %b "$D/copy")" -lt 16000 ] # of 98304 blocks of 512 bytes
	# Back, over contents that are other everywhere: holes of the file become zeros.
	truncate -s 48M "$D/in"
	dd if=/dev/urandom of="$D/in" bs=1000 seek=20001 count=3000 conv=notrunc status=none
	for o in "" "--queues 4 --event-idx" "--qd 3 -b 64K --offset 0"; do
		tr '\0' '\377' <"$D/copy" | vhostctl blk write -q "$S"
		# shellcheck disable=SC2086
		blk copy -j $o "$D/in" "$S"
		cmp "$D/in" "$D/blk.img"
		equal zeros "$(jq '.zero_bytes > 44000000' <<<"$output")" true
	done
	blk copy -q "$D/copy" "$S"
	cmp "$D/copy" "$D/blk.img"
}

# By another program, where it is installed; sizes count too.
qemu_same() {
	cmp "$1" "$2"
	! command -v qemu-img >/dev/null || qemu-img compare -q "$1" "$2"
}

@test "copy of a part, of what does not fit, and of what is no socket" {
	cp "$D/blk.img" "$D/want"
	vhostctl blk copy -q "$S" "$D/copy" --offset 1M --length 46M
	cmp "$D/copy" <(part "$D/blk.img" 1048576 48234496)
	head -c 64K /dev/urandom >"$D/in"
	dd if="$D/in" of="$D/want" bs=512 seek=9 count=3 conv=notrunc status=none
	vhostctl blk copy -q "$D/in" "$S" --offset 4608 --length 1536
	cmp "$D/blk.img" "$D/want"
	truncate -s 49M "$D/in"
	run -1 --separate-stderr vhostctl blk copy "$D/in" "$S"
	[[ "$stderr" = *"the file has 51380224 bytes"*EFBIG* ]]
	truncate -s 1000 "$D/in"
	run -1 --separate-stderr vhostctl blk copy "$D/in" "$S"
	[[ "$stderr" = *"not a multiple"* ]]
	run -1 --separate-stderr vhostctl blk copy "$S" /dev/full
	[[ "$stderr" = *ENOSPC* ]]
	run -1 --separate-stderr vhostctl blk copy "$S" "$S"
	[[ "$stderr" = *"are sockets"* ]]
	run -1 --separate-stderr vhostctl blk copy "$D/in" "$D/copy"
	[[ "$stderr" = *"is a socket"* ]]
	run -2 vhostctl blk copy "$S"
	cmp "$D/blk.img" "$D/want"
}

@test "copy shows a bar on a terminal, and takes it away" {
	TERM=xterm python3 - vhostctl blk copy "$S" "$D/copy" >"$D/out" <<-'PY'
		import os, pty, sys
		pty.spawn(sys.argv[1:], lambda fd: os.read(fd, 4096))
	PY
	grep -q '%.*\[#*\.*\].* of 48M, .*/s' "$D/out"
	tr '\r' '\n' <"$D/out" | grep -q '^.\[K'
	run -0 --separate-stderr vhostctl blk copy "$S" "$D/copy"
	equal "no terminal" "$stderr" ""
}

@test "bench counts what the daemon did: its requests are those of the system calls" {
	strace -f -c -qq -e trace=preadv,pread64,preadv2 -o "$D/strace" -p "$(cat "$D/qsd.pid")" 3>&- &
	tracer=$!
	wait_for grep -q "^TracerPid:.$tracer" "/proc/$(cat "$D/qsd.pid")/status"
	blk bench -j "$S" -d 200ms --qd 4
	kill -INT $tracer
	wait $tracer || :
	calls=$(awk '/pread/ { n += $4 } END { print n + 0 }' "$D/strace")
	equal "reads" "$(jq .reads <<<"$output")" "$calls"
	equal "writes" "$(jq .writes <<<"$output")" 0
	equal keys "$(jq -c '.latency_ns | keys_unsorted' <<<"$output")" '["min","mean","p50","p90","p99","p999","max"]'
	equal order "$(jq '.latency_ns | .min <= .p50 and .p50 <= .p90 and .p90 <= .p99 and .p99 <= .p999 and .p999 <= .max' <<<"$output")" true
	equal rate "$(jq '((.bytes_per_s / .iops) - 4096 | fabs) < 0.01 and .requests == .reads + .writes' <<<"$output")" true
}

@test "bench writes only what it is told to, and only in its range" {
	cp "$D/blk.img" "$D/want"
	blk bench -j "$S" -d 100ms
	cmp "$D/blk.img" "$D/want"
	blk bench -j "$S" -d 100ms -w 30 --offset 10M --length 1M
	[ "$(jq '.writes > 0 and .reads > .writes' <<<"$output")" = true ]
	cmp <(part "$D/blk.img" 0 10485760) <(part "$D/want" 0 10485760)
	cmp <(part "$D/blk.img" 11534336 38797312) <(part "$D/want" 11534336 38797312)
}

@test "a read-only device is not written to" {
	end "$(cat "$D/qsd.pid")" || :
	rm -f "$S"
	daemon "driver=file,filename=$D/blk.img,node-name=d0,read-only=on" writable=off
	blk info -j "$S"
	equal ro "$(jq .read_only <<<"$output")" true
	for o in "write" "bench -w 1"; do
		# shellcheck disable=SC2086
		run -1 --separate-stderr vhostctl blk $o "$S" </dev/null
		[[ "$stderr" = *EROFS* ]] || fail "$o: $stderr"
	done
	vhostctl blk read "$S" | cmp - "$D/blk.img"
	end "$(cat "$D/qsd.pid")" || :
	rm -f "$S"
	daemon "driver=file,filename=$D/blk.img,node-name=d0"
}

@test "packed rings and event indices read and write what is in the file" {
	head -c 4M "$D/blk.img" >"$D/small"
	ring_start fair "$D/small" packed event_idx indirect
	for o in "--packed" "--packed --spin 0 --qd 3" "--packed --indirect" "--packed --qd 400 -b 4K" \
		"--packed --event-idx --spin 0" "--event-idx --spin 0 --qd 2"; do
		# shellcheck disable=SC2086
		vhostctl blk read "$D/peer.sock" $o | cmp - "$D/small" || fail "$o"
		head -c 1M /dev/urandom >"$D/data"
		# shellcheck disable=SC2086
		vhostctl blk write -q "$D/peer.sock" $o -b 8K -f "$D/data" --offset 1M
		cmp "$D/data" <(part "$D/small" 1048576 1048576) || fail "write $o"
	done
	peer_stop
	vhostctl serve "$D/peer.sock" --blk "$D/blk.img" >/dev/null 2>&1 3>&- &
	echo $! >"$D/peer.pid"
	wait_socket "$D/peer.sock"
	for o in "" "--packed" "--packed --indirect --event-idx" "--packed --queues 2 --spin 0"; do
		# shellcheck disable=SC2086
		vhostctl blk copy -q "$D/peer.sock" "$D/copy" $o
		cmp "$D/copy" "$D/blk.img" || fail "$o"
	done
	blk bench -j --packed -d 50ms "$D/peer.sock"
	equal ring "$(jq -c '[.ring, .event_idx, .indirect]' <<<"$output")" '["packed",false,false]'
}

@test "an index or descriptor that is cleared before it is written is waited for" {
	head -c 1M "$D/blk.img" >"$D/small"
	ring_start clears "$D/small" packed indirect
	for o in "--qd 1" "--qd 8 -b 16K" "--packed --qd 1 -b 16K --spin 1s" "--packed --qd 8 -b 16K" "--packed --indirect -b 8K"; do
		# shellcheck disable=SC2086
		vhostctl blk read "$D/peer.sock" $o | cmp - "$D/small" || fail "$o"
	done
}

@test "requests that are done in any order read and write what is in the file" {
	head -c 4M "$D/blk.img" >"$D/small"
	ring_start reverse "$D/small" packed indirect
	for o in "" "--packed" "--packed --indirect --qd 7" "--spin 0 --qd 100 -b 4K"; do
		# shellcheck disable=SC2086
		vhostctl blk read "$D/peer.sock" $o | cmp - "$D/small" || fail "$o"
		head -c 4M /dev/urandom >"$D/in"
		# shellcheck disable=SC2086
		vhostctl blk copy -q "$D/in" "$D/peer.sock" $o
		cmp "$D/in" "$D/small" || fail "write $o"
	done
}

@test "a device that takes so many bytes in a descriptor gets no more" {
	head -c 1M "$D/blk.img" >"$D/small"
	ring_start fair "$D/small" size_max
	vhostctl blk read "$D/peer.sock" | cmp - "$D/small"
	tr '\0-\377' '\1-\377\0' <"$D/small" >"$D/in"
	blk copy "$D/in" "$D/peer.sock"
	cmp "$D/in" "$D/small"
	run -1 --separate-stderr vhostctl blk read "$D/peer.sock" -b 16K
	[[ "$stderr" = *"takes 8192 bytes"* ]] || fail "$stderr"
}

@test "a device that lies in its ring is found out, whatever it says" {
	while read -r how why; do
		ring_start "$how" "$D/blk.img" packed
		for o in "--spin 0" "--spin 1s" "--packed" "--packed --spin 1s"; do
			# shellcheck disable=SC2086
			run -1 --separate-stderr timeout 20 vhostctl blk read "$D/peer.sock" $o --timeout 300ms -f "$D/out" -b 4K
			[[ "$stderr" = *"$why"* ]] || fail "$how $o: $stderr"
		done
		peer_stop
	done <<-'CASES'
		ahead (E
		id (EPROTO)
		twice (EPROTO)
		early (E
		error (EIO)
		unwritten (EPROTO)
		unsupported (EOPNOTSUPP)
		silent (ETIMEDOUT)
		calls (ETIMEDOUT)
		chatter (ETIMEDOUT)
		close (EPIPE)
	CASES
	ring_start middle "$D/blk.img"
	run -1 --separate-stderr vhostctl blk read "$D/peer.sock" -f "$D/out"
	[[ "$stderr" = *"(EPROTO)"* ]]
	peer_stop
	# What it says of lengths is not asked about; memory can't be cut off.
	for how in long shrink; do
		ring_start $how "$D/blk.img"
		vhostctl blk read "$D/peer.sock" | cmp - "$D/blk.img"
		peer_stop
	done
}

@test "one that stopped answering is not waited for once a queue" {
	vhostctl serve "$D/peer.sock" --null 1M --queues 64 --fault no-used --fault hang:GET_VRING_BASE >/dev/null 2>&1 3>&- &
	echo $! >"$D/peer.pid"
	wait_socket "$D/peer.sock"
	started=$SECONDS
	run -1 --separate-stderr vhostctl blk read "$D/peer.sock" --queues 64 --timeout 500ms
	[[ "$stderr" = *ETIMEDOUT* ]]
	[ $((SECONDS - started)) -lt 20 ]
	kill -9 "$(cat "$D/peer.pid")"
}

@test "more memory than is sensible is refused, and the limit said" {
	run -2 --separate-stderr vhostctl blk read "$S" --qd 1024 -b 16M
	[[ "$stderr" = *"16384 MiB of shared memory would be needed, 1024 MiB is the most: less --qd"* ]] || fail "$stderr"
	run -0 vhostctl blk bench -j "$S" --qd 60 -b 16M -d 1ms --timeout 60s # 960 MiB take their time
}

# pty SIGNAL COMMAND...: runs it on a terminal, ends it by the signal once the bar is there,
# prints how it ended and what stood on the terminal then.
pty() {
	python3 - "$@" <<-'PY'
		import os, pty, signal, sys
		pid, fd = pty.fork()
		if not pid:
		    os.execvp(sys.argv[2], sys.argv[2:])
		seen = b""
		sent = False
		while True:
		    try:
		        got = os.read(fd, 4096)
		    except OSError:
		        break
		    seen += got
		    if b"%" in seen and not sent:
		        sent = True
		        os.kill(pid, getattr(signal, sys.argv[1]))
		ended = os.waitpid(pid, 0)[1]
		print(os.WTERMSIG(ended), repr(seen[seen.rfind(b"\r"):]))
	PY
}

@test "a signal takes the bar away, and ends copy, read and write as it does others" {
	head -c 48M /dev/zero >"$D/in"
	vhostctl serve "$D/peer.sock" --blk "$D/in" --fault no-used@40 >/dev/null 2>&1 3>&- &
	echo $! >"$D/peer.pid"
	wait_socket "$D/peer.sock"
	cp "$D/in" "$D/data"
	for o in "copy $D/peer.sock $D/copy" "copy $D/data $D/peer.sock -b 64K" "read $D/peer.sock -f $D/copy" "write $D/peer.sock -f $D/data"; do
		# shellcheck disable=SC2086
		equal "INT $o" "$(pty SIGINT vhostctl blk $o)" "2 b'\\r\\x1b[K'"
	done
	equal TERM "$(pty SIGTERM vhostctl blk read "$D/peer.sock" -f "$D/copy")" "15 b'\\r\\x1b[K'"
}

@test "SIGINT and SIGTERM end a bench early, and what there is gets printed" {
	for signal in INT TERM; do
		for o in "--spin 0 --qd 1" "--queues 2 --spin 1s"; do
			# shellcheck disable=SC2086
			vhostctl blk bench $o -j -d 60s "$S" >"$D/out" 3>&- &
			ended_by $signal $! $([[ $o = *queues* ]] && echo 4 || echo 2)
			jq -e '.elapsed_ns > 0 and .elapsed_ns < 30e9 and .requests == .reads' "$D/out" >/dev/null || fail "$o: $(cat "$D/out")"
		done
	done
}

@test "a daemon that is killed in the middle ends a run with a sentence" {
	vhostctl blk bench "$S" -d 60s >"$D/out" 2>"$D/err" 3>&- &
	pid=$!
	wait_for eventfds $pid 2
	sleep 0.1
	kill -9 "$(cat "$D/qsd.pid")"
	status=0
	wait $pid || status=$?
	equal status "$status" 1
	grep -q "closed the connection" "$D/err"
	rm -f "$S"
	daemon "driver=file,filename=$D/blk.img,node-name=d0"
}
