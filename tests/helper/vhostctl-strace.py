#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""vhostctl-strace.py STRACE TRACE: whether the front-end's sendmsg and recvmsg that strace
-xx saw (on the socket it used first) carried exactly the bytes of a trace's records."""
import json
import re
import sys

wire, first = {"sendmsg": b"", "recvmsg": b""}, None
for line in open(sys.argv[1]):
    m = re.match(r"(?:\d+ +)?(sendmsg|recvmsg)\((\d+), .*= (\d+)$", line)
    if not m:
        continue
    first = first or m[2]
    if m[2] == first:
        parts = re.findall(r'iov_base="((?:\\x..)*)"', line)
        data = b"".join(bytes.fromhex(x.replace("\\x", "")) for x in parts)
        wire[m[1]] += data[: int(m[3])]
mine = {"front-end": b"", "back-end": b""}
for e in map(json.loads, open(sys.argv[2])):
    if e["channel"] == "main" and e["bytes"]:
        mine[e["from"]] += bytes.fromhex(e["bytes"])
assert len(wire["sendmsg"]) > 200
assert wire["sendmsg"] == mine["front-end"], "sent"
assert wire["recvmsg"] == mine["back-end"], "received"
