#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""nlsock-ynl KERNEL OURS FAMILY[:HOW:OP[:JSON]]...

Asks this kernel the same three ways: nlsock with the kernel's spec, nlsock with ours from
the directory OURS, where it has the operation, and ynl, whose sources lie below KERNEL
with the specs. FAMILY stands for all that can be dumped of it; HOW is do or dump.
Prints a line for each family and how many operations are the same, and what differs;
status 1 if anything does.
"""
import contextlib
import functools
import json
import os
import re
import sys
import time

from nlsock_ynl import NlError, YnlFamily, differences, known, nlsock_lines, plain, spec_path

# What the specs of Linux 6.12 don't say as the uapi headers do, or show as bare numbers and
# bytes: tests/nlsock-ynl.bats and tests/nlsock-specs.bats compare ours with others.
FAULTS = {
    "rt-link": ("af-spec.inet6.conf", "af-spec.inet6.icmp6-stats", "af-spec.inet6.token"),
    "rt-route": ("rta-multipath",),  # bytes
    "nlctrl": ("policy.mask", "policy.pad", "policy: ['mask']"),  # exchanged
    "mptcp_pm": ("addr.addr4", "addr.flags"),  # numbers only
    "tc": ("options.sel.keys", "options.flags"),  # of u32
    "nftables": (": ['flags']", "id"),  # a chain's: it has them one too low
}


def by_nlsock(how, op, vals, spec):
    words = [how, "x", "--spec", spec, op, "-j"]
    return nlsock_lines(words + ([json.dumps(vals)] if vals else []))


def by_ynl(ynl, how, op, vals):
    try:
        with contextlib.redirect_stdout(sys.stderr):
            r = ynl.do(op, vals) if how == "do" else ynl.dump(op, vals)
    except NlError as e:
        return e
    return r if isinstance(r, list) else [r] if r else []


def same_error(text, e):
    """The errno and the kernel's words."""
    words = (e.nl_msg.extack or {}).get("msg", "")
    return isinstance(text, str) and os.strerror(e.error) in text and words in text


def faulty(family, path):
    path = re.sub(r"\[[0-9]+\]", "", path)
    return path.lstrip(".").startswith(FAULTS.get(family, ()))


def compare(ynl, specs, how, op, vals):
    want = by_ynl(ynl, how, op, dict(vals))
    for spec in specs:
        got = by_nlsock(how, op, vals, spec)
        if isinstance(want, NlError):
            if not same_error(got, want):
                yield f"{op} by {spec}: {got} != {want}"
            continue
        for d in differences(known(plain(got)), known(plain(want))):
            if spec == specs[0] or not faulty(ynl.name, d):
                yield f"{op} by {spec}: {d}"


def cases_of(ynl, words):
    if words:
        yield words[0], words[1], json.loads(words[2]) if len(words) > 2 else {}
        return
    for op in ynl.ops.values():
        if "dump" in op.modes:
            yield "dump", op.name, {}


def judge(*case):
    """A state may change while it is asked for: they must agree about one that lasts."""
    for _ in range(12):
        found = list(compare(*case))
        if not found:
            break
        time.sleep(0.3)
    return found


@functools.cache
def family_of(path):
    try:
        return YnlFamily(path, "", True)
    except Exception as e:  # ynl has no better
        if "not supported by the kernel" not in str(e):
            raise
        return None


@functools.cache
def operations(spec):
    if not os.path.exists(spec):
        return set()
    return {x["op"] for x in nlsock_lines(["describe", "x", "--spec", spec, "-j"])}


def ask(kernel, ours, word):
    family, *words = word.split(":", 3)
    path = spec_path(kernel, family)
    mine = f"{ours}/{family.replace('_', '-')}.yaml"
    mine = mine if os.path.exists(mine) else f"{ours}/{family}.yaml"
    ynl = family_of(path)
    if not ynl:
        print(f"{family}: not in this kernel")
        return 0
    have = operations(mine)
    status = done = both = 0
    for how, op, vals in cases_of(ynl, words):
        specs = [path, mine] if op in have else [path]
        for d in judge(ynl, specs, how, op, vals):
            print(f"{family} {d}")
            status = 1
        done, both = done + 1, both + (op in have)
    if not status:
        print(f"{family}: {done} the same, {both} with our spec too")
    return status


if __name__ == "__main__":
    sys.exit(max([ask(*sys.argv[1:3], w) for w in sys.argv[3:]]))
