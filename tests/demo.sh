#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# make demo: one telling command of each tool, on this machine's real sockets.
set -u
PATH=${BIN:?run it by make demo}:/usr/sbin:/sbin:$PATH
dir=$(mktemp -d /tmp/sockutils-demo.XXXXXX) || exit 1
daemon='' writer=''
# shellcheck disable=SC2317 # called by trap
clean_up() {
	[ -z "$daemon" ] || kill "$daemon" 2>/dev/null
	[ -z "$writer" ] || kill "$writer" 2>/dev/null
	wait 2>/dev/null
	rm -rf "$dir"
}
trap clean_up EXIT
trap 'exit 1' INT TERM HUP

failed=0
# show "what it shows" 'command line'
show() {
	printf '\n# %s\n$ %s\n' "$1" "$2"
	bash -o pipefail -c "$2" 2>&1 || { echo "(status $?)"; failed=1; }
}

# A socket with 100 one-byte messages that nobody reads, for udiag-mem to find.
python3 -c 'import signal, socket, sys
a, b = socket.socketpair()
for _ in range(100): a.send(b"x")
open(sys.argv[1], "w").close()
signal.pause()' "$dir/written" &
writer=$!
truncate -s 64M "$dir/disk.img"
export SOCK=$dir/blk.sock
qemu-storage-daemon --blockdev "driver=file,filename=$dir/disk.img,node-name=disk" \
	--export "type=vhost-user-blk,id=e0,node-name=disk,addr.type=unix,addr.path=$SOCK,writable=on,num-queues=2" &
daemon=$!
for _ in $(seq 100); do
	grep -q " 00010000 .* $SOCK\$" /proc/net/unix && [ -e "$dir/written" ] && break
	sleep 0.05
done

show "nlsock: what this kernel speaks over netlink; the families with the most operations" \
	"nlsock list --json | jq -r 'select(.ops) | [(.ops | length), .name] | @tsv' | sort -rn | sed -n 1,5p"
show "nlsock: a message by hand, RTM_GETLINK in hex, and the kernel's answer decoded" \
	"echo 1400000012000103fdfe385c0000000000000000 | nlsock send route | sed -n 1,20p"
show "udiag-mem: the unix sockets that hold the most: 100 unread bytes, sent one by one, cost 75K" \
	"udiag-mem --sort -alloc_bytes --top 5"
show "taskstat: who has waited longest for a CPU since it was started" \
	"taskstat -q --sort -cpu_delay_ns --top 5"
show "xskbench: a second of packets between two AF_XDP sockets in a network of its own" \
	"xskbench pair --quiet"
show "vhostctl: what a storage daemon's vhost-user socket offers" \
	"vhostctl probe \$SOCK"
exit $failed
