#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vhostctl on one qemu-storage-daemon with a device that takes no time: probing beside a
# connection's floor, requests a second beside qemu-img bench over NBD where that is
# installed, round trips with and without a trace. Runs of a table alternate.
. "$(dirname "$0")/lib.sh"
PATH=$BIN:$PATH
S=$dir/vhost N=$dir/nbd

qemu-storage-daemon --blockdev driver=null-co,size=1073741824,node-name=d0 \
	--export "type=vhost-user-blk,id=v,node-name=d0,addr.type=unix,addr.path=$S,writable=on,num-queues=4" \
	--nbd-server "addr.type=unix,addr.path=$N" --export type=nbd,id=n,node-name=d0,writable=on \
	>/dev/null 2>&1 &
at_exit+=("kill $!")
for _ in {1..500}; do
	[ -S "$S" ] && [ -S "$N" ] && break
	sleep 0.02
done

echo "a whole process, the least of 30:"
least() { # NAME COMMAND...
	local best=999999999 begin took
	for _ in {1..30}; do
		begin=${EPOCHREALTIME/./}
		"${@:2}" >/dev/null || exit 1
		took=$((${EPOCHREALTIME/./} - begin))
		((took < best)) && best=$took
	done
	printf '  %-28s %6d us\n' "$1" "$best"
}
least "vhostctl probe" vhostctl probe "$S"
least "vhostctl send GET_FEATURES" vhostctl send "$S" GET_FEATURES
least "vhostctl --version (floor)" vhostctl --version

echo "4K random reads a second, the best of 3 (and the median latency):"
cases=("depth 32, spinning" "depth 32, sleeping" "depth 1, spinning" "depth 1, sleeping")
options=("--qd 32 --spin 1ms" "--qd 32 --spin 0" "--qd 1 --spin 1ms" "--qd 1 --spin 0")
best=(0 0 0 0) median=(0 0 0 0) nbd=0
for _ in 1 2 3; do
	for i in 0 1 2 3; do
		# shellcheck disable=SC2086
		read -r iops p50 < <(vhostctl blk bench -j -d 1s ${options[i]} "$S" | jq -r '"\(.iops | floor) \(.latency_ns.p50)"')
		((iops > best[i])) && best[i]=$iops median[i]=$p50
	done
	if command -v qemu-img >/dev/null; then
		took=$(qemu-img bench -f raw -t none -d 32 -c 100000 -s 4096 "nbd+unix:///n?socket=$N" | sed -n 's/.*in \([0-9.]*\) sec.*/\1/p')
		iops=$(awk -v t="$took" 'BEGIN { print int(100000 / t) }')
		((iops > nbd)) && nbd=$iops
	fi
done
for i in 0 1 2 3; do
	printf '  %-28s %9d %8d ns\n' "${cases[i]}" "${best[i]}" "${median[i]}"
done
if ((nbd)); then
	printf '  %-28s %9d\n' "qemu-img bench, NBD, depth 32" "$nbd"
else
	echo "  qemu-img is not installed: no NBD beside it"
fi

echo "a GET_FEATURES round trip, python at both ends:"
vhostctl trace "$dir/traced" "$dir/back" >/dev/null 2>&1 &
at_exit+=("kill $!")
for _ in {1..500}; do
	[ -S "$dir/traced" ] && break
	sleep 0.02
done
python3 tests/helper/vhostctl-through.py "$dir/traced" "$dir/back" round_trips | sed 's/^/  /'
