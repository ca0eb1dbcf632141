#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vhostctl against a real back-end (qemu-storage-daemon), and against dishonest ones.

bats_require_minimum_version 1.5.0
load lib

IMAGE=$((48 * 1024 * 1024 + 512 * 7))
PEER=$BATS_TEST_DIRNAME/helper/vhostctl-peer.py

wait_socket() { # PATH: until somebody listens there
	wait_for grep -q " 00010000 .* $1\$" /proc/net/unix
}

setup_file() {
	export D S
	D=$(mktemp -d /tmp/vhostctl.XXXXXX)
	S=$D/blk.sock
	truncate -s $IMAGE "$D/blk.img"
	qemu-storage-daemon --blockdev driver=file,filename="$D/blk.img",node-name=d0 \
		--export type=vhost-user-blk,id=e0,node-name=d0,addr.type=unix,addr.path="$S",writable=on,num-queues=3,logical-block-size=512 \
		>"$D/qsd.log" 2>&1 3>&- &
	echo $! >"$D/qsd.pid"
	wait_socket "$S"
}

teardown_file() {
	end "$(cat "$D/qsd.pid")" || :
	rm -rf "$D"
}

teardown() {
	[ ! -e "$D/peer.pid" ] || end "$(cat "$D/peer.pid")" || :
	rm -f "$D/peer.pid" "$D/peer.sock" "$D/out"
}

peer() { # KEY=VALUE...: starts a back-end of our own at $D/peer.sock
	python3 "$PEER" "$D/peer.sock" "$@" 3>&- &
	echo $! >"$D/peer.pid"
	wait_socket "$D/peer.sock"
}

probe() { "$BIN/vhostctl" probe "$@" "$D/peer.sock"; }
json() { run -0 --separate-stderr probe -j "$@"; }
field() { jq -ce "$1" <<<"$output"; }

# An independent front-end: prints what REQUEST (number) answers as a u64, in hex.
ask() {
	python3 - "$S" "$@" <<-'PY'
		import socket, struct, sys
		s = socket.socket(socket.AF_UNIX)
		s.connect(sys.argv[1])
		def ask(req, body=b"", answered=True):
		    s.sendall(struct.pack("=III", req, 1, len(body)) + body)
		    if answered:
		        n = struct.unpack("=III", s.recv(12, socket.MSG_WAITALL))[2]
		        return s.recv(n, socket.MSG_WAITALL)
		u64 = lambda b: struct.unpack("=Q", b)[0]
		ask(1)
		protocol = u64(ask(15))
		ask(16, struct.pack("=Q", protocol), False)
		for req in map(int, sys.argv[2:]):
		    print(hex(u64(ask(req))))
	PY
}

# Names of the bits that are set in a mask, by the macros of an installed header.
header_names() { # MASK HEADER:PREFIX...
	python3 - "$@" <<-'PY'
		import json, re, sys
		names = {26: "LOG_ALL", 30: "PROTOCOL_FEATURES"}
		aliases = ("BLK_F_WCE", "F_IOMMU_PLATFORM")
		for spec in sys.argv[2:]:
		    header, prefix = spec.split(":")
		    for line in open("/usr/include/linux/" + header):
		        m = re.match(r"#define\s+" + prefix + r"_F_(\w+)\s+(\d+)\b", line)
		        if m and not any(line.split()[1].endswith(a) for a in aliases):
		            names[int(m[2])] = m[1]
		mask = int(sys.argv[1], 16)
		print(json.dumps([names.get(b, f"bit{b}") for b in range(64) if mask >> b & 1],
		                 separators=(",", ":")))
	PY
}
GENERIC="virtio_config.h:VIRTIO virtio_ring.h:VIRTIO_RING"

