# SPDX-License-Identifier: GPL-2.0-or-later
"""What nlsock and ynl tell, made comparable. argv[1]: where the kernel's sources lie."""
import json
import subprocess
import sys

sys.path.insert(0, sys.argv[1] + "/tools/net/ynl")
from cli import YnlEncoder  # noqa: E402
from lib import NlError, YnlFamily  # noqa: E402, F401
from lib import ynl as ynl_module  # noqa: E402, F401

# What is about nlsock; what moves between two questions; what is more than a struct has.
MOVING = {"nlsock", "rest", "cacheinfo", "ifa-cacheinfo", "rta-cacheinfo", "stats", "stats64",
          "hello-timer", "tcn-timer", "topology-change-timer", "gc-timer", "hold-timer",
          "message-age-timer", "forward-delay-timer", "proc-pid", "proc-name"}


def unnamed(k, v):
    """Whether a spec has no name for this, by either's way to show that."""
    one = v[0] if isinstance(v, list) and v else v
    return k.startswith("UnknownAttr") or (
        k.isdigit() and isinstance(one, dict) and "guess" in one)


def known(v, without=MOVING):
    """Without what moves, and members that ynl drops for attributes of their name; what
    has no name is counted only, as our spec may name it."""
    if isinstance(v, list):
        return [known(x, without) for x in v]
    if not isinstance(v, dict):
        return v
    r = {k: known(x, without) for k, x in v.items()
         if not unnamed(k, x) and k not in without and not k.startswith("header-")}
    r["unnamed"] = sum(unnamed(k, x) for k, x in v.items())
    return r


def plain(v):
    """Both as JSON has them, flags in one order."""
    if isinstance(v, dict):
        return {str(k): plain(x) for k, x in v.items()}
    if isinstance(v, (set, frozenset)):
        return sorted(v)
    if isinstance(v, list):
        x = [plain(i) for i in v]
        return sorted(x) if x and all(isinstance(i, str) for i in x) else x
    return json.loads(json.dumps(v, cls=YnlEncoder))


def nlsock_lines(words, data=None):
    r = subprocess.run(["nlsock", *words], input=data, capture_output=True)
    if r.returncode:
        return r.stderr.decode().strip()
    return [json.loads(x) for x in r.stdout.splitlines()]


def differences(a, b, path=""):
    """Between nlsock's a and ynl's b."""
    if isinstance(a, dict) and isinstance(b, dict):
        more = [k for k in a if k not in b]
        if a["unnamed"] + len(more) != b["unnamed"]:
            yield f"{path}: {more} not in ynl's, {b['unnamed']} without a name there"
        for k in sorted(b.keys() - {"unnamed"}):
            yield from differences(a.get(k), b[k], f"{path}.{k}")
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for i, (x, y) in enumerate(zip(a, b)):
            yield from differences(x, y, f"{path}[{i}]")
    elif a != b:
        yield f"{path}: {json.dumps(a)[:200]} != {json.dumps(b)[:200]}"


def spec_path(kernel, family):
    return f"{kernel}/Documentation/netlink/specs/{family}.yaml"
