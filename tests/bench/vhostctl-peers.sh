#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vhostctl between, behind and against what others have written: QEMU, user-mode Linux and
# DPDK. Fails where a byte, a sum or a verdict is another than it has to be.
. "$(dirname "$0")/lib.sh"
status=0

verdict() { # WORDS COMMAND...
	local words=$1
	shift
	if "$@" >/dev/null; then
		echo "  ok    $words"
	else
		echo "  WRONG $words"
		status=1
	fi
}

await() { # COMMAND...
	for _ in {1..500}; do
		"$@" && return
		sleep 0.02
	done
	return 1
}

between() { # a disk of ours behind a trace of ours: $dir/t
	head -c 16M /dev/urandom >"$dir/img"
	vhostctl serve -j --blk "$dir/img" "$dir/s" >"$dir/served" &
	server=$!
	vhostctl trace -j --rings -d 200ms "$dir/t" "$dir/s" >"$dir/trace" &
	tracer=$!
	at_exit+=("kill $server $tracer 2>/dev/null")
	await test -S "$dir/s" && await test -S "$dir/t"
}

between_ends() {
	await grep -q '"kind":"close"' "$dir/trace"
	kill $tracer $server
	wait $tracer $server
}

notes() { jq -r 'select(.note and .kind != "open" and .kind != "ring") | .note' "$dir/trace" | grep -v '^bits 20 to 22'; }
used() { jq -s 'map(select(.kind == "ring").payload.used) | max' "$dir/trace"; }

qemu=(qemu-system-x86_64 -M "q35,accel=tcg" -m 128M -object "memory-backend-memfd,id=m,size=128M,share=on"
	-numa "node,memdev=m" -display none -nodefaults -chardev "socket,id=c0,path=$dir/t"
	-device "vhost-user-blk-pci,chardev=c0,bootindex=0")

if command -v qemu-system-x86_64 >/dev/null; then
	echo "QEMU, its firmware reads a sector:"
	between
	strace -f -xx -s 70000 -e trace=sendmsg,recvmsg -o "$dir/strace" "${qemu[@]}" &
	monitor=$!
	at_exit+=("kill $monitor 2>/dev/null")
	served() { [ "$(used)" = 1 ]; }
	verdict "a request was seen in the ring" await served
	kill $(ps -o pid= --ppid $monitor) # strace ends with it
	wait $monitor || :
	between_ends
	verdict "the bytes of trace are those of strace" python3 tests/helper/vhostctl-strace.py "$dir/strace" "$dir/trace"
	verdict "serve gave back what trace counted" test "$(jq .requests "$dir/served")" = "$(used)"
	verdict "nothing to note" eval '! notes'
	between
	"${qemu[@]}" -monitor "unix:$dir/monitor,server,nowait" 2>/dev/null &
	at_exit+=("kill $! 2>/dev/null")
	verdict "a request was seen in the ring" await served
	monitor() { # COMMAND...: what the monitor says to them
		python3 -c 'import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.settimeout(20)
for command in "", *sys.argv[2:]:
    s.send(command.encode() + b"\n" if command else b"")
    said = b""
    while not said.rstrip().endswith(b"(qemu)"):
        said += s.recv(9999)
    print(said.decode(errors="replace"))' "$dir/monitor" "$@" 2>/dev/null
	}
	running() { monitor "info status" | grep -q "VM status: running"; }
	verdict "it stops and goes on" eval 'monitor stop cont >/dev/null && running'
	verdict "it migrates, and logs what is written" eval \
		'monitor "migrate exec:cat>$dir/state" "info migrate" | grep -q "status: completed" && grep -q SET_LOG_BASE "$dir/trace"'
	kill %%
	wait %% || :
	"${qemu[@]}" -monitor "unix:$dir/monitor,server,nowait" -incoming "exec:cat $dir/state" 2>/dev/null &
	at_exit+=("kill $! 2>/dev/null")
	verdict "it goes on at its new place" await running
	kill %%
	wait %% || :
	between_ends
	verdict "check --front-end passes" vhostctl check --front-end --timeout 4s --spawn "exec ${qemu[*]}" "$dir/t"
else
	echo "QEMU is not installed"
fi

