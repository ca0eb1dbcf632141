#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# xskbench beside itself in its lab (what batches, budget, NAPI and the copy into the UMEM
# cost), then beside its peers on one veth pair: sending, receiving and forwarding from the
# kernel's own source. In turns, medians of RUNS (7). Ratios count: machines drift.
set -u
BIN=${BIN:-build/bin}
PATH=$BIN:/usr/sbin:/usr/bin:/sbin:/bin:$PATH
RUNS=${RUNS:-7} D=${D:-300ms}
[ -n "${dir-}" ] || { dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT; } || exit 1
trap 'exit 1' INT TERM
export BIN RUNS D dir

median() {
	sort -n "$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] + 0 }'
}

# ratio NAME REFERENCE
ratio() {
	awk -v r="$(median "$dir/$1")" -v f="$(median "$dir/$2")" 'BEGIN { printf "%.2f", f ? r / f : 0 }'
}

# row NAME WHAT REFERENCE [WANTED]: rate, and the ratio to the reference.
row() {
	local r wanted=
	r=$(ratio "$1" "$3")
	[ -z "${4-}" ] || wanted=$(awk -v r="$r" -v w="$4" \
		'BEGIN { printf " (%s wanted%s)", w, r < w ? ", MISSED" : "" }')
	printf '%-13s %-46s %9.0f kpps %6s of %s%s\n' "$1" "$2" \
		"$(awk -v r="$(median "$dir/$1")" 'BEGIN { print r / 1000 }')" "$r" "$3" "$wanted"
}

# Waits, some seconds at most, until nothing else takes more than a tenth of the CPUs; what
# is measured all the same is counted as disturbed.
settle() {
	local i a b
	for ((i = 0; i < 50; i++)); do
		read -ra a </proc/stat
		sleep 0.1
		read -ra b </proc/stat
		((10 * (b[4] - a[4]) < 9 * (b[1] + b[3] + b[4] + b[7] - a[1] - a[3] - a[4] - a[7]))) ||
			return 0
	done
	echo >>"$dir/disturbed"
}

# --- the peers, on one veth pair in a namespace that goes with this process -------------
# at LINK EXPRESSION: a second's growth of its counters (of ip -j -s), a second.
at() {
	local a b t u
	a=$(ip -j -s link show "$1" | jq ".[0].stats64 | $2") t=${EPOCHREALTIME/./}
	sleep 1
	b=$(ip -j -s link show "$1" | jq ".[0].stats64 | $2") u=${EPOCHREALTIME/./}
	echo $(((b - a) * 1000000 / (u - t)))
}

attached() {
	local i
	for ((i = 0; i < 100; i++)); do
		ip link show v1 | grep -q xdp && return
		sleep 0.05
	done
	return 1
}

# A program at the other end that drops all: what is sent ends alike, whatever is in it.
drop() {
	[ -e "$dir/drop.o" ] || {
		printf '__attribute__((section("xdp"), used)) int drop(void *c) { return 1; }\n' >"$dir/drop.c"
		clang -O2 -g -target bpf -c -o "$dir/drop.o" "$dir/drop.c" || return
	}
	ip link set v1 xdpdrv obj "$dir/drop.o" sec xdp
}

# peer NAME JOB COMMAND: one measurement by the kernel's counters; the source is on CPU 0.
peer() {
	local name=$1 job=$2 pid source=
	settle # and the queue's last socket is gone, for which not all of them wait
	[ "$job" != tx ] || drop || return
	bash -c "exec $3" >"$dir/log" 2>&1 </dev/null &
	pid=$!
	if [ "$job" = tx ]; then
		sleep 1.5
		at v0 .tx.packets >>"$dir/$name"
	else
		attached || echo "bench: $name attaches nothing: $(tail -n 3 "$dir/log")" >&2
		xskbench tx v0 --source kernel --cpu 0,1 -d 20s --repeat 1 --quiet >/dev/null &
		source=$!
		sleep 0.7
		case $job in
		rx) at v1 '.rx | .packets - .dropped' ;;
		fwd) at v0 .rx.packets ;;
		esac >>"$dir/$name"
	fi
	kill -INT "$pid" $source
	wait "$pid" $source
	[ "$job" != tx ] || ip link set v1 xdpdrv off
}

# Frames of 64 bytes, batches of 64 (testpmd's own are 32), copy mode, the work on CPU 1
# where there is a source on CPU 0.
pmd() {
	echo "$testpmd -l 0,$1 --no-huge -m 256 --no-pci --file-prefix bench --vdev net_af_xdp0,iface=$2 \
		-- --forward-mode=$3 --txpkts=64 --burst=64 --auto-start --stats-period 1 --total-num-mbufs 8192"
}