@test "features and protocol features are what another front-end reads" {
	run -0 ask 1 15
	features=${lines[0]} protocol=${lines[1]}
	run -0 --separate-stderr "$BIN/vhostctl" probe -j "$S"
	[ "$(field .features)" = "\"$features\"" ]
	[ "$(field .protocol_features)" = "\"$protocol\"" ]
	[ -z "$stderr" ]
}

@test "the features printed are the bytes that the kernel saw received" {
	traced -xx -s 64 -e trace=recvmsg -o "$D/trace" "$BIN/vhostctl" probe -j "$S" >"$D/json"
	wire=$(sed -n 's/.*iov_base="\(\(\\x..\)\{8\}\)", iov_len=8.*/\1/p' "$D/trace" | head -1)
	wire=$(tr -d '\\x' <<<"$wire" | sed 's/\(..\)\(..\)\(..\)\(..\)\(..\)\(..\)\(..\)\(..\)/0x\8\7\6\5\4\3\2\1/')
	[ "$(jq -r .features "$D/json")" = "$(printf '%#x' "$wire")" ]
}

@test "each request is one sendmsg of header and body" {
	traced -e trace=%network,write -o "$D/trace" "$BIN/vhostctl" probe -j "$S" >/dev/null
	run ! grep -qE 'sendto|send\(|write\(3' "$D/trace"
	[ "$(grep -c sendmsg "$D/trace")" = "$(grep -c 'sendmsg.*msg_controllen=0.*) = \(12\|20\|[0-9]\{2,3\}\)$' "$D/trace")" ]
	grep -q 'sendmsg.*iov_len=12}, {.*iov_len=8}.*= 20$' "$D/trace"
}

@test "feature names are those of the kernel's headers" {
	run -0 --separate-stderr "$BIN/vhostctl" probe -j "$S"
	want=$(header_names "$(jq -r .features <<<"$output")" $GENERIC virtio_blk.h:VIRTIO_BLK)
	[ "$(field .feature_names)" = "$want" ]
}

@test "every bit that the headers name has that name, for each kind of device" {
	peer features=0xffffffffffffffff
	for kind in blk net scsi console gpu gpio i2c vsock scmi; do
		json --type $kind -o feature_names -q
		mine=$output
		want=$(header_names 0xffffffffffffffff $GENERIC \
			"virtio_$kind.h:VIRTIO_$(tr a-z A-Z <<<$kind)")
		jq -en --argjson want "$want" --argjson mine "$(jq -c .feature_names <<<"$mine")" \
			'[range(64) as $b | select(($want[$b] | startswith("bit") | not) and $want[$b] != $mine[$b])] == []'
	done
}

@test "all 23 protocol features have their names" {
	peer features=0x40000000 protocol=0x8000000000ffffff
	json -q
	[ "$(field .protocol_feature_names)" = '["MQ","LOG_SHMFD","RARP","REPLY_ACK","NET_MTU","BACKEND_REQ","CROSS_ENDIAN","CRYPTO_SESSION","PAGEFAULT","CONFIG","BACKEND_SEND_FD","HOST_NOTIFIER","INFLIGHT_SHMFD","RESET_DEVICE","INBAND_NOTIFICATIONS","CONFIGURE_MEM_SLOTS","STATUS","XEN_MMAP","SHARED_OBJECT","DEVICE_STATE","GET_VRING_BASE_INFLIGHT","GPA_ADDRESSES","SHMEM","bit23","bit63"]' ]
}

@test "capacity is the size of the file, queues and slots those of the daemon" {
	run -0 --separate-stderr "$BIN/vhostctl" probe -j "$S"
	[ "$(field .config.capacity_bytes)" = "$(stat -c %s "$D/blk.img")" ]
	[ "$(field .queues)" = 3 ]
	[ "$(field .config.num_queues)" = 3 ]
	[ "$(field .config.blk_size)" = 512 ]
	slots=$(field .max_mem_slots)
	run -0 ask 36
	[ "$(printf '%#x' "$slots")" = "$output" ]
}