module=$(find /usr/lib/uml/modules -name virtio_blk.ko 2>/dev/null | head -n 1)
if [ -n "$module" ]; then
	echo "user-mode Linux, a kernel that reads and writes the disk:"
	between
	cat >"$dir/init" <<-INIT
		#!/bin/sh
		export PATH=/usr/sbin:/usr/bin:/sbin:/bin
		mount -t proc p /proc
		python3 -c 'import ctypes, os
		ctypes.CDLL(None).syscall(313, os.open("$module", 0), b"", 0) # finit_module'
		while [ ! -b /dev/vda ]; do sleep 0.1; done
		sha256sum </dev/vda
		dd if=/dev/vda of=/dev/vda bs=64k count=16 seek=100 conv=notrunc
		sync
		halt -f -p
	INIT
	chmod +x "$dir/init"
	want=$(sha256sum <"$dir/img")
	timeout 40 linux.uml mem=256M rootfstype=hostfs rootflags=/ rw "init=$dir/init" \
		"virtio_uml.device=$dir/t:2" con=null con0=null,fd:1 >"$dir/uml" 2>&1 || :
	between_ends
	verdict "it read what is in the file" grep -aqF "$want" "$dir/uml"
	verdict "the file has what it wrote" cmp <(head -c 1M "$dir/img") <(tail -c +6553601 "$dir/img" | head -c 1M)
	verdict "its table of memory is noted" eval 'notes | grep -q "72 bytes are not the size"'

	echo "the same kernel with a network card, whose control queue it leaves to serve:"
	cat >"$dir/init" <<-'INIT'
		#!/bin/sh
		export PATH=/usr/sbin:/usr/bin:/sbin:/bin
		mount -t proc p /proc
		mount -t sysfs s /sys
		for m in failover net_failover virtio_net; do
			python3 -c 'import ctypes, os, sys
		ctypes.CDLL(None).syscall(313, os.open(sys.argv[1], 0), b"", 0) # finit_module' \
				"$(find /usr/lib/uml/modules -name $m.ko | head -n 1)"
		done
		ip link set eth0 address 02:11:22:33:44:55
		ip link set eth0 up promisc on
		ethtool -L eth0 combined 2
		echo "now $(cat /sys/class/net/eth0/address) $(ethtool -l eth0 | awk '/Combined/ { n = $2 } END { print n }')"
		while [ "$(cat /sys/class/net/eth0/operstate)" != up ]; do sleep 0.1; done
		python3 - <<-PY
			import socket
			s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x88b5))
			s.bind(("eth0", 0x88b5))
			s.settimeout(2)
			frames = [b"\2" * 12 + b"\x88\xb5" + bytes([i]) * (10 * i) for i in range(5, 145)]
			print("returned", sum(s.send(f) and s.recv(2000) == f for f in frames))
		PY
		halt -f -p
	INIT
	for without in MTU RING_PACKED INBAND_NOTIFICATIONS; do
		vhostctl serve -j --net-loopback --without $without "$dir/card" >"$dir/served" &
		at_exit+=("kill $! 2>/dev/null")
		await test -S "$dir/card"
		timeout 40 linux.uml mem=256M rootfstype=hostfs rootflags=/ rw "init=$dir/init" \
			"virtio_uml.device=$dir/card:1" con=null con0=null,fd:1 >"$dir/uml" 2>&1 || :
		kill %%
		wait %% || :
		verdict "its address and pairs are set, without $without" grep -aq "now 02:11:22:33:44:55 2" "$dir/uml"
		verdict "each frame returns" grep -aq "returned 140" "$dir/uml"
		verdict "no command was refused" test "$(jq .errors "$dir/served")" = 0
	done
else
	echo "user-mode Linux is not installed"
fi

if command -v dpdk-testpmd >/dev/null; then
	pmd="sleep 1000 | dpdk-testpmd -l 0-1 --no-huge -m 256 --no-pci --no-telemetry --file-prefix=vhostctl$$"
	echo "DPDK, a network card and a driver of one:"
	vhostctl check -j --level robust --timeout 1s \
		--spawn "$pmd --vdev net_vhost0,iface=$dir/pmd,queues=2 -- -i --total-num-mbufs=2048 --no-flush-rx" \
		"$dir/pmd" >"$dir/checked" || :
	verdict "check finds what is known of it" test \
		"$(jq -rs 'map(select(.result == "fail").case) | join(" ")' "$dir/checked")" = "version-2 reserved-flags"
	verdict "check --front-end passes" vhostctl check --front-end --only handshake --timeout 5s \
		--spawn "$pmd --vdev net_virtio_user0,path=$dir/vu,queues=1 -- -i --total-num-mbufs=2048" "$dir/vu"
	vhostctl serve -q --net-loopback --queues 1 "$dir/loop" >/dev/null &
	at_exit+=("kill $! 2>/dev/null")
	await test -S "$dir/loop"
	for packed in 0 1; do
		{
			printf '%s\n' "set burst 1" "start tx_first 1"
			sleep 1
			printf '%s\n' stop "show port stats all" quit
		} | dpdk-testpmd -l 0-1 --no-huge -m 256 --no-pci --no-telemetry --file-prefix="vhostctl$$-$packed" \
			--vdev "net_virtio_user0,path=$dir/loop,queues=1,packed_vq=$packed" -- -i --total-num-mbufs=2048 --no-flush-rx \
			>"$dir/stats" 2>&1
		verdict "what serve returns goes round and round, packed_vq=$packed" \
			awk '/RX-packets/ { n = $2 } END { exit n < 1000 }' "$dir/stats"
	done
else
	echo "dpdk-testpmd is not installed"
fi
exit $status
