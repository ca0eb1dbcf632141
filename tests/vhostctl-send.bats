#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vhostctl send and decode, against qemu-storage-daemon, strace and python.

bats_require_minimum_version 1.5.0
load lib
load helper/vhostctl-daemon

send() { run -0 --separate-stderr vhostctl send -j "$S" "$@"; }

# The bytes of each sendmsg and of each answer in a strace, one hex line a message.
wire() { # FILE
	python3 - "$1" <<-'PY'
		import re, sys
		for line in open(sys.argv[1]):
		    m = re.match(r"(sendmsg|recvmsg)\(\d+, .*= (\d+)$", line)
		    if m and int(m[2]):
		        data = b"".join(bytes.fromhex(x.replace("\\x", "")) for x in
		                        re.findall(r'iov_base="((?:\\x..)*)"', line))
		        print(m[1], data[: int(m[2])].hex())
	PY
}

@test "what is sent and received is what the kernel saw, byte for byte" {
	traced -xx -s 70000 -e trace=sendmsg,recvmsg -o "$D/trace" \
		vhostctl send -j "$S" GET_FEATURES SET_FEATURES="VERSION_1|PROTOCOL_FEATURES" SET_OWNER GET_CONFIG=0,60 \
		SET_VRING_NUM=1,128 GET_QUEUE_NUM >"$D/json"
	wire "$D/trace" >"$D/wire"
	jq -r 'select(.from == "front-end") | "sendmsg " + .bytes' "$D/json" >"$D/sent"
	grep ^sendmsg "$D/wire" | diff - "$D/sent"
	equal "bytes received" "$(jq -r 'select(.from == "back-end").bytes' "$D/json" | tr -d '\n')" \
		"$(sed -n 's/^recvmsg //p' "$D/wire" | tr -d '\n')"
	equal answers "$(jq -rs 'map(select(.kind == "reply").request) | join(" ")' "$D/json")" \
		"GET_FEATURES GET_CONFIG GET_QUEUE_NUM"
	equal connections "$(jq -s 'map(.conn) | unique | tostring' "$D/json")" '"[1]"'
}

@test "an acknowledgement is awaited where it is asked for" {
	send GET_FEATURES GET_PROTOCOL_FEATURES "SET_PROTOCOL_FEATURES=REPLY_ACK|CONFIGURE_MEM_SLOTS" \
		SET_OWNER+ack ADD_MEM_REG+ack=guest_addr=0,size_bytes=1M,user_addr=0x10000 --fd memfd:1M
	equal acks "$(jq -cs 'map(select(.kind == "reply" and .payload.value == 0).request)' <<<"$output")" \
		'["SET_OWNER","ADD_MEM_REG"]'
	equal fds "$(jq -c 'select(.fds) | [.request, .fds]' <<<"$output")" \
		'["ADD_MEM_REG",[{"kind":"memfd","size_bytes":1048576,"name":"vhostctl"}]]'
	[ "$(jq -r 'select(.note).note' <<<"$output")" = "" ]
}

@test "each kind of fd arrives as what it was called, with the message that takes it" {
	cat >"$D/receiver.py" <<-'PY'
		import array, os, socket, struct, sys
		l = socket.socket(socket.AF_UNIX); l.bind(sys.argv[1]); l.listen()
		s, _ = l.accept()
		while True:
		    data, anc, _, _ = s.recvmsg(12, socket.CMSG_SPACE(64), socket.MSG_WAITALL)
		    if not data:
		        break
		    req, flags, size = struct.unpack("=III", data)
		    s.recv(size, socket.MSG_WAITALL) if size else b""
		    fds = array.array("i")
		    for _, _, d in anc:
		        fds.frombytes(d)
		    print(req, *[os.readlink(f"/proc/self/fd/{f}").split(" ")[0] for f in fds], flush=True)
	PY
	python3 "$D/receiver.py" "$D/peer.sock" >"$D/out" 3>&- &
	echo $! >"$D/peer.pid"
	wait_socket "$D/peer.sock"
	touch "$D/a file"
	run -0 vhostctl send "$D/peer.sock" SET_OWNER SET_VRING_KICK=0 SET_VRING_CALL=index=1,nofd=1 \
		SET_MEM_TABLE=guest_addr=0,size_bytes=4K,guest_addr=4K,size_bytes=4K SET_OWNER+fds:1 SET_LOG_FD \
		--fd eventfd --fd memfd:4K --fd memfd:8K --fd null --fd socket --fd "$D/a file"
	wait_for grep -q '^7 ' "$D/out"
	sed -i 's/socket:.*file/socket file/; s,/memfd:vhostctl,memfd,g' "$D/out"
	printf '%s\n' 3 "12 anon_inode:[eventfd]" 13 "5 memfd memfd" "3 /dev/null" "7 socket:" >"$D/want"
	sed -E 's/(socket:)[^ ]*.*/\1/' "$D/out" | diff - "$D/want"
}

