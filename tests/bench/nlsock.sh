#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# nlsock: from nothing to an answer by names, 100,000 routes as JSON, and bursts of events,
# beside ip, genl and the kernel's own ynl (of Linux 6.12, if the package of its sources is
# there), in a network namespace of its own; then the figures that it is to keep.
[ -n "${APART-}" ] || exec env APART=1 unshare -n -- bash "$0"
. "$(dirname "$0")/lib.sh"
. tests/lib.bash
N=${N:-100000}

ip link set lo up
kernel_unpack
ynl=
[ ! -d "$KERNEL" ] || ynl="python3 $KERNEL/tools/net/ynl/cli.py --no-schema --process-unknown --output-json --spec $KERNEL/Documentation/netlink/specs"
# ynl NAME SPEC ARGS: one more to be timed, if there is any.
versus_ynl() {
	unset "median[ynl]"
	[ -z "$ynl" ] || versus ynl "$ynl/$1"
}
# cold NAME: what a cold call is to keep.
cold() {
	keeps "$1, ms" "$(awk "BEGIN { print ${median[$1]} / 1e6 }")" most 3
	faster "$1" ynl 40
}

versus "nlsock do nlctrl getfamily" "nlsock do nlctrl getfamily family-name=nlctrl -j"
versus "genl ctrl get name nlctrl" "genl ctrl get name nlctrl"
versus "true" "/bin/true"
versus_ynl 'nlctrl.yaml --do getfamily --json "{\"family-name\": \"nlctrl\"}"'
table
cold "nlsock do nlctrl getfamily"

echo
versus "nlsock dump rt-link" "nlsock dump rt-link -j"
versus "ip -j link" "ip -j link"
versus "true" "/bin/true"
versus_ynl "rt_link.yaml --dump getlink"
table
cold "nlsock dump rt-link"

# routes add|del N: so many, as fast as ip does it.
routes() {
	awk -v what="$1" -v n="$2" 'BEGIN { for (i = 0; i < n; i++)
		printf "route %s 10.%d.%d.%d/32 dev lo\n", what, i / 65536, i / 256 % 256, i % 256 }' |
		ip -batch - || exit 1
}

# first_line COMMAND...: least time in ms from before the start to the first byte of output.
first_line() {
	python3 - "$@" <<-'END'
		import subprocess, sys, time
		def once():
		    begin = time.monotonic()
		    with subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE) as p:
		        p.stdout.read(1)
		        took = time.monotonic() - begin
		        while p.stdout.read(1 << 20): pass
		    return took * 1000
		print(min(once() for i in range(5)))
	END
}

echo
echo "-- $N routes"
routes add "$N"
versus "nlsock dump rt-route -j" "nlsock dump rt-route -j rtm-family=2"
versus "ip -j route (all tables)" "ip -4 -j route show table all"
versus "ip -j route" "ip -4 -j route"
versus_ynl "rt_route.yaml --dump getroute"
table "$N" route
faster "nlsock dump rt-route -j" "ip -j route" 1
faster "nlsock dump rt-route -j" "ip -j route (all tables)" 1
faster "nlsock dump rt-route -j" ynl 1
keeps "first line after, ms" "$(first_line nlsock dump rt-route -j)" most 5
read -r _ kib < <("$O/tests/bench/peak-rss" nlsock dump rt-route -j)
keeps "memory, MiB" "$(awk "BEGIN { print $kib / 1024 }")" most 8
ip route flush table main

# events BUFFER N: bursts N routes at one that listens and that was stopped meanwhile if
# the buffer is small. Sets heard, lost, counted (by the kernel) and wrong: routes that the
# state made from the output has too many or too few.
events() {
	local out=$dir/events
	nlsock listen rt-route --with-dump -j --bind 4242 --rcvbuf "$1" --timeout 100s \
		--until rta-dst=10.99.0.0 >"$out" &
	local pid=$!
	wait_for grep -q snapshot-end "$out"
	[ "$1" = 4M ] || kill -STOP $pid
	routes add "$2"
	[ "$1" = 4M ] || { kill -CONT $pid; wait_for grep -q resync-end "$out"; }
	routes del 10
	wait_for grep -q '"10.0.0.9".*"delroute-ntf"' "$out"
	sleep 0.3
	counted=$(awk '$3 == 4242 { print $9 }' /proc/net/netlink)
	ip route add 10.99.0.0/16 dev lo
	wait $pid
	lost=$(jq -n '[inputs.nlsock | select(.event == "overrun").lost] | add // 0' "$out")
	heard=$(grep -c '"newroute-ntf"' "$out")
	wrong=$(diff <(python3 tests/helper/nlsock-state.py <"$out") \
		<(nlsock dump rt-route -j | python3 tests/helper/nlsock-state.py) | grep -c '^[<>]')
	ip route flush table main
}

echo
echo "-- 20,000 events of routes in a burst"
events 4M 20000
keeps "heard with the default buffer" "$heard" least 20001
keeps "lost with the default buffer" "$counted" most 0
keeps "routes that the state has wrong" "$wrong" most 0
events 16K 20000
printf '  %-54s %8d\n' "lost with a buffer of 16 KiB and a reader that stands" "$counted"
keeps "of these, not told of" "$((counted - lost))" most 0
keeps "of these, told of too often" "$((lost - counted))" most 0
keeps "routes that the state has wrong" "$wrong" most 0
exit "$missed"
