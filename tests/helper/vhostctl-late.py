#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A back-end that saves its state a moment after it was asked to, on a pipe of its own or
on the one that it was given, and has failed if it is asked how it went before that.

Usage: vhostctl-late.py PATH given|own
"""
import array
import os
import socket
import struct
import sys
import threading
import time

VERSION_1, PROTOCOL, ACK, STATE = 1 << 32, 1 << 30, 1 << 3, 1 << 19


def take(conn, n, fds):
    data = b""
    while len(data) < n:
        part, ancillary, _, _ = conn.recvmsg(n - len(data), 64)
        if not part:
            raise EOFError
        data += part
        for _, _, raw in ancillary:
            fds.frombytes(raw)
    return data


def save(fd, done):
    time.sleep(0.05)
    os.write(fd, b"state")
    done.set()
    os.close(fd)


def answer(request, fds, done):
    """The reply's body and fds; None where only an acknowledgement may be due."""
    if request == 1:
        return struct.pack("=Q", VERSION_1 | PROTOCOL), []
    if request == 15:
        return struct.pack("=Q", ACK | STATE), []
    if request == 43:
        return struct.pack("=Q", not done.is_set()), []
    if request != 42:
        return None, []
    channel, back = fds.pop(), []
    if sys.argv[2] == "own":
        os.close(channel)
        mine, channel = os.pipe()
        back = [mine]
    threading.Thread(target=save, args=(channel, done), daemon=True).start()
    return struct.pack("=Q", 0 if back else 0x100), back


def serve(conn):
    fds, done = array.array("i"), threading.Event()
    while True:
        request, flags, size = struct.unpack("=III", take(conn, 12, fds))
        take(conn, size, fds)
        body, back = answer(request, fds, done)
        if body is None and flags & 8:
            body = bytes(8)
        if body is not None:
            rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", back))]
            conn.sendmsg([struct.pack("=III", request, 5, len(body)) + body], rights if back else [])
        for fd in back:
            os.close(fd)


listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen(16)
while True:
    with listener.accept()[0] as one:
        try:
            serve(one)
        except (EOFError, ConnectionError):
            pass
