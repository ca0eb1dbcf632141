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

# table [PER WHAT]: runs all of them $RUNS times in turns and prints median and least in
# milliseconds, the ratio to the first, and the median by each of PER things.
table() {
	local i run begin per=${1-} what=${2-}
	for ((run = 0; run <= RUNS; run++)); do
		for i in "${!names[@]}"; do
			begin=${EPOCHREALTIME/./}
			bash -c "exec ${commands[i]}" >/dev/null 2>"$dir/err" || {
				echo "bench: ${commands[i]}: $(cat "$dir/err")" >&2
				return 1
			}
			# The first round only warms the caches.
			((run)) && echo $((${EPOCHREALTIME/./} - begin)) >>"$dir/times.$i"
		done
	done
	printf '%-28s %10s %10s %7s' command 'median ms' 'least ms' ratio
	[ -z "$per" ] || printf ' %12s' "ns/$what"
	echo
	for i in "${!names[@]}"; do
		sort -n "$dir/times.$i" | awk -v name="${names[i]}" -v first="$dir/first" -v per="$per" '
			{ t[NR] = $1 }
			END {
				m = t[int((NR + 1) / 2)]
				if ((getline f < first) <= 0) { f = m; print m > first }
				printf "%-28s %10.2f %10.2f %7.2f", name, m / 1000, t[1] / 1000, m / f
				if (per) printf " %12.0f", m * 1000 / per
				print "" }'
		rm "$dir/times.$i"
	done
	rm -f "$dir/first"
	names=() commands=()
}
