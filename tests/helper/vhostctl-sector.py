# SPDX-License-Identifier: GPL-2.0-or-later
"""One request of a guest's disk driver, whatever the block size: vhostctl-sector.py SOCKET
SECTOR NUMBER reads so many sectors of 512 bytes, writes them to standard output and ends
with the status that the device has given (1 is IOERR)."""
import array
import mmap
import os
import socket
import struct
import sys
import time

s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.settimeout(10)
sector, number = map(int, sys.argv[2:])


def say(request, body=b"", *fds):
    anc = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
    s.sendmsg([struct.pack("=III", request, 1, len(body)) + body], anc)


memory = os.memfd_create("m")
os.truncate(memory, 1 << 20)
m = mmap.mmap(memory, 1 << 20)
kick, call = os.eventfd(0), os.eventfd(0)
say(2, struct.pack("=Q", 1 << 32))
say(5, struct.pack("=II4Q", 1, 0, 0, 1 << 20, 0, 0), memory)
say(8, struct.pack("=II", 0, 32))
say(10, struct.pack("=II", 0, 0))
say(9, struct.pack("=II4Q", 0, 0, 0, 0x2000, 0x1000, 0))
m[0x4000:0x4010] = struct.pack("=IIQ", 0, 0, sector)
for i, d in enumerate([(0x4000, 16, 1, 1), (0x8000, 512 * number, 3, 2), (0x4100, 1, 2, 0)]):
    struct.pack_into("=QIHH", m, 16 * i, *d)
struct.pack_into("=HHH", m, 0x1000, 0, 1, 0)
say(13, struct.pack("=Q", 0), call)
say(12, struct.pack("=Q", 0), kick)
os.eventfd_write(kick, 1)
end = time.monotonic() + 10
while m[0x2002] == 0 and time.monotonic() < end:
    time.sleep(0.001)
assert m[0x2002] == 1, "it was not used"
sys.stdout.buffer.write(m[0x8000 : 0x8000 + 512 * number])
sys.stdout.buffer.flush()
sys.exit(m[0x4100])
