#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# udiag-mem beside ss and lsof, in turns, on 1,000 sockets of 1 process, 10,000 of 100 and
# 100,000 of 1,000, in a network namespace of their own; then the ratios that it is to keep.
. "$(dirname "$0")/lib.sh"
HERE=$O/tests/bench
ROWS=alloc_bytes,use_pct,unread_bytes,queue,state,type,owner,peer,name
OWN=inode,type,state,alloc_bytes,rqueue,wqueue,peer_inode,sndbuf
failed=0

population() { # SOCKETS PROCESSES
	coproc POP { exec unshare -n -- bash -c 'echo $$; exec "$0" "$@"' "$HERE/udiag-mem-population" "$1" "$2"; }
	read -r pid <&"${POP[0]}" && read -r _ <&"${POP[0]}"
}
end_population() {
	local was=$POP_PID
	eval "exec ${POP[1]}>&-"
	wait "$was"
}

declare -A least most
# measure RUNS NAME COMMAND NAME COMMAND...: least time in us and greatest size in KiB.
measure() {
	local runs=$1 i us kib
	shift
	for ((i = 0; i < runs; i++)); do
		for ((k = 1; k < $#; k += 2)); do
			local name=${!k} word=$((k + 1))
			((i)) && [ "$name" = "lsof -U" ] && continue # once tells enough
			# shellcheck disable=SC2086
			read -r us kib < <(nsenter --net="/proc/$pid/ns/net" "$HERE/peak-rss" ${!word})
			[ -n "${least[$name]-}" ] && ((least[$name] <= us)) || least[$name]=$us
			[ -n "${most[$name]-}" ] && ((most[$name] >= kib)) || most[$name]=$kib
		done
	done
	printf '%-26s %9s %8s %8s %8s\n' "$n sockets, $p processes" 'least ms' MiB 'of -xam' 'of -xamp'
	for ((k = 1; k < $#; k += 2)); do
		local name=${!k}
		awk -v n="$name" -v t="${least[$name]}" -v m="${most[$name]}" -v a="${least[ss -xam]}" -v p="${least[ss -xamp]}" \
			'BEGIN { printf "%-26s %9.1f %8.1f %8.2f %8.3f\n", n, t / 1000, m / 1024, t / a, t / p }'
	done
}

# keeps WHAT VALUE OF LIMIT: VALUE is at most LIMIT of OF.
keeps() {
	awk -v w="$1" -v v="$2" -v o="$3" -v l="$4" 'BEGIN {
		printf "  %-58s %.3f, at most %s: %s\n", w, v / o, l, v <= o * l ? "kept" : "MISSED"; exit v > o * l }' || failed=1
}

for case in "1000 1 9" "10000 100 7" "100000 1000 7"; do
	read -r n p runs <<<"$case"
	least=() most=()
	population "$n" "$p"
	measure "$runs" "ss -xam" "ss -xam" "ss -xamp" "ss -xamp" "lsof -U" "lsof -U" \
		"no owners" "udiag-mem --owners none" "no owners, text, all" "udiag-mem --owners none -o $OWN" \
		"no owners, JSON, same" "udiag-mem --owners none --json -o $OWN" \
		"no owners, JSON, every" "udiag-mem --owners none --json" \
		"bpf" "udiag-mem" "bpf, text, all" "udiag-mem -o $ROWS" "bpf, JSON, same" "udiag-mem --json -o $ROWS" \
		"bpf, JSON, every" "udiag-mem --json" "proc" "udiag-mem --owners proc" \
		"proc, text, all" "udiag-mem --owners proc -o $ROWS"
	end_population
	xam=${least[ss -xam]} xamp=${least[ss -xamp]}
	case $n in
	1000) keeps "with BPF owners, of ss -xamp" "${least[bpf]}" "$xamp" 1 ;;
	10000) keeps "with BPF owners, of ss -xamp" "${least[bpf]}" "$xamp" 0.25 ;;
	100000)
		keeps "without owners, of ss -xam" "${least[no owners]}" "$xam" 0.7
		keeps "without owners, all in JSON, of ss -xam" "${least[no owners, JSON, same]}" "$xam" 0.7
		keeps "with BPF owners, of ss -xamp" "${least[bpf]}" "$xamp" 0.125
		keeps "with /proc owners, of ss -xamp" "${least[proc]}" "$xamp" 0.333
		keeps "JSON of every column, of ss -xamp" "${least[bpf, JSON, every]}" "$xamp" 0.5
		keeps "JSON, of text with the same columns" "${least[bpf, JSON, same]}" "${least[bpf, text, all]}" 1.2
		keeps "memory with owners, of ss -xamp's" "${most[bpf, text, all]}" "${most[ss -xamp]}" 0.6
		keeps "memory with owners in JSON, of ss -xamp's" "${most[bpf, JSON, every]}" "${most[ss -xamp]}" 0.6
		keeps "memory of streaming, of that at 1,000 sockets" "${most[no owners, JSON, every]}" "$small" 1.1
		;;
	esac
	small=${most[no owners, JSON, every]}
	[ "$n" = 1000 ] && first=$small
	small=$first
done
exit $failed