@test "payloads are written by position, by name, with sizes, bits and bytes" {
	peer_start features=0x40000000
	run -0 vhostctl send -j "$D/peer.sock" SET_MEM_TABLE=guest_addr=1M,size_bytes=2G,mmap_offset=3,guest_addr=7 \
		SET_VRING_ADDR=2,LOG,0x10,0x20,0x30,0x40 SET_CONFIG=offset=4,flags=LIVE_MIGRATION,bytes=a1b2c3 \
		SET_STATUS="DRIVER|DRIVER_OK" SET_INFLIGHT_FD=1M,0,4,128 GET_SHARED_OBJECT+nowait=00112233445566778899aabbccddeeff \
		SET_DEVICE_STATE_FD+nowait=LOAD 0x63=hex:0102 SET_FEATURES="VERSION_1|VIRTIO_BLK_F_RO|bit49"
	jq -r .bytes <<<"$output" | cut -c 25- >"$D/got"
	python3 - >"$D/want" <<-'PY'
		from struct import pack
		print(pack("=IIQQQQQQQQ", 2, 0, 1 << 20, 2 << 30, 0, 3, 7, 0, 0, 0).hex())
		print(pack("=IIQQQQ", 2, 1, 0x10, 0x20, 0x30, 0x40).hex())
		print((pack("=III", 4, 3, 1) + b"\xa1\xb2\xc3").hex())
		print(pack("=Q", 6).hex())
		print(pack("=QQHHI", 1 << 20, 0, 4, 128, 0).hex())
		print(bytes(i * 17 for i in range(16)).hex())
		print(pack("=II", 1, 0).hex())
		print("0102")
		print(pack("=Q", 1 << 49 | 1 << 32 | 1 << 5).hex())
	PY
	diff "$D/got" "$D/want"
}

@test "a member that a payload does not have is told, and those that it has" {
	run -2 --separate-stderr vhostctl send "$D/none" SET_CONFIG=what=1
	[[ "$stderr" = *"no such member: 'what'; there are offset, size, flags, bytes"* ]]
	run -2 --separate-stderr vhostctl send "$D/none" SET_FEATURES=bit64
	[[ "$stderr" = *"not a value: 'bit64'"* ]]
}

@test "messages that are wrong are sent as they are, and called wrong" {
	peer_start features=0x40000000
	run -0 --separate-stderr vhostctl send -j "$D/peer.sock" GET_FEATURES+version:2+nowait SET_OWNER+size:0+flags:0xff1 \
		SET_VRING_NUM=hex:01 SET_FEATURES+reply=1
	equal notes "$(jq -rs 'map(select(.from == "front-end").note) | join("|")' <<<"$output")" \
		"version 2 is not 1|reserved flags are set|1 bytes are not the size of this payload|nobody asked for this reply"
	equal flags "$(jq -rs 'map(select(.from == "front-end").flags) | join(" ")' <<<"$output")" "0x2 0xff1 0x1 0x5"
}

@test "half a message, and a back-end that closes: status 3, and what had come" {
	peer_start at=1 does=half:15 features=0x40000000
	run -3 --separate-stderr vhostctl send -j "$D/peer.sock" --timeout 100ms GET_FEATURES
	equal end "$(tail -n 1 <<<"$output" | jq -r '.kind + " " + .note')" "broken it ends after 3 of 8 bytes of its body"
	peer_stop
	peer_start at=1 does=silent
	run -3 --separate-stderr vhostctl send -j "$D/peer.sock" --timeout 50ms GET_FEATURES
	[[ "$stderr" = *"nothing came back"* ]]
	peer_stop
	peer_start cut=15
	run -3 --separate-stderr vhostctl send -j "$D/peer.sock" GET_FEATURES GET_FEATURES
	equal end "$(tail -n 1 <<<"$output" | jq -r '.kind + " " + .note')" "broken it ends after 3 of 8 bytes of its body"
	equal bytes "$(tail -n 1 <<<"$output" | jq -r '.bytes | length')" 30
	peer_stop
	# A body that nobody has read did not end.
	peer_start at=1 does=version:2 features=0x40000000
	run -3 --separate-stderr vhostctl send -j "$D/peer.sock" GET_FEATURES
	equal end "$(tail -n 1 <<<"$output" | jq -r '.kind + " " + .note')" "broken version 2 is not 1; its body was not read"
	peer_stop
	peer_start cut=20
	run -3 --separate-stderr vhostctl send -j "$D/peer.sock" GET_FEATURES GET_QUEUE_NUM
	equal end "$(tail -n 1 <<<"$output" | jq -r .kind)" close
}

