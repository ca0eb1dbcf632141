# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Times of commands, taken in turns so that the machine's drift meets all of them alike.
# A bench begins with: . "$(dirname "$0")/lib.sh"
set -u
BIN=${BIN:-build/bin} O=${O:-build}
PATH=$BIN:/usr/sbin:/usr/bin:/sbin:/bin:$PATH
RUNS=${RUNS:-11}

dir=$(mktemp -d) || exit 1
at_exit=()
trap 'for c in "${at_exit[@]}"; do eval "$c"; done; rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM

names=() commands=()
# versus NAME COMMAND: one more to be timed.
versus() {
	names+=("$1") commands+=("$2")
}

# table [PER WHAT]: runs all of them $RUNS times in turns, without a shell in between, and
# prints median and least in milliseconds, CPU time, the ratio to the first, and the median
# by each of PER things. median[NAME] keeps the medians in ns for what comes after.
declare -A median
table() {
	local i wall least cpu per=${1-} what=${2-}
	"$O/tests/bench/turns" "$RUNS" "${commands[@]}" >"$dir/times" || return 1
	printf '%-28s %10s %10s %10s %7s' command 'median ms' 'least ms' 'CPU ms' ratio
	[ -z "$per" ] || printf ' %12s' "ns/$what"
	echo
	while read -r i wall least cpu; do
		median[${names[i]}]=$wall
		awk -v name="${names[i]}" -v w="$wall" -v l="$least" -v c="$cpu" \
			-v first="${median[${names[0]}]}" -v per="$per" 'BEGIN {
			printf "%-28s %10.2f %10.2f %10.2f %7.2f", name, w / 1e6, l / 1e6, c / 1e6, w / first
			if (per) printf " %12.0f", w / per
			print "" }'
	done < <(awk '{ print NR - 1, $0 }' "$dir/times")
	names=() commands=()
}

# keeps WHAT VALUE most|least LIMIT: says whether VALUE is at most, or at least, LIMIT.
missed=0
keeps() {
	awk -v w="$1" -v v="$2" -v how="$3" -v l="$4" 'BEGIN {
		kept = how == "most" ? v <= l : v >= l
		printf "  %-54s %8.2f, at %s %s: %s\n", w, v, how, l, kept ? "kept" : "MISSED"
		exit !kept }' || missed=1
}
# share NAME OF MOST, faster NAME THAN LEAST: ratios of two medians of the last table.
share() {
	keeps "$1, of $2" "$(awk "BEGIN { print ${median[$1]} / ${median[$2]} }")" most "$3"
}
faster() {
	[ -z "${median[$2]-}" ] ||
		keeps "$1, times faster than $2" "$(awk "BEGIN { print ${median[$2]} / ${median[$1]} }")" least "$3"
}
