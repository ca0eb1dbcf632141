# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What vhostctl's suites share. Each begins with: load lib; load helper/vhostctl-lib

PEER=$BATS_TEST_DIRNAME/helper/vhostctl-peer.py

# A folder $D with a daemon at $S that serves $D/blk.img, 48 MiB of random bytes at both
# ends.
daemon_start() { # [EXPORT-OPTION...]
	export D S
	D=$(mktemp -d /tmp/vhostctl.XXXXXX)
	S=$D/blk.sock
	truncate -s 48M "$D/blk.img"
	dd if=/dev/urandom of="$D/blk.img" bs=1M count=2 conv=notrunc status=none
	dd if=/dev/urandom of="$D/blk.img" bs=1M count=2 seek=46 conv=notrunc status=none
	daemon "driver=file,filename=$D/blk.img,node-name=d0" "$@"
}

daemon() { # BLOCKDEV [EXPORT-OPTION...]
	local blockdev=$1 options=
	shift
	[ $# = 0 ] || options=$(printf ',%s' "$@")
	qemu-storage-daemon --blockdev "$blockdev" \
		--export "type=vhost-user-blk,id=e0,node-name=d0,addr.type=unix,addr.path=$S,writable=on,num-queues=4,logical-block-size=512$options" \
		>>"$D/qsd.log" 2>&1 3>&- &
	echo $! >"$D/qsd.pid"
	wait_socket "$S"
}

daemon_stop() {
	end "$(cat "$D/qsd.pid")" || :
	rm -rf "$D"
}

peer_start() { # KEY=VALUE...: a back-end of our own at $D/peer.sock
	python3 "$PEER" "$D/peer.sock" "$@" 3>&- &
	echo $! >"$D/peer.pid"
	wait_socket "$D/peer.sock"
}

ring_start() { # HOW [FILE] [FEATURE...]: a device there, see helper/vhostctl-ring.py
	python3 "$BATS_TEST_DIRNAME/helper/vhostctl-ring.py" "$D/peer.sock" "$@" 3>&- &
	echo $! >"$D/peer.pid"
	wait_socket "$D/peer.sock"
}

peer_stop() {
	[ ! -e "$D/peer.pid" ] || end "$(cat "$D/peer.pid")" || :
	rm -f "$D/peer.pid" "$D/peer.sock" "$D/out"
}

# Ends a command that drives a device by a signal, once it has its N fds of kicks, calls.
ended_by() { # SIGNAL PID N
	wait_for eventfds "$2" "$3"
	kill "-$1" "$2"
	local status=0
	wait "$2" || status=$?
	equal "status after SIG$1" "$status" 0
}

eventfds() { # PID N
	[ "$(ls -l "/proc/$1/fd" 2>/dev/null | grep -c eventfd)" = "$2" ]
}