@test "the bytes of raw: go out without a header, and read waits for one message" {
	peer_start features=0x12
	run -0 vhostctl send -j "$D/peer.sock" raw:0100000001000000 raw:00000000 read
	equal reply "$(tail -n 1 <<<"$output" | jq -r '.payload.features')" 0x12
}

@test "a script's words are requests, with line numbers in its errors" {
	printf 'GET_FEATURES # all of it\n\n  SET_OWNER sleep:1ms\tGET_CONFIG=0,8\n' >"$D/script"
	run -0 vhostctl send -j -r "$S" -f "$D/script" <"$D/script"
	equal answers "$(jq -rs 'map(.request) | join(" ")' <<<"$output")" "GET_FEATURES GET_CONFIG"
	run -0 vhostctl send -j -r "$S" -f - <"$D/script"
	equal lines "${#lines[@]}" 2
	printf 'GET_FEATURES\nGET_FEETURES\n' >"$D/script"
	run -2 --separate-stderr vhostctl send "$S" -f "$D/script"
	[[ "$stderr" = *"line 2: no request is called 'GET_FEETURES', did you mean 'GET_FEATURES'?"* ]]
}

@test "wrong words are named, and nothing is sent" {
	for w in SET_VRING_NUM=1,2,3 SET_VRING_NUM=indx=1 SET_VRING_NUM=0x100000000 SET_STATUS=NOPE GET_FEATURES+acck raw:0 \
		GET_SHARED_OBJECT=00 77=5 SET_FEATURES=hex:1; do
		run -2 --separate-stderr vhostctl send "$S" "$w"
		[ -z "$output" ] && [ "${#stderr_lines[@]}" = 1 ] || fail "$w: $stderr"
	done
	run -1 --separate-stderr vhostctl send "$S" SET_OWNER --fd /no/such
	[[ "$stderr" = *"(ENOENT)"* ]]
}

@test "--hex adds the bytes to the text" {
	run -0 vhostctl send -x -r "$S" GET_FEATURES
	[[ "${lines[0]}" = *BYTES ]]
	[[ "${lines[1]}" = *" 01000000050000000800000"* ]]
}

@test "decode reads the hex of send and of strace, and says the same" {
	send GET_FEATURES GET_CONFIG=0,60 SET_OWNER GET_QUEUE_NUM
	jq -c 'del(.time, .at_ns, .latency_ns, .conn)' <<<"$output" >"$D/want"
	jq -r .bytes <<<"$output" >"$D/hex"
	for form in 's/../\\x&/g' 's/../& /g' 's/../:&/g' 's/$//'; do
		sed "$form" "$D/hex" >"$D/form"
		vhostctl decode -j "$D/form" | jq -c 'del(.time, .at_ns, .latency_ns, .conn)' | diff - "$D/want" || fail "$form"
	done
	vhostctl decode -j <"$D/hex" | jq -c 'del(.time, .at_ns, .latency_ns, .conn)' | diff - "$D/want"
}

@test "decode says which lines are nothing, reads the others, status 3" {
	run -3 --separate-stderr vhostctl decode -j - <<<$'# comment\n010000000100000000000000\nzz\n\nmessage 1 1 main nobody 0 - 00'
	equal lines "${#lines[@]}" 1
	[[ "$stderr" = *"line 3 "*"line 5 "* ]]
	run -1 --separate-stderr vhostctl decode /no/such/file
	[[ "$stderr" = *"(ENOENT)"* ]]
}

@test "regions of Xen are read as such once that is negotiated" {
	python3 - >"$D/xen" <<-'PY'
		from struct import pack
		say = lambda request, body: print((pack("=III", request, 1, len(body)) + body).hex())
		region = pack("=QQQQII", 0x1000, 0x2000, 0x3000, 0, 0x102, 7)
		say(5, pack("=II", 1, 0) + region)
		say(16, pack("=Q", 1 << 17 | 1 << 15))
		say(5, pack("=II", 1, 0) + region)
		say(37, bytes(8) + region)
	PY
	run -0 vhostctl decode -j "$D/xen"
	equal sizes "$(jq -c 'select(.note // "" | test("not the size")) | .request' <<<"$output")" '"SET_MEM_TABLE"'
	equal table "$(jq -c 'select(.number == 5) | .payload.regions[0].xen_flags' <<<"$output" | tail -1)" '["GRANT","NO_ADVANCE_MAP"]'
	equal region "$(jq -c 'select(.number == 37) | [.payload.domid, .payload.guest_addr]' <<<"$output")" '[7,"0x1000"]'
}

