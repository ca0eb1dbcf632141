# SPDX-License-Identifier: GPL-2.0-or-later
"""A driver whose disk is killed: vhostctl-inflight.py SOCKET FILE split|packed KILLS COMMAND...

COMMAND serves FILE at SOCKET, and is killed and started again while 32 writes are in flight, whose memory
(GET_INFLIGHT_FD) the driver keeps, as QEMU does. Each write comes back once, done, and the file has the
last of each sector.
"""
import array
import mmap
import os
import random
import socket
import struct
import subprocess
import sys
import time

path, image, packed, kills, command = sys.argv[1], sys.argv[2], sys.argv[3] == "packed", int(sys.argv[4]), sys.argv[5:]
rnd = random.Random(5)
SIZE, DEPTH = 128, 32
DESC, AVAIL, USED, TABLE, HEAD, STATUS, DATA = 0, 0x2000, 0x3000, 0x4000, 0x8000, 0x9000, 0x10000


def start():
    """The disk, and a connection to it."""
    if os.path.exists(path):
        os.unlink(path)
    disk = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    while True:
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(20)
        try:
            s.connect(path)
            return disk, s
        except OSError:
            time.sleep(0.005)


def say(s, request, body=b"", fds=(), acked=True):
    anc = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
    s.sendmsg([struct.pack("=III", request, 9 if acked else 1, len(body)) + body], anc)
    if acked:
        answer = s.recv(20)
        assert answer[12:] == bytes(8), (request, answer)


class Driver:
    def __init__(self):
        self.fd = os.memfd_create("memory")
        os.truncate(self.fd, 1 << 20)
        self.m = mmap.mmap(self.fd, 1 << 20)
        self.flying, self.last, self.done = {}, {}, 0
        self.at, self.wrap = 0, True  # where the next used one is; of a packed ring the place
        self.next, self.next_wrap = 0, True
        self.kick = self.inflight = None

    def get(self, form, at):
        return struct.unpack_from(form, self.m, at)[0]

    def put(self, form, at, *values):
        """In one step: pack_into would write zeros first."""
        data = struct.pack(form, *values)
        self.m[at : at + len(data)] = data

    def set_up(self, s):
        features = 1 << 32 | 1 << 30 | 1 << 28 | (1 << 34 if packed else 0)
        say(s, 2, struct.pack("=Q", features), acked=False)
        say(s, 16, struct.pack("=Q", 1 << 3 | 1 << 12), acked=False)
        say(s, 5, struct.pack("=II4Q", 1, 0, 0, 1 << 20, 0, 0), [self.fd])
        if self.inflight is None:
            say(s, 31, struct.pack("=QQHHI", 0, 0, 1, SIZE, 0), acked=False)
            self.area, anc, _, _ = s.recvmsg(100, 100)
            self.inflight = struct.unpack("=i", anc[0][2])[0]
            base = 0x80008000 if packed else 0
        elif packed:
            base = (self.at | self.wrap << 15) * 0x10001
        else:
            base = self.get("=H", USED + 2)
        say(s, 32, self.area[12:].ljust(24, b"\0"), [self.inflight])
        say(s, 8, struct.pack("=II", 0, SIZE))
        say(s, 10, struct.pack("=II", 0, base))
        say(s, 9, struct.pack("=II4Q", 0, 0, DESC, USED, AVAIL, 0))
        self.kick = os.eventfd(0, os.EFD_NONBLOCK)
        say(s, 12, struct.pack("=Q", 0), [self.kick])
        say(s, 18, struct.pack("=II", 0, 1))
        os.eventfd_write(self.kick, 1)

    def submit(self, i):
        value = len(self.last) + self.done + len(self.flying) << 8 | i
        self.flying[i] = self.last[i] = value
        self.m[DATA + 512 * i : DATA + 512 * (i + 1)] = struct.pack("=Q", value) * 64
        self.m[STATUS + i] = 0xEE
        self.put("=IIQ", HEAD + 16 * i, 1, 0, i)
        parts = (HEAD + 16 * i, 16, 0), (DATA + 512 * i, 512, 0), (STATUS + i, 1, 2)
        for k, (at, n, flags) in enumerate(parts):
            rest = (0, flags) if packed else (flags | (k < 2), k + 1)
            self.put("=QIHH", TABLE + 64 * i + 16 * k, at, n, *rest)
        if not packed:
            self.put("=QIHH", DESC + 16 * i, TABLE + 64 * i, 48, 4, 0)
            self.put("=H", AVAIL + 4 + 2 * (self.next % SIZE), i)
            self.next = self.next + 1 & 0xFFFF
            self.put("=H", AVAIL + 2, self.next)
            return
        self.put("=QIH", DESC + 16 * self.next, TABLE + 64 * i, 48, i)
        self.put("=H", DESC + 16 * self.next + 14, 4 | (0x80 if self.next_wrap else 0x8000))
        self.next += 1
        if self.next == SIZE:
            self.next, self.next_wrap = 0, not self.next_wrap

    def take(self):
        """The id of the next one that came back, or None."""
        if not packed:
            if self.get("=H", USED + 2) == self.at:
                return None
            i = self.get("=I", USED + 4 + 8 * (self.at % SIZE))
            self.at = self.at + 1 & 0xFFFF
            return i
        flags = self.get("=H", DESC + 16 * self.at + 14)
        if bool(flags & 0x80) != self.wrap or bool(flags & 0x8000) != self.wrap:
            return None
        i = self.get("=H", DESC + 16 * self.at + 12)
        self.at += 1
        if self.at == SIZE:
            self.at, self.wrap = 0, not self.wrap
        return i

    def reap(self):
        while (i := self.take()) is not None:
            assert i in self.flying, ("given back twice, or never sent", i)
            assert self.m[STATUS + i] == 0, ("status", i, self.m[STATUS + i])
            del self.flying[i]
            self.done += 1

    def fill(self):
        for i in range(DEPTH):
            if i not in self.flying:
                self.submit(i)


driver, again = Driver(), 0
for life in range(kills + 1):
    disk, s = start()
    driver.set_up(s)
    end = time.monotonic() + rnd.uniform(0.005, 0.05)
    while time.monotonic() < end or not driver.done:
        driver.fill()
        os.eventfd_write(driver.kick, 1)
        driver.reap()
    if life == kills:
        break
    disk.kill()
    disk.wait()
    driver.reap()
    again += len(driver.flying)
    if rnd.random() < 0.5:
        driver.fill()  # a driver knows nothing of it
end = time.monotonic() + 20
while driver.flying and time.monotonic() < end:
    driver.reap()
    time.sleep(0.001)
assert not driver.flying, ("never given back", driver.flying)
disk.kill()
disk.wait()
with open(image, "rb") as f:
    for i, value in sorted(driver.last.items()):
        assert f.read(512) == struct.pack("=Q", value) * 64, i
print(driver.done, "writes,", again, "in flight when it was killed")
