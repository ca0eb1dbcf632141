# SPDX-License-Identifier: GPL-2.0-or-later
"""A vhost-user back-end for tests, honest or not: vhostctl-peer.py SOCKET KEY=VALUE...

device: features, protocol, queues, slots, status, config (hex), exact (config sizes)
fault:  at=REQUEST (number, 0: none) does=WHAT; see Client.misbehave. cut=N closes after N
        bytes of answers, cut=each after 0, 1, 2... from connection to connection.
out:    a file that gets one line a connection: requests seen, and fds of the client.
"""
import array
import os
import socket
import struct
import sys
import time

opts = dict(a.split("=", 1) for a in sys.argv[2:])
num = lambda k, d=0: int(opts.get(k, str(d)), 0)
CONFIG = bytes.fromhex(opts.get("config", ""))
EXACT = "exact" in opts
AT, DOES = num("at"), opts.get("does", "")


class Gone(Exception):
    pass


class Client:
    def __init__(self, sock, budget):
        self.s, self.left, self.seen = sock, budget, []
        creds = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        self.pid, self.fds = struct.unpack("iII", creds)[0], []

    def exactly(self, n):
        data = b""
        while len(data) < n:
            got = self.s.recv(n - len(data))
            if not got:
                raise Gone
            data += got
        return data

    def put(self, data, fds=()):
        if self.left is not None:
            data, self.left = data[: self.left], self.left - len(data)
        anc = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
        if data:
            self.s.sendmsg([data], anc)
        if self.left is not None and self.left <= 0:
            raise Gone

    def answer(self, req, body, flags=5, size=None, fds=(), slow=False):
        head = struct.pack("=III", req, flags, len(body) if size is None else size)
        if not slow:
            return self.put(head + body, fds)
        for b in head + body:
            self.put(bytes([b]), fds)
            time.sleep(0.0002)

    def misbehave(self, req, body):
        devnull = os.open("/dev/null", os.O_RDONLY)
        what, _, n = DOES.partition(":")
        if what == "close":
            raise Gone
        elif what == "silent":
            pass
        elif what == "late":
            time.sleep(float(n))
            self.answer(req, body)
        elif what == "half":
            self.put((struct.pack("=III", req, 5, len(body)) + body)[: int(n)])
        elif what == "oversize":
            self.answer(req, body, size=0xFFFFFFFF)
        elif what == "toolong":
            self.answer(req, bytes(65537))
        elif what == "endless":
            while True:
                self.put(struct.pack("=III", int(n or req), 5, 65536) + bytes(65536))
        elif what == "garbage":
            while True:
                self.put(b"HTTP/1.1 200 OK\r\n" * 999)
        elif what == "version":
            self.answer(req, body, flags=4 | int(n))
        elif what == "noflag":
            self.answer(req, body, flags=1)
        elif what == "other":
            self.answer(int(n), body)
        elif what == "size":
            self.answer(req, bytes(int(n)))
        elif what == "fds":
            self.answer(req, body, fds=[devnull] * int(n))
        elif what == "slowfds":
            self.answer(req, body, fds=[devnull] * int(n), slow=True)
        os.close(devnull)

    def body_for(self, req, body):
        if req == 24:
            off, n, _ = struct.unpack("=III", body[:12])
            if n > len(CONFIG) or (EXACT and n != len(CONFIG)):
                return b"" if n % 2 else struct.pack("=III", off, 0, 0)
            return body[:12] + CONFIG[:n]
        return struct.pack("=Q", {1: num("features"), 15: num("protocol"), 17: num("queues", 1),
                                  36: num("slots", 8), 40: num("status")}.get(req, 0))

    def serve(self):
        while True:
            req, flags, size = struct.unpack("=III", self.exactly(12))
            body = self.exactly(size)
            self.seen.append(req)
            self.fds.append(len(os.listdir(f"/proc/{self.pid}/fd")))
            if req not in (1, 15, 17, 24, 36, 40) and not flags & 8:
                continue
            body = self.body_for(req, body)
            if req == AT or AT == -1:
                self.misbehave(req, body)
            else:
                self.answer(req, body, slow="slow" in opts)


listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen(8)
turn = 0
while True:
    s, _ = listener.accept()
    cut = opts.get("cut")
    c = Client(s, None if cut is None else turn if cut == "each" else int(cut))
    try:
        if c.left == 0:
            raise Gone
        c.serve()
    except (Gone, OSError):
        pass
    s.close()
    turn += 1
    if "out" in opts:
        with open(opts["out"], "a") as f:
            print(",".join(map(str, c.seen)), max(c.fds, default=0), file=f)
