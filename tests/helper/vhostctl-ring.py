# SPDX-License-Identifier: GPL-2.0-or-later
"""A block device that lies in its ring: vhostctl-ring.py SOCKET HOW

HOW: ahead (more completions than requests), id (of no chain), middle (of a chain's
middle), twice (the same one), error (status 1), unsupported (status 2), silent, close.
"""
import array
import mmap
import os
import socket
import struct
import sys

listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen(8)
how = sys.argv[2]


def serve(s):
    region, ring, kick, call = None, {}, None, None
    answers = {1: 1 << 32 | 1 << 30, 15: 1 << 3 | 1 << 9 | 1 << 15, 17: 1, 36: 8}
    while True:
        head, anc, _, _ = s.recvmsg(12, socket.CMSG_SPACE(4), socket.MSG_WAITALL)
        if len(head) < 12:
            return
        req, flags, size = struct.unpack("=III", head)
        body = s.recv(size, socket.MSG_WAITALL) if size else b""
        fds = array.array("i")
        for _, _, d in anc:
            fds.frombytes(d)
        if req == 37:
            _, gpa, length, user, _ = struct.unpack("=5Q", body)
            region = (user, mmap.mmap(fds[0], length))
        elif req == 8:
            ring["size"] = struct.unpack("=II", body)[1]
        elif req == 9:
            _, _, desc, used, avail, _ = struct.unpack("=IIQQQQ", body)
            ring.update(desc=desc, used=used, avail=avail)
        elif req == 12:
            kick = os.dup(fds[0])
        elif req == 13:
            call = os.dup(fds[0])
        if req in answers:
            reply = struct.pack("=Q", answers[req])
        elif req == 24:
            n = struct.unpack("=III", body[:12])[1]
            reply = body[:12] + (struct.pack("=Q", 2048) + bytes(52))[:n] if n == 60 else b""
        elif req == 11:
            reply = body
        else:
            reply = struct.pack("=Q", 0) if flags & 8 else None
        for f in fds:
            os.close(f)
        if reply is not None:
            s.send(struct.pack("=III", req, 5, len(reply)) + reply)
        if req == 18:
            misbehave(s, region, ring, kick, call)


def misbehave(s, region, ring, kick, call):
    os.set_blocking(kick, True)
    os.read(kick, 8)
    user, m = region
    if how == "silent":
        return
    if how == "close":
        s.shutdown(socket.SHUT_RDWR)
        return
    head = struct.unpack_from("=H", m, ring["avail"] - user + 4)[0]
    status = 1 if how == "error" else 2 if how == "unsupported" else 0
    last = struct.unpack_from("=QIHH", m, ring["desc"] - user + 16 * (head + 2))
    m[last[0]] = status
    ids = {"id": [0xFFFFFFFF], "middle": [head + 1], "twice": [head, head]}.get(how, [head])
    for i, n in enumerate(ids):
        struct.pack_into("=II", m, ring["used"] - user + 4 + 8 * i, n, 1)
    struct.pack_into("=H", m, ring["used"] - user + 2, 500 if how == "ahead" else len(ids))
    os.write(call, struct.pack("=Q", 1))


while True:
    conn, _ = listener.accept()
    try:
        serve(conn)
    except OSError:
        pass
    conn.close()