@test "config is read from offset 0 with the daemon's own size, and the kind is guessed" {
	traced -xx -s 64 -e trace=sendmsg -o "$D/trace" "$BIN/vhostctl" probe -j "$S" >"$D/json"
	[ "$(jq -c '[.type, .type_source, .config_size_bytes]' "$D/json")" = '["blk","guessed",60]' ]
	# Request 24: header, then offset 0 first in the body.
	grep 'iov_base="\\x18\\x00\\x00\\x00' "$D/trace" >"$D/get_config"
	[ -s "$D/get_config" ]
	run ! grep -v '}, {iov_base="\\x00\\x00\\x00\\x00' "$D/get_config"
	run ! grep -q CRITICAL "$D/qsd.log"
}

@test "text shows the same by name, one field a line" {
	run -0 --separate-stderr "$BIN/vhostctl" probe "$S"
	[ "${lines[0]}" = "socket: $S" ]
	grep -qx 'type: blk' <<<"$output"
	grep -qE '^feature_names: .*,FLUSH,.*VERSION_1$' <<<"$output"
	grep -qE '^  capacity_bytes: 48' <<<"$output"
	run -0 "$BIN/vhostctl" probe -o queues,type "$S"
	[ "$output" = "queues: 3"$'\n'"type: blk" ]
}

@test "a path alone means probe; a path longer than sun_path works" {
	long=$D/$(printf 'd%.0s' $(seq 90))
	mkdir -p "$long/$(printf 'e%.0s' $(seq 90))"
	long=$long/$(printf 'e%.0s' $(seq 90))/s
	ln -s "$S" "$long"
	run -0 --separate-stderr "$BIN/vhostctl" -o queues "$long"
	[ "$output" = "queues: 3" ]
	cd "$(dirname "$long")"
	run -0 --separate-stderr "$BIN/vhostctl" s -o queues
	[ "$output" = "queues: 3" ]
}

@test "--require: 0 when all are offered, 4 and the name when one is not, 2 for no such name" {
	run -0 "$BIN/vhostctl" probe --require REPLY_ACK,config,blk-size,VIRTIO_BLK_F_MQ "$S"
	run -4 --separate-stderr "$BIN/vhostctl" probe -r CONFIG -r VIRTIO_F_RING_PACKED,RO "$S"
	[ "${#stderr_lines[@]}" = 2 ]
	[[ "${stderr_lines[0]}" = *"VIRTIO_F_RING_PACKED is not offered"* ]]
	run -4 --separate-stderr "$BIN/vhostctl" probe -q -j -r RO "$S"
	[ "$(field .type)" = '"blk"' ]
	[ -z "$stderr" ]
	run -2 --separate-stderr "$BIN/vhostctl" probe -r REPLYACK "$S"
	[[ "$stderr" = *"did you mean 'REPLY_ACK'"* ]]
	[ -z "$output" ]
	run -2 "$BIN/vhostctl" probe -r "" "$S"
}

@test "a name of two features asks for both" {
	peer features=0x40000000 protocol=1
	run -0 probe -r MQ --type rng
	run -4 probe -r MQ --type blk
	run -0 probe -r VHOST_USER_PROTOCOL_F_MQ --type blk
}

@test "what is claimed and not answered is listed as silent, and status is 3" {
	for request in 17:GET_QUEUE_NUM 36:GET_MAX_MEM_SLOTS 24:GET_CONFIG 40:GET_STATUS 3:SET_OWNER 15:GET_PROTOCOL_FEATURES; do
		peer features=0x40000000 protocol=0x18209 config=00 at=${request%:*} does=silent
		run -3 --separate-stderr probe -j --timeout 50ms
		[ "$(field .silent)" = "[\"${request#*:}\"]" ]
		[[ "$stderr" = *"no answer to ${request#*:}, though it is offered"* ]]
		teardown
	done
}

