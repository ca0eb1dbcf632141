#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vhostctl on one qemu-storage-daemon with a device that takes no time: probing beside a
# connection's floor, requests a second beside fio and qemu-img bench over NBD, frames a
# second of one dpdk-testpmd beside another with virtio_user, round trips with and without a trace. Runs of a table alternate.
. "$(dirname "$0")/lib.sh"
PATH=$BIN:$PATH
S=$dir/vhost N=$dir/nbd

qemu-storage-daemon --blockdev driver=null-co,size=1073741824,node-name=d0 \
	--export "type=vhost-user-blk,id=v,node-name=d0,addr.type=unix,addr.path=$S,writable=on,num-queues=4" \
	--nbd-server "addr.type=unix,addr.path=$N" --export type=nbd,id=n,name=n,node-name=d0,writable=on \
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
	least_us[$1]=$best
}
declare -A least_us
least "vhostctl probe" vhostctl probe "$S"
least "vhostctl send GET_FEATURES" vhostctl send "$S" GET_FEATURES
least "vhostctl --version (floor)" vhostctl --version
keeps "a whole probe, ms" "$(awk "BEGIN { print ${least_us[vhostctl probe]} / 1000 }")" most 3

# Rows of a table: NAME, and a function that prints "RATE P50_NS".
rows=() takers=()
row() {
	rows+=("$1") takers+=("$2")
}

# rates BASE WIDTH: runs all of them in turns, 5 times, and prints the median rate, the
# latency of that run, and the ratio of the rate to that of row number BASE. rate[NAME]
# keeps the rates for what comes after.
declare -A rate
rates() {
	local i r p50 base=
	for _ in {1..5}; do
		for i in "${!rows[@]}"; do
			${takers[i]} >>"$dir/rates.$i" || exit 1
		done
	done
	while read -r i r p50; do
		# The first line is the base's own.
		[ -n "$base" ] || { base=$r && continue; }
		rate[${rows[i]}]=$r
		printf '  %-40s %9d %8s ns %6sx\n' "${rows[i]}" "$r" "$p50" \
			"$(awk -v a="$r" -v b="$base" 'BEGIN { printf "%.2f", a / b }')"
	done < <(for i in "$1" "${!rows[@]}"; do
		sort -n "$dir/rates.$i" | sed -n "3s/^/$i /p"
	done)
	rm -f "$dir"/rates.*
	rows=() takers=()
}

blk() { # OPTION...
	vhostctl blk bench -j -d 500ms "$@" "$S" | jq -r '"\(.iops | floor) \(.latency_ns.p50)"'
}
fio_nbd() { # DEPTH
	fio --name=bench --ioengine=nbd --uri="nbd+unix:///n?socket=$N" --rw=randread --bs=4k --iodepth="$1" \
		--time_based --runtime=1 --output-format=json --output="$dir/fio" >/dev/null &&
		jq -r '.jobs[0].read | "\(.iops | floor) \(.clat_ns.percentile["50.000000"])"' "$dir/fio"
}
qemu_nbd() { # DEPTH COUNT: the latency is the mean, which follows from the rate
	qemu-img bench -f raw -t none -d "$1" -c "$2" -s 4096 "nbd+unix:///n?socket=$N" |
		awk -v d="$1" -v c="$2" 'match($0, /in [0-9.]+ sec/) {
			t = substr($0, RSTART + 3, RLENGTH - 7); printf "%d %d\n", c / t, t / c * d * 1e9 }'
}

