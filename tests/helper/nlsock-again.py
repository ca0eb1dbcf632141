#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""nlsock-again TARGET:OP[:VALUE]...

Dumps, and makes of each message's values a request again, which must have the bytes that
came from the kernel, but for the flag of nests, which the kernel often leaves out. Prints
how many are the same, or what differs.
"""
import json
import subprocess
import sys


def nlsock(*words, data=None):
    r = subprocess.run(["nlsock", *words], input=data, capture_output=True, text=True)
    return r.stdout if r.returncode == 0 else r.stderr


def body(text, about):
    """A message without its headers; nothing if it is none."""
    try:
        return bytes.fromhex(text)[16 if about["cmd"] is None else 20:]
    except ValueError:
        return b""


def same(a, b):
    """Attributes are aligned: the flag is in the last of four bytes, on any small machine."""
    return len(a) == len(b) and all(
        x == y or (i % 4 == 3 and x ^ y == 0x80) for i, (x, y) in enumerate(zip(a, b)))


def judge(word):
    target, op, *values = word.split(":", 2)
    lines = nlsock("dump", target, op, *values, "-j", "--raw").splitlines()
    for line in lines:
        about = json.loads(line)["nlsock"]
        came = body(about["raw"], about)
        sent = nlsock("do", target, op, "--dry-run", "-", data=line).strip()
        if not same(came, body(sent, about)):
            print(f"{target} {op}: {came.hex()} is sent as {sent}")
            return
    print(f"{target} {op}: the same, {'some' if lines else 'none'}")


for w in sys.argv[1:]:
    judge(w)