@test "an answer that stops half-way ends the talk, and what is not known is not called missing" {
	peer features=0x40000000 protocol=1 at=15 does=half:15
	run -3 --separate-stderr probe -j --timeout 50ms -r CONFIG
	[[ "$stderr" = *"the answer to GET_PROTOCOL_FEATURES stopped after 15 bytes"*"whether CONFIG is offered was not answered"* ]]
	[ "$(field .silent)" = '["GET_PROTOCOL_FEATURES"]' ]
}

@test "an answer that comes too late is not taken for the next one's" {
	peer features=0x40000000 protocol=0x8001 queues=7 slots=99 at=17 does=late:0.2
	run -3 --separate-stderr probe -j --timeout 150ms
	[ "$(field '[.queues, .max_mem_slots, .silent]')" = '[null,99,["GET_QUEUE_NUM"]]' ]
}

@test "a peer that accepts and says nothing ends in a timeout, with a sentence" {
	peer at=1 does=silent
	run -1 --separate-stderr probe --timeout 50ms
	[[ "$stderr" = *"no answer to GET_FEATURES"*"(ETIMEDOUT)"*"serving another front-end"* ]]
	[ -z "$output" ]
}

@test "a socket that nobody accepts from ends in a timeout too" {
	python3 -c 'import socket, sys, time
l = socket.socket(socket.AF_UNIX); l.bind(sys.argv[1]); l.listen(0)
c = socket.socket(socket.AF_UNIX); c.connect(sys.argv[1]); time.sleep(60)' "$D/peer.sock" 3>&- &
	echo $! >"$D/peer.pid"
	wait_socket "$D/peer.sock"
	sleep 0.2
	run -1 --separate-stderr probe --timeout 50ms
	[[ "$stderr" = *"(ETIMEDOUT)"*"queue of connections"* ]]
}

@test "each way to have no back-end has its own sentence" {
	run -1 --separate-stderr "$BIN/vhostctl" probe "$D/none"
	[[ "$stderr" = *"(ENOENT)"* ]]
	touch "$D/file"
	run -1 --separate-stderr "$BIN/vhostctl" probe "$D/file"
	[[ "$stderr" = *"(ENOTSOCK)"*"not a socket"* ]]
	run -1 --separate-stderr "$BIN/vhostctl" probe "$D"
	[[ "$stderr" = *"(ENOTSOCK)"* ]]
	python3 -c 'import socket, sys
socket.socket(socket.AF_UNIX).bind(sys.argv[1])
socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).bind(sys.argv[2])' "$D/dead" "$D/dgram"
	run -1 --separate-stderr "$BIN/vhostctl" probe "$D/dead"
	[[ "$stderr" = *"(ECONNREFUSED)"*"no one listens"* ]]
	python3 -c 'import socket, sys, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET); s.bind(sys.argv[1]); s.listen(); time.sleep(60)' "$D/peer.sock" 3>&- &
	echo $! >"$D/peer.pid"
	wait_socket "$D/peer.sock"
	run -1 --separate-stderr probe
	[[ "$stderr" = *"(EPROTOTYPE)"*"not a stream socket"* ]]
	run -1 --separate-stderr "$BIN/vhostctl" probe ""
	run -1 --separate-stderr "$BIN/vhostctl" probe "$(printf '@x%.0s' $(seq 99))"
	[[ "$stderr" = *"(ENAMETOOLONG)"* ]]
}

# bats test_tags=root
@test "without permission on the socket the sentence says what it takes" {
	chmod 755 "$D"
	chmod 600 "$S"
	mkdir -m 755 "$D/bin" && install -m 755 "$BIN/vhostctl" "$D/bin"
	run -1 --separate-stderr setpriv --reuid 65534 --clear-groups "$D/bin/vhostctl" probe "$S"
	[[ "$stderr" = *"(EACCES)"*"write permission"* ]]
}

