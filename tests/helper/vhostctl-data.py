# SPDX-License-Identifier: GPL-2.0-or-later
"""A disk under random requests: vhostctl-data.py SOCKET FILE WANT ROUNDS [OPTION...]

Writes, zeroes and discards ranges at random by vhostctl blk, with random queues and rings,
on the back-end at SOCKET whose file is FILE. After each the file must be what the requests
make of it; what was discarded may be as it was or zeros, block by block. That is written
to WANT in the end. OPTIONs (packed) are used by chance too.
"""
import os
import random
import subprocess
import sys

sock, path, want = sys.argv[1:4]
rnd = random.Random(os.environ.get("SEED", "1"))
with open(path, "rb") as f:
    disk = bytearray(f.read())
BLOCK = 512
blocks = len(disk) // BLOCK
counts = {}


def options():
    o = ["--qd", str(rnd.choice((1, 3, 32, 200))), "-b", str(BLOCK * rnd.choice((1, 7, 8, 256)))]
    o += ["--queues", str(rnd.choice((1, 4)))]
    for flag in ("--indirect", "--event-idx", *("--" + x for x in sys.argv[5:])):
        o += [flag] if rnd.random() < 0.3 else []
    return o + (["--spin", "0"] if rnd.random() < 0.3 else [])


def run(action, first, n, data=None, more=()):
    subprocess.run(
        ["vhostctl", "blk", action, "-q", sock, "--offset", str(first * BLOCK), "--length", str(n * BLOCK), *more],
        input=data, stdout=subprocess.PIPE, check=True, timeout=60)


for _ in range(int(sys.argv[4])):
    action = rnd.choice(("write", "write", "zero", "unmap", "discard"))
    n = min(int(rnd.paretovariate(0.5)), blocks)
    first = rnd.randrange(blocks - n + 1)
    at, end = first * BLOCK, (first + n) * BLOCK
    counts[action] = counts.get(action, 0) + 1
    if action == "write":
        data = rnd.randbytes(end - at)
        run("write", first, n, data, options())
        disk[at:end] = data
    elif action == "discard":
        run("discard", first, n)
    else:
        run("zero", first, n, more=["--unmap"] if action == "unmap" else [])
        disk[at:end] = bytes(end - at)
    with open(path, "rb") as f:
        now = f.read()
    for i in range(first, first + n) if action == "discard" else ():
        if now[i * BLOCK:(i + 1) * BLOCK] == bytes(BLOCK):
            disk[i * BLOCK:(i + 1) * BLOCK] = bytes(BLOCK)
    if now != disk:
        i = next(i for i in range(blocks) if now[i * BLOCK:(i + 1) * BLOCK] != disk[i * BLOCK:(i + 1) * BLOCK])
        sys.exit(f"after {action} of blocks {first} to {first + n - 1}: block {i} is not what it should be")
with open(want, "wb") as f:
    f.write(disk)
print(*(f"{k} {v}" for k, v in sorted(counts.items())))
