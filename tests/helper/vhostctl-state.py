# SPDX-License-Identifier: GPL-2.0-or-later
"""The state of a disk from one connection to others: vhostctl-state.py SOCKET

What was saved is loaded; what is anything else is refused, and nobody who writes it has to wait for ever.
"""
import array
import os
import socket
import struct
import sys


def connect():
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(20)
    s.connect(sys.argv[1])
    s.sendall(struct.pack("=IIIQ", 16, 1, 8, 1 << 3 | 1 << 9 | 1 << 19))
    return s


def ask(s, request, body=b"", fds=(), flags=1):
    anc = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
    s.sendmsg([struct.pack("=III", request, flags, len(body)) + body], anc)
    return s.recv(4096)[12:]


def number(answer):
    return struct.unpack("=Q", answer)[0]


def writeback(s):
    return ask(s, 24, struct.pack("=IIIB", 32, 1, 0, 0))[12]


def transfer(s, direction, phase, fd):
    """The fd is the back-end's from here on."""
    answer = number(ask(s, 42, struct.pack("=II", direction, phase), [fd]))
    os.close(fd)
    return answer


s = connect()
assert writeback(s) == 1
assert number(ask(s, 25, struct.pack("=IIIB", 32, 1, 0, 0), flags=9)) == 0 and writeback(s) == 0
r, w = os.pipe()
assert transfer(s, 0, 0, w) == 0x100
state = os.read(r, 1 << 16)
assert state and os.read(r, 1) == b"" and number(ask(s, 43)) == 0
for data, good in (state, True), (b"junk", False), (b"", False), (state[:5], False), (bytes(60000), False), (bytes(1 << 20), False):
    s = connect()
    r, w = os.pipe()
    assert transfer(s, 1, 0, r) == 0x100
    try:
        while data:
            data = data[os.write(w, data) :]
    except BrokenPipeError:
        assert not good
    os.close(w)
    assert (number(ask(s, 43)) == 0) == good and writeback(s) == (0 if good else 1)
# It says to be whole, and is still open; a phase and a direction that there are not.
s = connect()
r, w = os.pipe()
assert transfer(s, 1, 0, r) == 0x100 and number(ask(s, 43)) != 0
assert transfer(s, 0, 1, os.dup(w)) == 0x101 and transfer(s, 7, 0, os.dup(w)) == 0x101
