#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# nlsock: from nothing to an answer by names, and 100,000 routes, beside ip and genl.
# YNL=DIR, the kernel's tools/net/ynl with Documentation/netlink/specs, adds its cli.py.
. "$(dirname "$0")/lib.sh"
N=${N:-100000}

ns=sockutils-bench-$$
ip netns add "$ns" || exit 1
at_exit+=("ip netns del $ns")
ip -n "$ns" link set lo up
ynl=
[ -z "${YNL-}" ] || ynl="python3 $YNL/cli.py --no-schema --process-unknown --output-json --spec $YNL/../../../Documentation/netlink/specs"

versus "nlsock do nlctrl getfamily" "nlsock do nlctrl getfamily family-name=nlctrl -j"
versus "genl ctrl get name nlctrl" "genl ctrl get name nlctrl"
[ -z "$ynl" ] || versus "ynl nlctrl getfamily" "$ynl/nlctrl.yaml --do getfamily --json '{\"family-name\": \"nlctrl\"}'"
table

versus "nlsock dump rt-link" "nlsock dump rt-link -j --netns $ns"
versus "ip -j link" "ip -n $ns -j link"
[ -z "$ynl" ] || versus "ynl rt_link getlink" "ip netns exec $ns $ynl/rt_link.yaml --dump getlink"
table

awk -v n="$N" 'BEGIN { for (i = 0; i < n; i++)
	printf "route add 10.%d.%d.%d/32 dev lo\n", i / 65536, i / 256 % 256, i % 256 }' >"$dir/routes"
ip -n "$ns" -batch "$dir/routes" || exit 1
echo
versus "nlsock dump rt-route -j" "nlsock dump rt-route -j --netns $ns"
versus "ip -j route show table all" "ip -n $ns -4 -j route show table all"
versus "ip -j route (main)" "ip -n $ns -j route"
[ -z "$ynl" ] || versus "ynl rt_route getroute" "ip netns exec $ns $ynl/rt_route.yaml --dump getroute"
table "$N" route

# What it holds in memory, and when the first line is there.
python3 - "$ns" <<'EOF'
import os, subprocess, time
import sys
best = 1e9
for i in range(5):
    begin = time.monotonic()
    p = subprocess.Popen(["nlsock", "dump", "rt-route", "-j", "--netns", sys.argv[1]], stdout=subprocess.PIPE)
    p.stdout.read(1)
    best = min(best, time.monotonic() - begin)
    while p.stdout.read(1 << 20): pass
    _, status, use = os.wait4(p.pid, 0)
print("first line after %.1f ms (with the start of the process), peak memory %.1f MiB" % (best * 1000, use.ru_maxrss / 1024))
EOF
