#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# xskbench.sh [lab] [tx-1] [tx-64] [rx] [fwd] (all of them): xskbench beside itself in its lab
# (what batches, budget, NAPI and the copy into the UMEM cost), and beside its peers on veth
# pairs: sending, receiving and forwarding from the kernel's own source. In turns, medians of
# RUNS (7). Ratios count: machines drift. Each part takes about a minute where nothing else runs.
RUNS=${RUNS:-7} D=${D:-200ms}
# shellcheck source=tests/bench/lib.sh
. "$(dirname "$0")/lib.sh"
export BIN

middle() {
	sort -n "$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] + 0 }'
}

# ratio NAME REFERENCE
ratio() {
	awk -v r="$(middle "$dir/$1")" -v f="$(middle "$dir/$2")" 'BEGIN { printf "%.2f", f ? r / f : 0 }'
}

# row NAME WHAT REFERENCE: rate, and the ratio to the reference.
row() {
	printf '%-13s %-46s %9.0f kpps %6s of %s\n' "$1" "$2" \
		"$(awk -v r="$(middle "$dir/$1")" 'BEGIN { print r / 1000 }')" "$(ratio "$1" "$3")" "$3"
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

# --- the lab -----------------------------------------------------------------------------
# NAME|OPTIONS|REFERENCE
lab=(
	"ifb-1|tx -b 1 --sink ifb|ifb-64" "ifb-64|tx -b 64 --sink ifb|ifb-64"
	"ifb-budget|tx -b 64 --sink ifb --tx-budget 2048|ifb-64"
	"tx-1|tx -b 1 --napi inline|tx-64" "tx-64|tx -b 64 --napi inline|tx-64"
	"tx-budget|tx -b 64 --napi inline --tx-budget 2048|tx-64"
	"drop|tx --source kernel|drop" "rx|rx|drop" "fwd|fwd|drop"
	"drop-1.7M|tx --source kernel -r 1700000|drop-1.7M" "rx-1.7M|rx -r 1700000|drop-1.7M"
	"untuned|pair --napi inline --wait poll|untuned"
	"inline|pair --napi inline|untuned" "pair|pair|untuned"
)
in_lab() {
	local run c name options reference
	for ((run = 0; run < RUNS; run++)); do
		for c in "${lab[@]}"; do
			IFS='|' read -r name options _ <<<"$c"
			settle
			# shellcheck disable=SC2086
			xskbench $options --quiet -j --repeat 1 -d "$D" | jq .result.pps.median >>"$dir/$name" || exit 1
		done
	done
	for c in "${lab[@]}"; do
		IFS='|' read -r name options reference <<<"$c"
		row "$name" "$options" "$reference"
	done
	keeps "rx, of the same source into XDP_DROP, at 1.7 Mpps" "$(ratio rx-1.7M drop-1.7M)" least 0.95
	keeps "pair, times the untuned pair" "$(ratio pair untuned)" least 2
	cat <<-END

		drop is the source into XDP_DROP. The sender of pair pays neither for receiving nor for waking.
	END
	[ ! -e "$dir/disturbed" ] ||
		printf 'other programs ran beside %d of the measurements: take the ratios with care\n' \
			"$(wc -l <"$dir/disturbed")"
}

# --- the peers ---------------------------------------------------------------------------
# Frames of 64 bytes, batches of 64 (testpmd's own are 32), copy mode, rx rings of 2048 (those
# of xdpsock and testpmd), the work on CPU 1
# where there is a source on CPU 0.
pmd() {
	echo "$testpmd -l 0,1 --no-huge -m 128 --no-pci --file-prefix bench$$ --vdev net_af_xdp0,iface=IF \
		-- --forward-mode=$1 --txpkts=64 --burst=64 --auto-start --stats-period 1 --total-num-mbufs 8192"
}

# beside TEST JOB OF-XDPSOCK OF-TESTPMD TURNS OWN XDPSOCK [FORWARD-MODE]: rates in turns, and
# whether the ratios are those wanted. floor is the least that a program can do, drop the
# same source into XDP_DROP, where rx is compared with them.
beside() {
	local test=$1 job=$2 turns=$5 name rate share cpu=1 floor=$O/tests/bench/xskbench-floor
	local -A least=([xdpsock]=$3 [testpmd]=$4 [drop]=0.95 [floor]=0.95)
	local all=("xskbench=$6")
	[ "$job" != tx ] || cpu=0
	[ -z "$xdpsock" ] || all+=("xdpsock=taskset -c $cpu $xdpsock $7")
	[ -z "$testpmd" ] || [ -z "${8-}" ] || all+=("testpmd=$(pmd "$8")")
	[ "$job" = tx ] || all+=("floor=$floor $job IF")
	[ "$job" != rx ] || all+=("drop=$floor drop IF")
	unshare -n python3 "$(dirname "$0")/xskbench-turns.py" "$job" "$turns" "${all[@]}" >"$dir/turns" || return
	while read -r name rate share; do
		printf '%-13s %-46s %9.0f kpps\n' "$test" "$name" "$(awk "BEGIN { print $rate / 1000 }")"
		[ -z "${least[$name]-}" ] || [ "$share" = 0 ] ||
			keeps "$test, times $name's rate" "$(awk "BEGIN { print 1 / $share }")" least "${least[$name]}"
	done <"$dir/turns"
	[ "$job" != rx ] || cat <<-END
		drop makes no copy into a UMEM. What keeps floor, which does nothing with the packets, from as
		many is the kernel's: no program that receives them can be faster.
	END
}

xdpsock=$(command -v xdpsock) testpmd=$(command -v dpdk-testpmd || command -v testpmd)
export XDG_RUNTIME_DIR=$dir # testpmd's files
[ -n "$xdpsock" ] ||
	echo "xdpsock is absent: Debian has no package of it, the project bpf-examples has its source"
[ -n "$testpmd" ] || echo "testpmd (dpdk) is absent"
sock="-q 0 -N -c -s 64 -i IF"
for part in "${@:-lab tx-1 tx-64 rx fwd}"; do
	for p in $part; do
		case $p in
		lab) in_lab ;;
		tx-1) beside tx-1 tx 1.02 '' $((3 * RUNS)) "xskbench tx IF -b 1 -d 1h --quiet" \
			"-t -b 1 $sock" ;;
		tx-64) beside tx-64 tx 1.00 '' $((3 * RUNS)) \
			"xskbench tx IF -b 64 --tx-budget 2048 -d 1h --quiet" "-t -b 64 $sock" txonly ;;
		rx) beside rx rx 1.05 1.10 "$RUNS" "xskbench rx IF --ring 2048 -d 1h --quiet" "-r -b 64 $sock" rxonly ;;
		fwd) beside fwd fwd 1.00 1.20 "$RUNS" "xskbench fwd IF --ring 2048 -d 1h --quiet" "-l -b 64 $sock" macswap ;;
		*) echo "bench: there is no part $p" >&2; exit 2 ;;
		esac
	done
done
exit $missed
