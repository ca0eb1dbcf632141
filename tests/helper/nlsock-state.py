#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""nlsock-state.py: the links and routes that the output of nlsock on stdin leaves behind,
sorted; of listen --with-dump or of a dump."""
import json
import sys

state = {}
for line in sys.stdin:
    m = json.loads(line)
    about = m["nlsock"]
    event, family = about["event"], about["family"]
    if event in ("snapshot-begin", "resync-begin"):
        state = {k: v for k, v in state.items() if k[0] != family}
    if about["type"] is None:
        continue
    if family == "rt-link":
        key = (family, m["ifi-index"])
        value = [m.get("ifname"), m.get("mtu"), m.get("address"), m.get("master"), m.get("group")]
        # Of bridges' ports there are messages of their own, without most of it.
        if m["ifi-family"] != 0:
            continue
    else:
        key = (family, m["rtm-family"], m.get("rta-dst"), m["rtm-dst-len"], m.get("rta-table"),
               m.get("rta-priority"), m.get("rta-oif"), m["rtm-type"])
        value = m.get("rta-gateway")
    if about["op"].startswith("del"):
        state.pop(key, None)
    else:
        state[key] = value
for key in sorted(state, key=repr):
    print(key, state[key])
