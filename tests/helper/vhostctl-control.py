# SPDX-License-Identifier: GPL-2.0-or-later
"""Commands on the control queue of a network card: vhostctl-control.py SOCKET FEATURES RING COMMAND...

A front-end that leaves that queue, number RING, to the back-end, as user-mode Linux does. A
COMMAND is hex: class, command, data. Prints the answer to each, and the card's address then.
"""
import array
import mmap
import os
import socket
import struct
import sys
import time

path, features, ring, commands = sys.argv[1], int(sys.argv[2], 0), int(sys.argv[3]), sys.argv[4:]
SIZE, DESC, AVAIL, USED, DATA, ACK = 8, 0, 0x1000, 0x2000, 0x3000, 0x4000
s = socket.socket(socket.AF_UNIX)
s.settimeout(20)
s.connect(path)
fd = os.memfd_create("memory")
os.truncate(fd, 1 << 16)
memory = mmap.mmap(fd, 1 << 16)
kick = os.eventfd(0)


def say(request, body=b"", fds=()):
    anc = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
    s.sendmsg([struct.pack("=III", request, 1, len(body)) + body], anc)


say(2, struct.pack("=Q", features | 1 << 32 | 1 << 30))
say(16, struct.pack("=Q", 1 << 9))
say(5, struct.pack("=II4Q", 1, 0, 0, 1 << 16, 0, 0), [fd])
say(8, struct.pack("=II", ring, SIZE))
say(10, struct.pack("=II", ring, 0))
say(9, struct.pack("=IIQQQQ", ring, 0, DESC, USED, AVAIL, 0))
say(12, struct.pack("=Q", ring), [kick])
say(18, struct.pack("=II", ring, 1))
for n, command in enumerate(commands):
    data = bytes.fromhex(command)
    memory[DATA:DATA + len(data)] = data
    memory[ACK:ACK + 1] = b"\xff"
    memory[DESC:DESC + 32] = struct.pack("=QIHHQIHH", DATA, len(data), 1, 1, ACK, 1, 2, 0)
    memory[AVAIL + 4 + 2 * (n % SIZE):AVAIL + 6 + 2 * (n % SIZE)] = bytes(2)
    memory[AVAIL + 2:AVAIL + 4] = struct.pack("=H", n + 1)
    os.eventfd_write(kick, 1)
    late = time.monotonic() + 20
    while struct.unpack_from("=H", memory, USED + 2)[0] != n + 1:
        assert time.monotonic() < late, f"no answer to {command}"
        time.sleep(0.001)
    print({0: "ok", 1: "error"}.get(memory[ACK], "none"), end=" ")
say(24, struct.pack("=III", 0, 12, 0) + bytes(12))
answer = s.recv(100)
print(answer[24:30].hex(":"))
