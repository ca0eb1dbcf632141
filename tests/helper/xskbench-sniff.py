# SPDX-License-Identifier: GPL-2.0-or-later
"""xskbench-sniff.py INTERFACE COUNT READY: counts packets of type 0x88b5 by a packet
socket, checks each byte by a pattern of its own reckoning, and prints how many were as they
should be, in order. READY is a file that it makes when it listens."""
import socket
import struct
import sys

SEQ_STEP, WORD_STEP, M = 0xD6E8FEB86659FD93, 0x9E3779B97F4A7C15, (1 << 64) - 1


def wanted(number, size):
    words = (((number + 1) * SEQ_STEP + i * WORD_STEP) & M for i in range(size // 8))
    body = b"".join(struct.pack("=Q", w) for w in words)
    return (struct.pack("!HHQ", 0x88B5, size, number) + body)[: size - 12]


interface, count, ready = sys.argv[1], int(sys.argv[2]), sys.argv[3]
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x88B5))
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 << 20)
s.bind((interface, 0x88B5))
s.settimeout(10)
open(ready, "w").close()
good = 0
while good < count:
    try:
        p = s.recv(65536)
    except TimeoutError:
        break
    if p[:6] != b"\xff" * 6 or p[12:] != wanted(good, len(p)):
        sys.exit(f"packet {good}: {p.hex()}")
    good += 1
print(good)
