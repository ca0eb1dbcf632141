#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vhostctl diff of what vhostctl probe read from daemons that differ.

bats_require_minimum_version 1.5.0
load lib
load helper/vhostctl-daemon

verdicts() { jq -r '[.what, .name // "-", .a // "-", .b // "-", .verdict] | join(" ")' <<<"$output"; }

@test "a back-end does not differ from itself" {
	vhostctl probe -j "$S" >"$D/a.json"
	run -0 vhostctl diff "$D/a.json" "$D/a.json"
	equal output "$(wc -l <<<"$output")" 1
}

@test "lost features of the guest, queues and slots break, more of them are gains" {
	peer_start features=0x140000220 protocol=0x8209 queues=4 slots=32 config="$(printf '%024d' 0)"
	vhostctl probe -qj --type blk "$D/peer.sock" >"$D/a.json"
	peer_stop
	peer_start features=0x140000240 protocol=0x8008 queues=2 slots=64
	vhostctl probe -qj --type blk "$D/peer.sock" >"$D/b.json"
	run -4 vhostctl diff -j "$D/a.json" "$D/b.json"
	verdicts | grep -v ^config >"$D/got"
	diff "$D/got" - <<-'WANT'
		feature RO offered - breaks
		feature BLK_SIZE - offered gains
		protocol_feature MQ offered - changes
		protocol_feature CONFIG offered - breaks
		queues - 4 - breaks
		max_mem_slots - 32 64 gains
	WANT
}

# As migrations with QEMU have shown, each of them.
@test "what is between the VMM and the back-end breaks only what stands on it" {
	while read -r name type verdict; do
		for f in a b; do
			echo '{"type":"'"$type"'"}' >"$BATS_TEST_TMPDIR/$f"
		done
		jq -c '.features = "0x100000200" | .protocol_features = "0x7fffff" | .queues = 4 | .max_mem_slots = 32' \
			"$BATS_TEST_TMPDIR/a" >"$D/a.json"
		python3 - "$name" "$D/a.json" >"$D/b.json" <<-'PY'
			import json, sys
			names = ("MQ LOG_SHMFD RARP REPLY_ACK NET_MTU BACKEND_REQ CROSS_ENDIAN CRYPTO_SESSION PAGEFAULT CONFIG BACKEND_SEND_FD"
			    " HOST_NOTIFIER INFLIGHT_SHMFD RESET_DEVICE INBAND_NOTIFICATIONS CONFIGURE_MEM_SLOTS STATUS XEN_MMAP"
			    " SHARED_OBJECT DEVICE_STATE GET_VRING_BASE_INFLIGHT GPA_ADDRESSES SHMEM").split()
			a = json.load(open(sys.argv[2]))
			a["protocol_features"] = hex(int(a["protocol_features"], 16) & ~(1 << names.index(sys.argv[1])))
			print(json.dumps(a))
		PY
		run vhostctl diff -j "$D/a.json" "$D/b.json"
		equal "$name of $type" "$(verdicts) $status" "protocol_feature $name offered - $verdict $([ $verdict = breaks ] && echo 4 || echo 0)"
		jq -e '.why | length > 8' <<<"$output" >/dev/null
	done <<-'LOST'
		MQ blk changes
		LOG_SHMFD blk changes
		RARP net changes
		REPLY_ACK blk changes
		NET_MTU net changes
		BACKEND_REQ blk changes
		CROSS_ENDIAN blk breaks
		CRYPTO_SESSION crypto breaks
		PAGEFAULT blk changes
		CONFIG blk breaks
		CONFIG net changes
		BACKEND_SEND_FD blk changes
		HOST_NOTIFIER net changes
		INFLIGHT_SHMFD blk changes
		RESET_DEVICE blk changes
		INBAND_NOTIFICATIONS blk changes
		CONFIGURE_MEM_SLOTS blk changes
		STATUS blk changes
		XEN_MMAP blk breaks
		SHARED_OBJECT gpu changes
		DEVICE_STATE fs breaks
		DEVICE_STATE blk changes
		GET_VRING_BASE_INFLIGHT blk changes
		GPA_ADDRESSES blk changes
		SHMEM gpu breaks
		SHMEM blk changes
	LOST
}

@test "what a VMM takes a back-end for that does not say is what it is compared with" {
	while read -r a b verdict; do
		for f in a b; do
			echo '{"features":"0x0","type":"net"'"${!f#-}"'}' >"$BATS_TEST_TMPDIR/$f"
		done
		run vhostctl diff -j "$BATS_TEST_TMPDIR/a" "$BATS_TEST_TMPDIR/b"
		equal "$a $b" "$(jq -r .verdict <<<"$output")" "$verdict"
	done <<-'NUMBERS'
		,"max_mem_slots":9 - breaks
		,"max_mem_slots":8 - changes
		- ,"max_mem_slots":9 gains
		,"queues":4 - breaks
		,"queues":2 - changes
	NUMBERS
}