@test "a peer that closes after any number of bytes: never a crash, and the right status" {
	peer features=0x175007e46 protocol=0x8f2b queues=4 config="$(printf '11%.0s' $(seq 60))" cut=each
	for ((n = 0, status = 9; status && n < 800; n++)); do
		status=0
		probe -j >"$D/json" 2>"$D/err" || status=$?
		case $status in
		1) ((n < 20)) && [ ! -s "$D/json" ] && grep -qE 'closed the connection|broken message' "$D/err" ;;
		3) ((n >= 20)) && jq -e '.features == "0x175007e46"' "$D/json" && grep -qE 'closed the connection|broken message' "$D/err" ;;
		0) jq -e .config.blk_size "$D/json" && [ ! -s "$D/err" ] ;;
		*) false ;;
		esac >/dev/null || { echo "after $n bytes: status $status, $(cat "$D/err")" && return 1; }
	done
	((n > 200 && n < 800))
}

@test "a peer that closes between two messages is told from one that breaks off inside" {
	peer features=0x40000000 protocol=0x200 cut=20
	run -3 --separate-stderr probe -j
	[[ "$stderr" = *"closed the connection at GET_PROTOCOL_FEATURES"* ]]
	teardown
	peer features=0x40000000 protocol=0x200 cut=30
	run -3 --separate-stderr probe -j
	[[ "$stderr" = *"broken message in answer to GET_PROTOCOL_FEATURES"*"ends in the middle"* ]]
}

@test "bytes that arrive one by one make the same answer" {
	device="features=0x175007e46 protocol=0x18209 queues=4 slots=32 status=15 config=$(printf '0102%.0s' $(seq 30))"
	peer $device
	json
	whole=$output
	teardown
	peer $device slow=1
	json
	[ "$output" = "$whole" ]
	[ "$(field .device_status)" = '["ACKNOWLEDGE","DRIVER","DRIVER_OK","FEATURES_OK"]' ]
}

@test "messages that are not vhost-user are refused with the reason" {
	while read -r does reason; do
		peer at=1 does="$does"
		run -1 --separate-stderr probe --timeout 500ms
		[[ "$stderr" = *"broken message in answer to GET_FEATURES"*"$reason"* ]] ||
			{ echo "$does: $stderr" && return 1; }
		[ -z "$output" ]
		teardown
	done <<-'CASES'
		oversize more than 64 KiB
		toolong more than 64 KiB
		version:0 version is not 1
		version:2 version is not 1
		garbage version is not 1
		noflag reply flag
		other:15 another request
		endless wrong size
		size:0 wrong size
		size:7 wrong size
		size:4096 wrong size
	CASES
}

@test "answers in the middle of an otherwise good talk are checked the same way" {
	for does in oversize version:3 noflag other:1 size:3 size:11 garbage endless; do
		peer features=0x40000000 protocol=0x200 config=0011 at=24 does=$does
		run -3 --separate-stderr probe -j --timeout 500ms
		[[ "$stderr" = *"broken message in answer to GET_CONFIG"* ]] ||
			{ echo "$does: $stderr" && return 1; }
		jq -e '.config == null and .features == "0x40000000"' <<<"$output"
		teardown
	done
}

@test "a stream of answers that nobody asked for ends" {
	peer features=0x40000000 protocol=0x8001 at=36 does=endless:17
	run -3 --separate-stderr probe -j --timeout 200ms
	[[ "$stderr" = *"broken message in answer to GET_MAX_MEM_SLOTS"* ]]
}

@test "fds that come with an answer are closed, however many, and said" {
	peer features=0x40000000 protocol=0x8001 out="$D/out"
	json
	base=$(cut -d' ' -f2 "$D/out")
	for does in fds:1 fds:9 fds:253 slowfds:4; do
		teardown
		peer features=0x40000000 protocol=0x8001 out="$D/out" at=-1 does=$does
		json
		[ "$(field .max_mem_slots)" = 8 ]
		[[ "$stderr" = *"file descriptors came with the answer to GET_FEATURES, closed"* ]]
		[ "$(cut -d' ' -f2 "$D/out")" = "$base" ]
	done
}