echo "4K random reads a second of one null-co, the median of 5, and of their latency:"
row "fio, NBD, depth 32" "fio_nbd 32"
row "qemu-img bench, NBD, depth 32" "qemu_nbd 32 50000"
row "blk bench, depth 32, sleeping" "blk --qd 32 --spin 0"
row "blk bench, depth 32, as by default" "blk --qd 32"
row "blk bench, depth 32, spinning" "blk --qd 32 --spin 1s"
row "fio, NBD, depth 1" "fio_nbd 1"
row "qemu-img bench, NBD, depth 1" "qemu_nbd 1 5000"
row "blk bench, depth 1, sleeping" "blk --qd 1 --spin 0"
row "blk bench, depth 1, spinning" "blk --qd 1 --spin 1s"
rates 0
thousands() { # NAME LEAST
	keeps "$1, thousands a second" "$(awk "BEGIN { print ${rate[$1]} / 1000 }")" least "$2"
}
ratio() { # NAME OF LEAST
	keeps "$1, of $2" "$(awk "BEGIN { print ${rate[$1]} / ${rate[$2]} }")" least "$3"
}
thousands "blk bench, depth 32, sleeping" 1000
thousands "blk bench, depth 32, spinning" 2500
thousands "blk bench, depth 1, spinning" 200
ratio "blk bench, depth 32, as by default" "fio, NBD, depth 32" 7

vhostctl serve --null 1G "$dir/serve" >/dev/null &
at_exit+=("kill $!")
for _ in {1..500}; do
	[ -S "$dir/serve" ] && break
	sleep 0.02
done
blk_of() { # SOCKET OPTION...
	vhostctl blk bench -j -d 500ms "${@:2}" "$1" | jq -r '"\(.iops | floor) \(.latency_ns.p50)"'
}
echo "the same requests to two back-ends, the median of 5:"
for depth in 1 32; do
	row "null-co, depth $depth" "blk_of $S --qd $depth"
	row "serve --null, depth $depth" "blk_of $dir/serve --qd $depth"
	rates 0
	ratio "serve --null, depth $depth" "null-co, depth $depth" 1
done

echo "check, all cases of robust, of a daemon that it starts again after each crash:"
truncate -s 1M "$dir/img"
begin=${EPOCHREALTIME/./}
vhostctl check -q --level robust --spawn "exec qemu-storage-daemon --blockdev driver=file,filename=$dir/img,node-name=d0 \
	--export type=vhost-user-blk,id=e0,node-name=d0,addr.type=unix,addr.path=$dir/checked,writable=on,num-queues=4" \
	"$dir/checked" >/dev/null
[ $? = 4 ] || exit 1 # its known failures
keeps "check at robust, s" "$(awk "BEGIN { print (${EPOCHREALTIME/./} - $begin) / 1e6 }")" most 20

# Frames through one dpdk-testpmd, which has the second processor: of vhostctl, which writes
# and checks each, and of a second dpdk-testpmd, which only passes them on, on the first.
P=$dir/port
pmd() { # LCORE VDEV OPTION...
	RUNTIME_DIRECTORY=$dir XDG_RUNTIME_DIR=$dir exec dpdk-testpmd --lcores "0@0,1@$1" --no-huge -m 256 --no-pci --no-telemetry --file-prefix="bench-$$-$1" \
		--vdev "$2" -- --total-num-mbufs=4096 --no-flush-rx "${@:3}" 2>&1
}
virtio_user() {
	{
		echo start tx_first 8
		sleep 0.5
		echo show port stats all
		sleep 1
		printf '%s\n' "show port stats all" stop quit
	} | pmd 0 "net_virtio_user0,path=$P,queues=1,queue_size=256" -i |
		awk '/Rx-pps/ { n = $2 } END { print n, "-" }'
}
net() { # OPTION...
	taskset -c 0 vhostctl net loop -j -d 1s "$@" "$P" | jq -r '"\(.rx_pps | floor) \(.latency_ns.p50)"'
}

if command -v dpdk-testpmd >/dev/null; then
	mkfifo "$dir/stdin"
	exec 5<>"$dir/stdin"
	pmd 1 "net_vhost0,iface=$P" <&5 >"$dir/pmd" &
	pmd=$!
	at_exit+=("kill $pmd 2>/dev/null")
	for _ in {1..500}; do
		[ -S "$P" ] && break
		sleep 0.02
	done
	echo "frames a second through dpdk-testpmd and back, 256 under way, the median of 5:"
	row "testpmd, virtio_user, 64 bytes" virtio_user
	row "net loop, 64 bytes" net
	row "net loop, 64 bytes, packed" "net --packed"
	row "net loop, 64 bytes, mergeable" "net --mergeable"
	row "net loop, 1514 bytes" "net --size 1514"
	rates 0
	kill "$pmd" # it spins on a processor
	wait "$pmd"
