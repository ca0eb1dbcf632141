# SPDX-License-Identifier: GPL-2.0-or-later
"""A driver whose memory migrates: vhostctl-log.py SOCKET split|packed [event-idx]

Reads from the disk at SOCKET into buffers here and there, with the log of a migration off, on and off
again: each page that has changed is logged, and none that the disk had no business with.
"""
import array
import mmap
import os
import random
import socket
import struct
import sys
import time

packed, event_idx = sys.argv[2] == "packed", "event-idx" in sys.argv
rnd = random.Random(3)
PAGES, SIZE, USER = 256, 16, 1 << 40
DESC, AVAIL, USED, HEAD, STATUS = 0x0, 0x2000, 0x3000, 0x5000, 0x6000
ELSEWHERE = 200 * 4096
LOG_AT = 4096 + 8  # not at the beginning of a page

s = socket.socket(socket.AF_UNIX)
s.settimeout(20)
s.connect(sys.argv[1])
memory = os.memfd_create("memory")
os.truncate(memory, PAGES * 4096)
m = mmap.mmap(memory, PAGES * 4096)
log = os.memfd_create("log")
os.truncate(log, 3 * 4096)
told, kick = os.eventfd(0, os.EFD_NONBLOCK), os.eventfd(0, os.EFD_NONBLOCK)


def say(request, body=b"", fds=(), answer=8):
    anc = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
    s.sendmsg([struct.pack("=III", request, 9, len(body)) + body], anc)
    got = s.recv(12 + answer)
    assert got == struct.pack("=III", request, 5, answer) + bytes(answer), (request, got)


def features(logged):
    on = 1 << 32 | 1 << 30 | packed << 34 | event_idx << 29 | logged << 26
    say(2, struct.pack("=Q", on))


def ring(logged, at=0):
    say(9, struct.pack("=II4Q", 0, logged, USER + DESC, USER + USED, USER + AVAIL, at))


def marked():
    bits = os.pread(log, 3 * 4096, 0)
    assert not any(bits[:LOG_AT]) and not any(bits[LOG_AT + PAGES // 8 :])
    return {p for p in range(PAGES) if bits[LOG_AT + p // 8] >> p % 8 & 1}


def clear():
    os.pwrite(log, bytes(3 * 4096), 0)


count = 0


def publish(at, value):
    """In one step: pack_into would write zeros first."""
    m[at : at + 2] = struct.pack("=H", value)


def read():
    """One request. The pages that changed, and those that were to be written to."""
    global count
    pieces = [(rnd.randrange(64, 190) * 4096 + rnd.randrange(4096), 512 * rnd.choice((1, 2, 9))) for _ in range(2)]
    if abs(pieces[0][0] - pieces[1][0]) < 8192:
        return read()
    m[STATUS] = 0xEE
    struct.pack_into("=IIQ", m, HEAD, 0, 0, rnd.randrange(100))
    chain = [(HEAD, 16, 0)] + [(at, n, 2) for at, n in pieces] + [(STATUS, 1, 2)]
    for at, n in pieces:
        m[at : at + n] = bytes(n)
    at, wrap = count * len(chain) % SIZE, count * len(chain) // SIZE % 2 == 0
    first = at if packed else 0
    for k, (addr, n, flags) in enumerate(chain):
        flags |= k + 1 < len(chain)
        if packed:
            struct.pack_into("=QIH", m, DESC + 16 * (at + k), addr, n, 7)
            if k:
                struct.pack_into("=H", m, DESC + 16 * (at + k) + 14, flags | (0x80 if wrap else 0x8000))
        else:
            struct.pack_into("=QIHH", m, DESC + 16 * k, addr, n, flags, k + 1)
    before = None
    if packed:
        flags = 1 | (0x80 if wrap else 0x8000)
        before = m[:]
        before = before[: DESC + 16 * first + 14] + struct.pack("=H", flags) + before[DESC + 16 * first + 16 :]
        publish(DESC + 16 * first + 14, flags)
    else:
        struct.pack_into("=H", m, AVAIL + 4 + 2 * (count % SIZE), 0)
        before = m[: AVAIL + 2] + struct.pack("=H", count + 1) + m[AVAIL + 4 :]
        publish(AVAIL + 2, count + 1)
    count += 1
    os.eventfd_write(kick, 1)
    if packed:
        done = lambda: bool(m[DESC + 16 * first + 15] & 0x80) == wrap
    else:
        done = lambda: struct.unpack_from("=H", m, USED + 2)[0] == count & 0xFFFF
    while not done():
        time.sleep(0.0005)
    # It answers after it has looked at the ring, and logged what it wrote there last.
    for _ in range(2):
        say(3)
    assert m[STATUS] == 0
    ours = {p for a, n in pieces + [(STATUS, 1)] for p in range(a // 4096, (a + n - 1) // 4096 + 1)}
    return {p for p in range(PAGES) if m[p * 4096 : p * 4096 + 4096] != before[p * 4096 : p * 4096 + 4096]}, ours


say_protocol = struct.pack("=Q", 1 << 1 | 1 << 3)
s.sendmsg([struct.pack("=III", 16, 1, 8) + say_protocol])
features(0)
say(5, struct.pack("=II4Q", 1, 0, 0, PAGES * 4096, USER, 0), [memory])
say(8, struct.pack("=II", 0, SIZE))
say(10, struct.pack("=II", 0, 0x80008000 if packed else 0))
ring(0)
say(12, struct.pack("=Q", 0), [kick])
say(18, struct.pack("=II", 0, 1))
read()
say(6, struct.pack("=QQ", PAGES // 8, LOG_AT), [log], 0)
say(7, b"", [told])
read()
assert not marked()
rings = {DESC // 4096, USED // 4096} if packed else {USED // 4096}
for at in USED, ELSEWHERE:
    features(1)
    ring(1, at)
    for _ in range(20):
        clear()
        changed, ours = read()
        own = rings if packed or at == USED else {at // 4096}
        assert ours <= marked() <= ours | own, (at, sorted(ours), sorted(marked()))
        assert changed - rings <= marked() and own & marked(), (sorted(changed), sorted(marked()))
        assert os.eventfd_read(told)
    ring(0)
    clear()
    changed, ours = read()
    assert ours == marked(), "the ring is not logged without its flag"
    features(0)
    clear()
    read()
    assert not marked()
# A log that is too small, or is cut off, is the front-end's own loss.
features(1)
say(6, struct.pack("=QQ", 1, 0), [log], 0)
clear()
read()
assert not any(os.pread(log, 3 * 4096, 1))
print("ok")
