# SPDX-License-Identifier: GPL-2.0-or-later
"""comm.py TOOL: takes hostile process names, by which TOOL get PID must show it."""
import ctypes
import os
import random
import subprocess
import sys

from escaped import clean, objects, undo

random.seed(7)
PR_SET_NAME = 15
names = [b"\x1b[31mred", b"a\nb", b'"quoted\\', b"\xff\xfe\x80", b"\xc2\x9b1m", b") R 1 (", b" ",
         "åäö€".encode()]
names += [random.randbytes(15).replace(b"\0", b"x") for _ in range(100)]
libc = ctypes.CDLL(None)
for name in names:
    libc.prctl(PR_SET_NAME, name, 0, 0, 0)
    get = [sys.argv[1], "get", "-q", str(os.getpid())]
    text = subprocess.run(get, stdout=subprocess.PIPE, check=True).stdout
    assert not clean(text), (name, clean(text))
    assert len(text.splitlines()) == 2, (name, text)
    out = subprocess.run(get + ["--json"], stdout=subprocess.PIPE, check=True).stdout
    assert not clean(out), (name, clean(out))
    comm = objects(out)[0]["comm"]
    assert undo(comm) == name, (name, comm)
    assert comm in text.decode(), (comm, text)
