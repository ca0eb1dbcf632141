#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# xskbench beside its peers on the same veth pair, in turns, medians of RUNS (7): sending,
# receiving from the kernel's own source, forwarding; and the lab's default pair beside the
# untuned one, and the same kernel source into XDP_DROP. Ratios count: machines drift.
set -u
BIN=${BIN:-build/bin}
PATH=$BIN:/usr/sbin:/usr/bin:/sbin:/bin:$PATH
RUNS=${RUNS:-7} D=${D:-300ms}
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM

median() {
	sort -n "$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] + 0 }'
}

# once NAME OPTION...: one shot; its rate goes to the file NAME.
once() {
	local name=$1
	shift
	xskbench "$@" --quiet -j --repeat 1 -d "$D" | jq .result.pps.median >>"$dir/$name"
}

cases=(
	"ifb-1|tx -b 1 --sink ifb" "ifb-64|tx -b 64 --sink ifb"
	"ifb-budget|tx -b 64 --sink ifb --tx-budget 2048"
	"tx-1|tx -b 1 --napi inline" "tx-64|tx -b 64 --napi inline"
	"tx-budget|tx -b 64 --napi inline --tx-budget 2048"
	"drop|tx --source kernel" "rx|rx" "fwd|fwd"
	"pair-untuned|pair -b 1 --napi inline" "pair|pair"
)
for ((run = 0; run < RUNS; run++)); do
	for c in "${cases[@]}"; do
		# shellcheck disable=SC2086
		once "${c%%|*}" ${c#*|} || exit 1
	done
done

# row NAME OPTIONS REFERENCE: rate, and the ratio to the reference.
row() {
	local rate ref
	rate=$(median "$dir/$1") ref=$(median "$dir/$3")
	awk -v n="$1" -v o="$2" -v r="$rate" -v f="$ref" -v fn="$3" 'BEGIN {
		printf "%-13s %-46s %9.0f kpps %6.2f of %s\n", n, o, r / 1000, (f ? r / f : 0), fn }'
}

row ifb-1 "tx -b 1 --sink ifb" ifb-64
row ifb-64 "tx -b 64 --sink ifb" ifb-64
row ifb-budget "tx -b 64 --sink ifb --tx-budget 2048" ifb-64
row tx-1 "tx -b 1 --napi inline" tx-64
row tx-64 "tx -b 64 --napi inline" tx-64
row tx-budget "tx -b 64 --napi inline --tx-budget 2048" tx-64
row drop "tx --source kernel (into XDP_DROP)" drop
row rx "rx (from the same source)" drop
row fwd "fwd (from the same source)" drop
row pair-untuned "pair -b 1 --napi inline" pair-untuned
row pair "pair (threaded NAPI on the receiver's CPU)" pair-untuned

# A peer on the same pair: the kernel's counters of the interface count for both.
in_veth() {
	unshare -n bash -euc '
		ip link add v0 type veth peer name v1
		sysctl -qw net.ipv6.conf.all.disable_ipv6=1
		ip link set v0 up && ip link set v1 up
		'"$1"
}

# counted COMMAND: packets a second that v0 sends in a second, while it runs.
counted() {
	in_veth "
		$1 >/dev/null 2>&1 </dev/null & pid=\$!
		sleep 1.5
		a=\$(ip -j -s link show v0 | jq .[0].stats64.tx.packets)
		sleep 1
		b=\$(ip -j -s link show v0 | jq .[0].stats64.tx.packets)
		kill \$pid; wait \$pid || true
		echo \$((b - a))"
}

echo
if command -v xdpsock >/dev/null; then
	for ((run = 0; run < RUNS; run++)); do
		counted "xskbench tx v0 -b 64 -d 5s --quiet" >>"$dir/on-veth"
		counted "xdpsock -t -i v0 -q 0 -b 64 -s 64 -N -c -n 1" >>"$dir/xdpsock"
	done
	row on-veth "xskbench tx v0 -b 64" xdpsock
	row xdpsock "xdpsock -t -b 64" xdpsock
else
	echo "xdpsock is not installed: it is left out"
fi
if testpmd=$(command -v dpdk-testpmd || command -v testpmd); then
	for ((run = 0; run < RUNS; run++)); do
		counted "xskbench tx v0 -b 64 -d 5s --quiet" >>"$dir/on-veth-too"
		counted "$testpmd --no-huge -m 256 --no-pci --vdev net_af_xdp0,iface=v0 -- \
			--forward-mode=txonly --auto-start --stats-period 1 --total-num-mbufs 8192" \
			>>"$dir/testpmd"
	done
	row on-veth-too "xskbench tx v0 -b 64" testpmd
	row testpmd "testpmd txonly" testpmd
else
	echo "testpmd (dpdk) is not installed: it is left out"
fi

awk -v p="$(median "$dir/pair")" -v u="$(median "$dir/pair-untuned")" 'BEGIN {
	printf "\npair by default is %.2f times the untuned one (2 wanted): its sender does not pay for receiving\n", p / u
	exit p < 2 * u }'
