# SPDX-License-Identifier: GPL-2.0-or-later
"""A device that serves rings by the book, or lies in them:

    vhostctl-ring.py SOCKET HOW [FILE] [FEATURE...]

With FILE it is a disk, without a network device that sends each frame back. FEATUREs are
packed, event_idx, indirect, mergeable and size_max (8 KiB). HOW is fair, or for each kind: ahead (more completions than
requests), keep (memory stays mapped after the end), id (of no chain), middle (of a chain's middle), twice (the same one), silent,
close, calls (again and again, without a completion), chatter (a message that nobody asked
for), shrink (the memory is cut off, if that can be), long (a completion of more bytes than there is room for), early (a completion before
any request). Disk: error (status 1), unsupported (status 2), unwritten (no status),
reverse (the last request is done first, by the book too), clears (the used index, or descriptor, is 0
for a moment before it is written, as by those that write it byte by byte).
Network: short (less than a header), drop, corrupt, again, swap, stranger: every fifth frame;
none and endless (a frame in that many mergeable buffers).
"""
import array
import mmap
import os
import select
import socket
import struct
import sys
import time

how = sys.argv[2]
words = sys.argv[3:]
backing = next((w for w in words if "/" in w), None)
FEATURES = 1 << 32 | 1 << 30 | sum(
    1 << bit for name, bit in 
    (("size_max", 1), ("mergeable", 15), ("indirect", 28), ("event_idx", 29), ("packed", 34)) if name in words)
SIZE_MAX = 8192 if "size_max" in words else 0
if backing:
    disk = open(backing, "r+b", buffering=0)
    sectors = os.path.getsize(backing) // 512
    FEATURES |= 1 << 9 | 1 << 6


kept = []