@test "a back-end that takes just one config size, or gives none, is read all the same" {
	peer features=0x40000000 protocol=0x200 config="$(printf '07%.0s' $(seq 24))" exact=1
	json --type net
	[ "$(field .config_size_bytes)" = 24 ]
	teardown
	peer features=0x40000000 protocol=0x200
	json
	[ "$(jq -c '[.config, .config_size_bytes, .silent, .type]' <<<"$output")" = '[null,null,[],null]' ]
}

@test "config of a net device is decoded, gated by its features" {
	features=$((1 << 63 | 1 << 30 | 1 << 22 | 1 << 18 | 1 << 17 | 1 << 16 | 1 << 5 | 1 << 3))
	peer features=$(printf '%#x' $features) protocol=0x200 config=525400aabbcc01000800dc05102700000100000000000000
	json
	[ "$(field .type)" = '"net"' ]
	jq -e '.config == {"mac":"52:54:00:aa:bb:cc","status":1,"max_virtqueue_pairs":8,"mtu":1500,"speed_mbit":10000,"duplex":1,"rss_max_key_size":null,"rss_max_indirection_table_length":null,"supported_hash_types":null,"supported_tunnel_types":null}' <<<"$output"
}

@test "every member of every kind's config is what the headers' structs read" {
	seen=0
	while read -r kind hex members; do
		[ -n "$kind" ] || continue
		# All bits of devices: members are gated, and these are the most that a kind may offer.
		peer features=0xfffffc0040ffffff protocol=0x200 config="$hex"
		json --type "$kind" -q
		python3 -c 'import json, sys
for key, value in json.load(sys.stdin)["config"].items():
    if key != "tag":
        print(key, int(value.replace(":", ""), 16) if isinstance(value, str) else int(value), sep="=")' \
			<<<"$output" >"$D/numbers"
		equal "$kind" "$(sort "$D/numbers")" "$(tr ' ' '\n' <<<"$members" | sort)"
		teardown
		seen=$((seen + 1))
	done < <("$O/tests/helper/vhostctl-config")
	equal kinds "$seen" 11
}

@test "a file system's tag of any bytes is escaped, and the kind can be given" {
	tag=$(printf 'a\033[31m"\377\\' | od -An -tx1 | tr -d ' \n')
	peer features=0x40000000 protocol=0x200 config="$tag$(printf '00%.0s' $(seq 27))02000000"
	json --type fs
	[ "$(field '[.type, .type_source, .config.num_request_queues]')" = '["fs","given",2]' ]
	[ "$(jq -r .config.tag <<<"$output")" = 'a\x1b[31m"\xff\x5c' ]
}

@test "a kind that does not fit the features is doubted" {
	run -0 --separate-stderr "$BIN/vhostctl" probe -j --type gpio "$S"
	[[ "$stderr" = *"offers features 0x7e46 that no gpio device has"* ]]
	[ "$(field '[.type, .type_source]')" = '["gpio","given"]' ]
}

@test "bits whose meaning has drifted are warned about" {
	peer features=0x40000000 protocol=0x100000
	json
	[[ "$stderr" = *"bits 20 to 22"* ]]
	json -q
	[ -z "$stderr" ]
}

@test "nothing beyond what is needed is switched on, and only what is offered is asked" {
	peer features=0 out="$D/out"
	json
	[ "$(cut -d' ' -f1 "$D/out")" = 1 ]
	[ "$(field '[.protocol_features, .queues, .silent] | tostring')" = '"[null,null,[]]"' ]
	teardown
	peer features=0x40000000 protocol=0x1 out="$D/out"
	json
	[ "$(cut -d' ' -f1 "$D/out")" = 1,15,16,3,17 ]
}