else
	echo "dpdk-testpmd is not installed: no frames"
fi

# Traces between: of messages, and of what the queues do meanwhile.
tracer() { # NAME BACKEND OPTION...: listens at $dir/NAME
	vhostctl trace "${@:3}" "$dir/$1" "$2" >/dev/null 2>&1 &
	tracers[$1]=$!
	at_exit+=("kill $! 2>/dev/null")
	for _ in {1..500}; do
		[ -S "$dir/$1" ] && break
		sleep 0.02
	done
}
declare -A tracers
tracer plain "$S"
tracer rings "$S" --rings
ticks() { # PID: of 10 ms that it has run
	awk '{ print $14 + $15 }' "/proc/$1/stat"
}

echo "4K random reads a second of null-co, with a trace between, the median of 5:"
before=$(ticks "${tracers[rings]}")
for depth in 1 32; do
	row "depth $depth, direct" "blk_of $S --qd $depth"
	row "depth $depth, trace" "blk_of $dir/plain --qd $depth"
	row "depth $depth, trace --rings" "blk_of $dir/rings --qd $depth"
	rates 0
done
echo "  trace --rings took $((10 * ($(ticks "${tracers[rings]}") - before))) ms of a processor in 5 s"

# The relay passes bytes and does nothing else: what anything between two processes costs here.
echo "a GET_FEATURES round trip in us, python at both ends, the median of 15 times 3000:"
# turn OUTPUT PROCESSORS OTHERS COMMAND...: what is between runs on PROCESSORS, the ends on
# OTHERS; two lines: direct, traced. What it adds depends on who sleeps where.
turn() {
	rm -f "$dir/trips" "$dir/back"
	taskset -c "$2" "${@:4}" "$dir/trips" "$dir/back" >/dev/null 2>&1 &
	local pid=$!
	for _ in {1..500}; do
		[ -S "$dir/trips" ] && break
		sleep 0.02
	done
	taskset -c "$3" python3 tests/helper/vhostctl-through.py "$dir/trips" "$dir/back" round_trips >>"$1" || exit 1
	kill "$pid" 2>/dev/null
	wait "$pid"
}
middle() { # NAME FILE: of its times
	awk -v n="$1" '$1 == n { print $2 }' "$2" | sort -n | sed -n 8p
}
last=$(($(nproc) - 1))
for place in "0 0" "0-$last 0-$last" "$last 0" "0 $last"; do
	read -r ours others <<<"$place"
	((last)) || [ "$place" = "0 0" ] || continue
	for _ in {1..5}; do
		turn "$dir/relay" "$ours" "$others" "$O/tests/bench/vhostctl-relay"
		turn "$dir/trace" "$ours" "$others" vhostctl trace
		turn "$dir/tap" "$ours" "$others" vhostctl trace --rings
	done
	direct=$(cat "$dir/relay" "$dir/trace" "$dir/tap" | awk '$1 == "direct" { print $2 }' | sort -n | sed -n 23p)
	added=$(awk "BEGIN { print $(middle traced "$dir/trace") - $direct }")
	bare=$(awk "BEGIN { print $(middle traced "$dir/relay") - $direct }")
	printf '  processors: %s between, %s at the ends: direct %s, bare relay %s, trace %s, trace --rings %s\n' \
		"$ours" "$others" "$direct" "$(middle traced "$dir/relay")" "$(middle traced "$dir/trace")" "$(middle traced "$dir/tap")"
	keeps "what trace adds there, us" "$added" most 25
	keeps "the same, of what a bare relay adds" "$(awk "BEGIN { print $added / $bare }")" most 1.1
	rm -f "$dir/relay" "$dir/trace" "$dir/tap"
done
exit $missed