class Ring:
    """The device's side of one ring; addresses become offsets into the one region."""

    def __init__(self, dev):
        self.dev, self.size, self.call, self.kick = dev, 0, None, None
        self.at = self.used = 0
        self.at_wrap = self.used_wrap = 1
        self.taken = 0

    def get(self, at):
        return self.dev.halves[at // 2]

    def put(self, at, value):
        """In one piece: the other side looks at any time."""
        self.dev.halves[at // 2] = value

    def table(self, at, n):
        """Descriptors as (address, length, write), of a chain that begins at the first."""
        parts, i = [], 0
        while True:
            addr, length, a, b = struct.unpack_from("=QIHH", self.dev.mem, at + 16 * i)
            flags, nxt = (b, i + 1) if self.dev.packed else (a, b)
            parts.append((addr, length, bool(flags & 2)))
            if (self.dev.packed and i + 1 == n) or (not self.dev.packed and not flags & 1):
                return parts
            i = nxt

    def pop(self):
        """(id, entries, parts) of the next chain, or None."""
        return self.pop_packed() if self.dev.packed else self.pop_split()

    def pop_split(self):
        m = self.dev.mem
        if self.get(self.avail + 2) == self.at:
            if self.dev.event_idx:
                self.put(self.device + 4 + 8 * self.size, self.at)
                if self.get(self.avail + 2) != self.at:
                    return self.pop_split()
            return None
        head = self.get(self.avail + 4 + 2 * (self.at % self.size))
        self.at = (self.at + 1) & 0xFFFF
        addr, length, flags, _ = struct.unpack_from("=QIHH", m, self.desc + 16 * head)
        if flags & 4:
            return head, 1, self.table(addr, length // 16)
        parts, i = [], head
        while True:
            addr, length, flags, i = struct.unpack_from("=QIHH", m, self.desc + 16 * i)
            parts.append((addr, length, bool(flags & 2)))
            if not flags & 1:
                return head, 1, parts

    def pop_packed(self):
        parts, n = [], 0
        while True:
            flags = self.get(self.desc + 16 * self.at + 14)
            addr, length, ident = struct.unpack_from("=QIH", self.dev.mem, self.desc + 16 * self.at)
            if (flags >> 7 & 1) != self.at_wrap or (flags >> 15 & 1) == self.at_wrap:
                assert not n
                return None
            parts += self.table(addr, length // 16) if flags & 4 else [(addr, length, bool(flags & 2))]
            n += 1
            self.at += 1
            if self.at == self.size:
                self.at, self.at_wrap = 0, 1 - self.at_wrap
            if not flags & 1:
                return ident, n, parts

    def push(self, ident, entries, length, step=1):
        m = self.dev.mem
        if self.dev.packed:
            flags = 0x8080 if self.used_wrap else 0
            if how == "clears":
                m[self.desc + 16 * self.used : self.desc + 16 * self.used + 16] = bytes(16)
                time.sleep(0.0001)
            struct.pack_into("=IH", m, self.desc + 16 * self.used + 8, length, ident)
            self.put(self.desc + 16 * self.used + 14, flags)
            self.used += entries
            if self.used >= self.size:
                self.used, self.used_wrap = self.used - self.size, 1 - self.used_wrap
        else:
            struct.pack_into("=II", m, self.device + 4 + 8 * (self.used % self.size), ident, length)
            self.used = (self.used + step) & 0xFFFF
            if how == "clears":
                self.put(self.device + 2, 0)
                time.sleep(0.0001)
            self.put(self.device + 2, self.used)
        os.write(self.call, struct.pack("=Q", 1))


class Device:
    def __init__(self, s):
        self.s, self.mem, self.rings, self.packed, self.event_idx = s, None, {}, False, False
        self.frames, self.mergeable = 0, False
        self.held = None

    def message(self):
        head, anc, _, _ = self.s.recvmsg(12, socket.CMSG_SPACE(4), socket.MSG_WAITALL)
        if len(head) < 12:
            return False
        req, flags, size = struct.unpack("=III", head)
        body = self.s.recv(size, socket.MSG_WAITALL) if size else b""
        fds = array.array("i")
        for _, _, d in anc:
            fds.frombytes(d)
        reply = self.answer(req, flags, body, fds)
        for f in fds:
            os.close(f)
        if reply is not None:
            self.s.send(struct.pack("=III", req, 5, len(reply)) + reply)
        return True

    def answer(self, req, flags, body, fds):
        answers = {1: FEATURES, 15: 1 << 0 | 1 << 3 | 1 << 9 | 1 << 15, 17: 1 if backing else 2, 36: 8}
        ring = None
        if req in (8, 9, 10, 11, 12, 13, 18):
            ring = self.rings.setdefault(body[0], Ring(self))
        if req == 2:
            on = struct.unpack("=Q", body)[0]
            self.packed, self.event_idx = bool(on >> 34 & 1), bool(on >> 29 & 1)
            self.mergeable = bool(on >> 15 & 1)
        elif req == 37:
            _, _, length, self.user, _ = struct.unpack("=5Q", body)
            self.mem = mmap.mmap(fds[0], length)
            self.halves = memoryview(self.mem).cast("H")
            if how == "shrink":
                try:
                    os.ftruncate(fds[0], 0)
                except PermissionError:
                    pass
            if how == "keep":
                kept.append(self.mem)
        elif req == 8:
            ring.size = struct.unpack("=II", body)[1]
        elif req == 9:
            _, _, desc, used, avail, _ = struct.unpack("=IIQQQQ", body)
            ring.desc, ring.device, ring.avail = (a - self.user for a in (desc, used, avail))
        elif req == 10:
            assert struct.unpack("=II", body)[1] == (0x80008000 if self.packed else 0)
        elif req == 12:
            ring.kick = os.dup(fds[0])
        elif req == 13:
            ring.call = os.dup(fds[0])
        elif req == 18 and how == "early":
            ring.push(0, 1, 1)
        if req in answers:
            return struct.pack("=Q", answers[req])
        if req == 24:
            n = struct.unpack("=III", body[:12])[1]
            if not backing:
                return b""
            config = struct.pack("=QIIHBBIBBHIH", sectors, SIZE_MAX, 0, 0, 0, 0, 512, 0, 0, 0, 0, 0)
            return body[:12] + config.ljust(60, b"\0")[:n] if n == 60 else b""
        if req == 11:
            return body
        return struct.pack("=Q", 0) if flags & 8 else None

    def read(self, parts):
        return b"".join(self.mem[a : a + n] for a, n, write in parts if not write)

    def write(self, parts, data):
        done = 0
        for a, n, write in parts:
            if write and done < len(data):
                piece = data[done : done + n]
                self.mem[a : a + len(piece)] = piece
                done += len(piece)

    def request(self, chain):
        """One of a disk: does it, returns how many bytes were written."""
        _, _, parts = chain
        out = self.read(parts)
        kind, _, sector = struct.unpack("=IIQ", out[:16])
        assert not SIZE_MAX or all(n <= SIZE_MAX for _, n, _ in parts)
        room = sum(n for _, n, write in parts if write) - 1
        status = {"error": b"\1", "unsupported": b"\2"}.get(how, b"\0")
        data = b""
        if kind == 0:
            data = os.pread(disk.fileno(), room, sector * 512)
        elif kind == 1:
            os.pwrite(disk.fileno(), out[16:], sector * 512)
        self.write(parts, data + (b"" if how == "unwritten" else status))
        return len(data) + 1

    def complete(self, ring, chain, length):
        ident, entries, _ = chain
        ring.taken += 1
        if how == "id":
            ident = 0xFFFF
        elif how == "middle":
            ident += 1
        elif how == "long":
            length = 0xFFFFFFFF
        ring.push(ident, entries, length, 500 if how == "ahead" else 1)
        if how == "twice":
            ring.push(ident, entries, length)
        if how == "ahead" and self.packed:
            for _ in range(ring.size):
                ring.push(ident, 1, length)

    def serve_disk(self, ring):
        chains = iter(ring.pop, None)
        for chain in reversed(list(chains)) if how == "reverse" else chains:
            self.complete(ring, chain, self.request(chain))

    def serve_net(self):
        rx, tx = self.rings[0], self.rings[1]
        while True:
            chain = tx.pop()
            if chain is None:
                return
            frame = bytearray(self.read(chain[2]))
            tx.push(chain[0], chain[1], 0)
            self.frames += 1
            fifth = self.frames % 5 == 0
            if how == "drop" and fifth:
                continue
            if how == "corrupt" and fifth:
                frame[12 + 14 + 30] ^= 4
            if how == "stranger" and fifth:
                frame[12 + 12] = 8
            if how == "swap" and self.frames % 5 == 4:
                self.held = frame
                continue
            self.give(rx, frame)
            if how == "again" and fifth:
                self.give(rx, frame)
            if self.held:
                self.give(rx, self.held)
                self.held = None

    def give(self, rx, frame):
        """Each piece is seen by the other side as soon as it is there."""
        chains, room = [], 0
        while room < len(frame):
            chain = rx.pop()
            if chain is None:
                assert not chains
                return
            chains.append(chain)
            room += sum(n for _, n, write in chain[2] if write)
            assert self.mergeable or room >= len(frame)
        count = {"none": 0, "endless": 0xFFFF}.get(how, len(chains))
        struct.pack_into("=H", frame, 10, count)
        for chain in chains:
            piece = frame[: sum(n for _, n, write in chain[2] if write)]
            frame = frame[len(piece) :]
            self.write(chain[2], piece)
            self.complete(rx, chain, 5 if how == "short" else len(piece))

    def serve(self):
        while True:
            kicks = {r.kick: (i, r) for i, r in self.rings.items() if r.kick is not None and r.call is not None}
            ready, _, _ = select.select([self.s, *kicks], [], [])
            if self.s in ready:
                if not self.message():
                    return
                continue
            for fd in ready:
                os.read(fd, 8)
                if how == "silent":
                    continue
                if how == "calls":  # and no completion
                    while not select.select([self.s], [], [], 0.001)[0]:
                        os.write(kicks[fd][1].call, struct.pack("=Q", 1))
                    continue
                if how == "chatter":
                    self.s.send(struct.pack("=IIIQ", 1, 5, 8, 0))
                    continue
                if how == "close":
                    self.s.shutdown(socket.SHUT_RDWR)
                    return
                if backing:
                    self.serve_disk(kicks[fd][1])
                elif kicks[fd][0] == 1:
                    self.serve_net()


listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen(8)
while True:
    conn, _ = listener.accept()
    dev = Device(conn)
    try:
        dev.serve()
    except OSError:
        pass
    for r in dev.rings.values():
        for fd in (r.kick, r.call):
            if fd is not None:
                os.close(fd)
    conn.close()