@test "a feature that is lost is told once, and one that takes writing away breaks" {
	vhostctl probe -j "$S" >"$D/a.json"
	jq -c '.features = "0x175005e46" | .config |= with_entries(if .key | test("discard") then .value = null else . end)' "$D/a.json" >"$D/b.json"
	run -4 vhostctl diff -j "$D/a.json" "$D/b.json"
	equal lost "$(verdicts)" "feature DISCARD offered - breaks"
	jq -c '.features = "0x175007e66"' "$D/a.json" >"$D/b.json"
	run -4 vhostctl diff -j "$D/a.json" "$D/b.json"
	equal read-only "$(verdicts)" "feature RO - offered breaks"
	jq -c '.features = "0x171007e46"' "$D/a.json" >"$D/b.json"
	run -0 vhostctl diff -j "$D/a.json" "$D/b.json"
	equal log "$(verdicts)" "feature LOG_ALL offered - changes"
	# MAC, STATUS and CTRL_VQ of a network device are the VMM's; MRG_RXBUF is not.
	echo '{"features":"0x100038020","type":"net"}' >"$D/a.json"
	echo '{"features":"0x100008000","type":"net"}' >"$D/b.json"
	run -0 vhostctl diff -j "$D/a.json" "$D/b.json"
	equal "of the VMM" "$(jq -r .verdict <<<"$output" | xargs)" "changes changes changes"
	run -4 vhostctl diff -j "$D/b.json" <(echo '{"features":"0x100000000","type":"net"}')
	equal MRG_RXBUF "$(verdicts)" "feature MRG_RXBUF offered - breaks"
}

@test "a disk may grow, and must not shrink; a guest keeps its MAC address" {
	vhostctl probe -j "$S" >"$D/a.json"
	jq -c '.config.capacity_bytes *= 2' "$D/a.json" >"$D/b.json"
	run -0 vhostctl diff -j "$D/a.json" "$D/b.json"
	equal grows "$(verdicts)" "config capacity_bytes 50331648 100663296 gains"
	run -4 vhostctl diff -j "$D/b.json" "$D/a.json"
	equal shrinks "$(verdicts)" "config capacity_bytes 100663296 50331648 breaks"
	jq -c '.config.min_io_size = 7 | .config.writeback |= not' "$D/a.json" >"$D/b.json"
	run -0 vhostctl diff -j "$D/a.json" - <"$D/b.json"
	equal changes "$(verdicts | sed 's/writeback.*ch/writeback ch/')" "config min_io_size $(jq .config.min_io_size "$D/a.json") 7 changes
config writeback changes"
	echo '{"features":"0x20","type":"net","config":{"mac":"52:54:00:00:00:01"}}' >"$D/a.json"
	echo '{"features":"0x20","type":"net","config":{"mac":"52:54:00:00:00:02"}}' >"$D/b.json"
	run -0 vhostctl diff -j "$D/a.json" "$D/b.json"
	equal mac "$(verdicts)" "config mac 52:54:00:00:00:01 52:54:00:00:00:02 changes"
}

@test "a limit that is lower breaks, and so does a bit of a mask that is lost" {
	for line in '"seg_max":126 "seg_max":64 breaks' '"seg_max":64 "seg_max":126 gains' '"max_discard_seg":32 "max_discard_seg":1 breaks' \
		'"num_queues":4 "num_queues":1 breaks' '"supported_hash_types":"0x3f" "supported_hash_types":"0x1f" breaks' \
		'"supported_hash_types":"0x1f" "supported_hash_types":"0x3f" gains' '"writeback":true "writeback":false changes' \
		'"blk_size":512 "blk_size":4096 breaks' '"blk_size":4096 "blk_size":512 changes' \
		'"guest_cid":3 "guest_cid":4 breaks' '"max_virtqueue_pairs":2 "max_virtqueue_pairs":8 gains'; do
		read -r a b verdict <<<"$line"
		for f in a b; do
			echo '{"features":"0x0","type":"blk","config":{'"${!f}"'}}' >"$BATS_TEST_TMPDIR/$f"
		done
		run "$BIN/vhostctl" diff -j "$BATS_TEST_TMPDIR/a" "$BATS_TEST_TMPDIR/b"
		equal "$line" "$(jq -r .verdict <<<"$output") $status" "$verdict $([ $verdict = breaks ] && echo 4 || echo 0)"
	done
}

@test "files that are not of probe are refused" {
	for text in "" "[" "{}" "7" '{"features":"x"}' "{\"a\":1}{" $'\xff'; do
		printf '%s' "$text" >"$D/b.json"
		run -1 --separate-stderr vhostctl diff "$D/b.json" "$D/b.json"
		[ -z "$output" ] && [[ "$stderr" = *"vhostctl probe --json"* ]] || fail "$text"
	done
	run -1 --separate-stderr vhostctl diff /no/such /no/such
	[[ "$stderr" = *"(ENOENT)"* ]]
}

@test "requests of smaller blocks fail where blocks have become larger, as said" {
	sector() { python3 "$BATS_TEST_DIRNAME/helper/vhostctl-sector.py" "$S" "$@"; }
	vhostctl probe -j "$S" >"$D/a.json"
	sector 1 1 | cmp - <(tail -c +513 "$D/blk.img" | head -c 512)
	end "$(cat "$D/qsd.pid")" || : # no child of this shell
	ended() { ! kill -0 "$(cat "$D/qsd.pid")"; }
	wait_for ended
	daemon "driver=file,filename=$D/blk.img,node-name=d0" logical-block-size=4096
	run -4 vhostctl diff -j "$D/a.json" <(vhostctl probe -j "$S")
	equal verdict "$(verdicts | head -n 1)" "config blk_size 512 4096 breaks"
	[[ "$output" = *"within a block fail on some back-ends"* ]]
	run -1 sector 1 1
	sector 8 8 | cmp - <(tail -c +4097 "$D/blk.img" | head -c 4096)
}
