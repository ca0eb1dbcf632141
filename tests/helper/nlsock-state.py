#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""nlsock-state.py: the state that the output of nlsock on stdin leaves behind, sorted; of
listen --with-dump or of a dump. For links, addresses, routes, rules and next hops."""
import json
import sys

KEYS = {
    "rt-link": ["ifi-index"],
    "rt-addr": ["ifa-index", "ifa-family", "ifa-local", "ifa-address", "ifa-prefixlen"],
    "rt-route": ["rtm-family", "rta-table", "rta-dst", "rtm-dst-len", "rta-priority", "rta-oif",
                 "rta-gateway", "rta-nh-id", "rtm-type"],
    "rt-rule": ["family", "priority", "iifname", "fwmark", "table", "action"],
    "rt-nexthop": ["id"],
}
VALUES = {
    "rt-link": ["ifname", "mtu", "address", "master", "link", "operstate", "tso-max-size"],
    "rt-addr": ["ifa-label", "ifa-scope"],
    "rt-route": ["rtm-flags", "rta-prefsrc", "rtm-protocol", "rtm-scope"],
    "rt-rule": ["flags", "protocol"],
    "rt-nexthop": ["nh-family", "nh-flags", "oif", "gateway"],
}
state = {}
for line in sys.stdin:
    m = json.loads(line)
    about = m["nlsock"]
    event, family = about["event"], about["family"]
    if event in ("snapshot-begin", "resync-begin"):
        state = {k: v for k, v in state.items() if k[0] != family}
    if about["type"] is None:
        continue
    # Of bridges' ports there are messages of their own, without most of it.
    if family == "rt-link" and m["ifi-family"] != 0:
        continue
    key = (family, *(m.get(k) for k in KEYS[family]))
    if about["op"].startswith("del"):
        state.pop(key, None)
    else:
        state[key] = [m.get(k) for k in VALUES[family]]
for key in sorted(state, key=repr):
    print(key, state[key])
