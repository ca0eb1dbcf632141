# SPDX-License-Identifier: GPL-2.0-or-later
"""names.py COMMAND...: binds 1,000 sockets to random names, which COMMAND must list."""
import random
import socket
import subprocess
import sys

from escaped import clean, objects, undo

random.seed(7)
hostile = [b"\n", b"\x1b[31m", b'"', b"\\", b"\\x00", b"\xff\xfe", b"\xc2\x9b", b"\xe2\x80\xae",
           b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"a\0b", b"\0", "åäö€🙂".encode(), b"x" * 107]
names = {b"\0" + n for n in hostile}
while len(names) < 1000:
    names.add(b"\0" + random.randbytes(random.randint(1, 40)))
held = []
for n in names:
    s = socket.socket(socket.AF_UNIX)
    s.bind(n)
    held.append(s)

out = subprocess.run(sys.argv[1:] + ["-o", "name"], stdout=subprocess.PIPE, check=True).stdout
assert not clean(out), clean(out)
assert len(out.splitlines()) == len(names) + 1, "a name broke a line"
out = subprocess.run(sys.argv[1:] + ["--json"], stdout=subprocess.PIPE, check=True).stdout
assert not clean(out), clean(out)
listed = {undo(r["name"]) for r in objects(out) if r["name"]}
assert listed == names, [names - listed, listed - names]
