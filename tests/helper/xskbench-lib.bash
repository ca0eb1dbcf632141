# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What the suites of xskbench need. Each begins with: load lib; load helper/xskbench-lib

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	[ -z "${PID-}" ] || end "$PID"
}

# bench OPTION...: one record in the file out, messages in err, the exit code in $status.
bench() {
	status=0
	timeout 30 xskbench -j "$@" >out 2>err || status=$?
	output=$(tail -n 5 out err)
}

# holds JQ-CONDITION: of the record in out.
holds() {
	jq -e "$1" out >/dev/null || fail "not so: $1"
}

# What the tool leaves in the kernel, by id: programs, NAPI threads, links. Others may run
# at the same time: what a living process has is left out, unless that is one of ours that
# outlives the tool.
traces() {
	local pids held
	pids=$(pgrep -x xskbench | tr '\n' ,)
	held=$(eval "cat /proc/{$(pgrep -vx xskbench-guard | tr '\n' ,)0}/fdinfo/*" 2>/dev/null |
		awk '/^prog_id:/ { printf "%s,", $2 }')
	{
		bpftool -j prog show | jq -r --arg held ",$held" '.[]
			| select(.name == ("redirect", "count", "generate"))
			| select(.id as $id | $held | contains(",\($id),") | not) | "prog \(.id)"'
		[ -n "$pids" ] || grep -lsE '^napi/xskrx' /proc/[0-9]*/comm
		ip -o link | grep -oE ': xsk[rt]x'
	} | sort || :
}

# Nothing of what there is now stays.
nothing_stays() {
	local seen
	seen=$(traces)
	gone() {
		[ -z "$(comm -12 <(traces) - <<<"$seen")" ]
	}
	wait_for gone
}

# ends_of PID: descriptors of that process that hold other network namespaces than ours.
ends_of() {
	local f
	for f in /proc/"$1"/fd/*; do
		case $(readlink "$f") in
		"$(readlink /proc/$$/ns/net)") ;;
		net:*) echo "$f" ;;
		esac
	done
}

# in_end PID LINK COMMAND...: in the namespace of that process that has the link.
in_end() {
	local f pid=$1 link=$2
	shift 2
	for f in $(ends_of "$pid"); do
		if nsenter --net="$f" ip link show "$link" >/dev/null 2>&1; then
			nsenter --net="$f" "$@"
			return
		fi
	done
	return 1
}

# counter PID LINK rx|tx NAME
counter() {
	in_end "$1" "$2" ip -j -s link show "$2" | jq ".[0].stats64.$3.$4"
}

# tracee PID: what the strace below that shell runs.
tracee() {
	pgrep -P "$(pgrep -P "$1" -x strace)" -x xskbench
}

sending() {
	[ "$(counter "$1" xskrx rx packets)" -gt 0 ]
}

# start OPTION...: in the background until it sends; its id in PID.
start() {
	xskbench pair -j "$@" >out 2>err &
	PID=$!
	wait_for sending "$PID"
}

# with_veth COMMAND: in a namespace of its own with a veth pair, v0 and v1, both up, and with
# what is below.
with_veth() {
	unshare -n -m bash -euc '
		trap "kill \$(jobs -pr) 2>/dev/null || :" EXIT
		until_true() { for _ in {1..200}; do "$@" >/dev/null 2>&1 && return; sleep 0.05; done; return 1; }
		attached() { ip link show "$1" | grep -q xdp; }
		detached() { ! attached "$1"; }
		ip link add v0 type veth peer name v1
		sysctl -qw net.ipv6.conf.all.disable_ipv6=1
		ip link set v0 up && ip link set v1 up
		'"$1"
}