@test "answers that the specification leaves room for are not called wrong" {
	python3 - >"$D/fine" <<-'PY'
		from struct import pack
		say = lambda request, body=b"", flags=1: print((pack("=III", request, flags, len(body)) + body).hex())
		features, zero, inflight = pack("=Q", 7 << 30), bytes(8), bytes(20)
		protocol = pack("=Q", 0xfffff & ~(1 << 17))
		pairs = [
		    (15, b"", protocol), (16, protocol, None), (41, bytes(16), b""), (41, bytes(16), bytes(16)), (28, b"", b""), (28, b"", zero),
		    (22, bytes(26), zero), (22, bytes(32), zero), (20, pack("=Q", 1500), zero), (11, zero, zero), (30, b"", zero),
		    (42, zero, pack("=Q", 0x100)), (43, b"", zero), (26, bytes(300), bytes(300)), (31, inflight, inflight),
		    (31, bytes(24), bytes(24)), (6, bytes(16), b""), (6, bytes(16), zero), (5, pack("=II", 1, 0) + bytes(8 * 32), None),
		]
		for request, ask, answer in [(1, b"", features)] + pairs:
		    say(request, ask)
		    if answer is not None:
		        say(request, answer, 5)
	PY
	run -0 vhostctl decode -j "$D/fine"
	equal notes "$(jq -c 'select(.note // "" | test("fd") | not) | select(.note) | [.request, .note]' <<<"$output")" ""
	equal answers "$(jq -s 'map(select(.kind == "reply")) | length' <<<"$output")" 18
}

@test "where a packed ring stands is told by place and wrap counter, once such rings are negotiated" {
	base() { python3 -c 'import struct, sys; print(struct.pack("=IIIII", int(sys.argv[1]), int(sys.argv[2]), 8, 3, int(sys.argv[3], 0)).hex())' "$@"; }
	packed=$(python3 -c 'import struct; print(struct.pack("=IIIQ", 2, 1, 8, 1 << 34 | 1 << 32).hex())')
	{ base 11 5 0x1234; echo "$packed"; base 10 1 0xfffe8005; base 11 1 0; base 11 5 0x00078006; } >"$D/bases"
	run -0 vhostctl decode -j "$D/bases"
	equal places "$(jq -c 'select(.number > 2) | .payload | del(.index)' <<<"$output" | xargs)" \
		"{num:4660} {num:4294868997,last_avail:5,last_avail_wrap:1,last_used:32766,last_used_wrap:1} {num:0} {num:491526,last_avail:6,last_avail_wrap:1,last_used:7,last_used_wrap:0}"
	peer_start features=0x440000000 out="$D/out"
	run vhostctl send -j "$D/peer.sock" SET_FEATURES=RING_PACKED SET_VRING_BASE=2,last_avail=5,last_used=7,last_avail_wrap=1 SET_VRING_BASE=1,0x80008000
	equal sent "$(jq -r 'select(.request == "SET_VRING_BASE").bytes[24:]' <<<"$output" | xargs)" "0200000005800700 0100000000800080"
}

@test "the back-end's own requests have their names" {
	run -0 vhostctl decode -j --back-end <<<$'020000000100000000000000\n090000000100000028000000030000000000000000100000000000000020000000000000003000000000000001000000000000 00'
	equal names "$(jq -rs 'map(.request) | join(" ")' <<<"$output")" "CONFIG_CHANGE_MSG SHMEM_MAP"
	equal payload "$(tail -n 1 <<<"$output" | jq -c .payload)" \
		'{"shmid":3,"fd_offset":"0x1000","shm_offset":"0x2000","length_bytes":12288,"flags":["WRITE"]}'
}

@test "fds of all kinds are closed again: none stays after any peer" {
	peer_start features=0x40000000 at=-1 does=fds:9 out="$D/out"
	run -0 vhostctl send -j "$D/peer.sock" GET_FEATURES GET_FEATURES GET_FEATURES
	equal fds "$(jq -rs 'map(select(.kind == "reply") | (.fds | length)) | join(",")' <<<"$output")" 8,8,8
	equal note "$(jq -rs '.[1].note' <<<"$output")" "1 more fds; 9 fds where 0 belong"
	wait_for test -s "$D/out"
	# Those of the client as the peer saw them at its last request.
	[ "$(cut -d' ' -f2 "$D/out")" -lt 16 ]
}

@test "a back-end that shall connect is waited for as long as --timeout says, else longer" {
	for command in "probe $D/l" "send $D/l GET_FEATURES" "blk info $D/l" "net loop $D/l" "check $D/l"; do
		run -1 --separate-stderr timeout 20 vhostctl $command --listen --timeout 50ms
		[[ "$stderr" = *"no back-end has come"*ETIMEDOUT* ]] || fail "$command: $stderr"
		[ ! -e "$D/l" ]
	done
	(sleep 1.5 && exec vhostctl serve --connect --null 1M "$D/l") >/dev/null 3>&- &
	run -0 --separate-stderr vhostctl probe --listen -j "$D/l"
	equal type "$(jq -r .type <<<"$output")" blk
	wait $!
}