peers() {
	local run
	ip link add v0 type veth peer name v1
	sysctl -qw net.ipv6.conf.all.disable_ipv6=1
	ip link set v0 up && ip link set v1 up
	for ((run = 0; run < RUNS; run++)); do
		peer own-tx-1 tx "xskbench tx v0 -b 1 -d 20s --quiet"
		peer own-tx-64 tx "xskbench tx v0 -b 64 --tx-budget 2048 -d 20s --quiet"
		peer own-rx rx "xskbench rx v1 -d 20s --quiet"
		peer own-fwd fwd "xskbench fwd v1 -d 20s --quiet"
		if [ -n "$xdpsock" ]; then
			peer xdpsock-tx-1 tx "taskset -c 0 $xdpsock -t -i v0 -q 0 -N -c -b 1 -s 64"
			peer xdpsock-tx-64 tx "taskset -c 0 $xdpsock -t -i v0 -q 0 -N -c -b 64 -s 64"
			peer xdpsock-rx rx "taskset -c 1 $xdpsock -r -i v1 -q 0 -N -c -b 64"
			peer xdpsock-fwd fwd "taskset -c 1 $xdpsock -l -i v1 -q 0 -N -c -b 64"
		fi
		if [ -n "$testpmd" ]; then
			peer testpmd-tx-64 tx "$(pmd 1 v0 txonly)"
			peer testpmd-rx rx "$(pmd 1 v1 rxonly)"
			peer testpmd-fwd fwd "$(pmd 1 v1 macswap)"
		fi
	done
}

xdpsock=$(command -v xdpsock) testpmd=$(command -v dpdk-testpmd || command -v testpmd)
if [ "${1-}" = --peers ]; then
	peers 2>"$dir/err" || cat "$dir/err" >&2
	exit
fi

# --- the lab -----------------------------------------------------------------------------
# NAME|OPTIONS|REFERENCE|WANTED
lab=(
	"ifb-1|tx -b 1 --sink ifb|ifb-64" "ifb-64|tx -b 64 --sink ifb|ifb-64"
	"ifb-budget|tx -b 64 --sink ifb --tx-budget 2048|ifb-64"
	"tx-1|tx -b 1 --napi inline|tx-64" "tx-64|tx -b 64 --napi inline|tx-64"
	"tx-budget|tx -b 64 --napi inline --tx-budget 2048|tx-64"
	"drop|tx --source kernel|drop" "rx|rx|drop" "fwd|fwd|drop"
	"drop-1.7M|tx --source kernel -r 1700000|drop-1.7M" "rx-1.7M|rx -r 1700000|drop-1.7M|0.95"
	"untuned|pair --napi inline --wait poll|untuned"
	"inline|pair --napi inline|untuned" "pair|pair|untuned|2"
)
for ((run = 0; run < RUNS; run++)); do
	for c in "${lab[@]}"; do
		IFS='|' read -r name options _ <<<"$c"
		settle
		# shellcheck disable=SC2086
		xskbench $options --quiet -j --repeat 1 -d "$D" | jq .result.pps.median >>"$dir/$name" || exit 1
	done
done
for c in "${lab[@]}"; do
	IFS='|' read -r name options reference wanted <<<"$c"
	row "$name" "$options" "$reference" "$wanted"
done
cat <<-END

	drop is the source into XDP_DROP. It shares its CPU with the copy of rx into the UMEM: at full
	speed rx can't reach it, at the same offered load it can.
END

echo
export XDG_RUNTIME_DIR=$dir # testpmd's files
unshare -n bash "$0" --peers
# beside PEER TEST:WANTED...
beside() {
	local peer=$1 t
	shift
	for t; do
		row "own-${t%:*}" "beside $peer's $(median "$dir/$peer-${t%:*}") pps" "$peer-${t%:*}" "${t#*:}"
	done
}
if [ -n "$xdpsock" ]; then
	beside xdpsock tx-1:1.02 tx-64:1.00 rx:1.05 fwd:1.00
else
	echo "xdpsock is absent: Debian has no package of it, the project bpf-examples has its source"
fi
if [ -n "$testpmd" ]; then
	beside testpmd tx-64: rx:1.10 fwd:1.20
else
	echo "testpmd (dpdk) is absent"
fi
[ ! -e "$dir/disturbed" ] ||
	printf '\nother programs ran beside %d of the measurements: take the ratios with care\n' \
		"$(wc -l <"$dir/disturbed")"

printf '\npair by default is %s times the untuned one (2 wanted): its sender pays neither for receiving nor for waking\n' \
	"$(ratio pair untuned)"
awk -v r="$(ratio pair untuned)" 'BEGIN { exit r < 2 }'
