# SPDX-License-Identifier: GPL-2.0-or-later
"""Both ends of a traced connection: vhostctl-through.py LISTEN SOCKET CASE

Listens at SOCKET as a back-end, connects to LISTEN as a front-end, sends what CASE says
and checks that it arrives: bytes, how they were cut, and which files the fds are.
"""
import array
import fcntl
import os
import random
import socket
import struct
import sys
import termios
import time

listener = socket.socket(socket.AF_UNIX)
if os.path.exists(sys.argv[2]):
    os.unlink(sys.argv[2])
listener.bind(sys.argv[2])
listener.listen(64)


def connect():
    front = socket.socket(socket.AF_UNIX)
    front.connect(sys.argv[1])
    back, _ = listener.accept()
    front.settimeout(10)
    back.settimeout(10)
    return front, back


def msg(req, body=b"", flags=1):
    return struct.pack("=III", req, flags, len(body)) + body


def put(s, data, fds=()):
    anc = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
    assert s.sendmsg([data], anc) == len(data)


def take(s, n):
    """One recvmsg: bytes, and the inodes of the fds."""
    data, anc, _, _ = s.recvmsg(n, socket.CMSG_SPACE(4 * 253))
    fds = array.array("i")
    for _, _, d in anc:
        fds.frombytes(d)
    inodes = [os.fstat(f).st_ino for f in fds]
    for f in fds:
        os.close(f)
    return data, inodes


def memfds(n):
    fds = [os.memfd_create(f"region{i}") for i in range(n)]
    for i, f in enumerate(fds):
        os.ftruncate(f, 4096 * (i + 1))
    return fds


def inodes(fds):
    return [os.fstat(f).st_ino for f in fds]


def whole_messages():
    """Each message comes in one piece, with its fds on its first byte."""
    front, back = connect()
    fds = memfds(8)
    table = struct.pack("=II", 8, 0) + b"".join(
        struct.pack("=QQQQ", i << 20, 4096 * (i + 1), 0, 0) for i in range(8))
    for data, sent in ((msg(3), []), (msg(5, table), fds), (msg(12, struct.pack("=Q", 1)), fds[:1]),
                       (msg(24, bytes(12 + 256)), []), (msg(99, bytes(65536)), [])):
        put(front, data, sent)
        got, files = take(back, 1 << 20)
        while len(got) < len(data):
            more, extra = take(back, 1 << 20)
            assert not extra
            got += more
        assert got == data, (got, data)
        assert files == inodes(sent), files
        reply = msg(data[0], struct.pack("=Q", 7), 5)
        put(back, reply, sent[:1])
        got, files = take(front, 1 << 20)
        assert got == reply and files == inodes(sent[:1])


def many_at_once():
    """Messages sent together stay whole, their fds on their first bytes."""
    front, back = connect()
    fds = memfds(3)
    for i in range(50):
        put(front, msg(12, struct.pack("=Q", i)), fds[: i % 4])
        put(front, msg(3))
    for i in range(50):
        got, files = take(back, 20)
        assert got == msg(12, struct.pack("=Q", i)) and files == inodes(fds[: i % 4])
        assert take(back, 12) == (msg(3), [])


def pieces():
    """What pauses in the middle goes on at once, byte by byte if need be."""
    front, back = connect()
    fds = memfds(1)
    data = msg(8, struct.pack("=II", 1, 128))
    for i in range(len(data)):
        put(front, data[i : i + 1], fds if i == 15 else [])
        got, files = take(back, 100)
        assert got == data[i : i + 1], (i, got)
        assert files == (inodes(fds) if i == 15 else []), i
    put(back, data[:5])
    assert take(front, 100)[0] == data[:5]


def garbage():
    """Any bytes go through, in both directions, however many."""
    front, back = connect()
    rnd = random.Random(7)
    for a, b in ((front, back), (back, front)):
        sent = b""
        for n in (1, 11, 12, 13, 70000, 200000, 4096, 3, 300000):
            data = rnd.randbytes(n)
            sent += data
            a.setblocking(False)
            got = b""
            while data or len(got) < n:
                if data:
                    try:
                        data = data[a.send(data) :]
                    except BlockingIOError:
                        pass
                try:
                    got += b.recv(1 << 20, socket.MSG_DONTWAIT)
                except BlockingIOError:
                    pass
            assert sent[-n:] == got
        a.setblocking(True)


def closes():
    """An end goes through, also in the middle of a message, and what came before it."""
    for cut in (0, 1, 11, 12, 13, 19, 20):
        front, back = connect()
        front.send(msg(1) + msg(8, bytes(8))[:cut])
        front.close()
        got = b""
        while True:
            more = back.recv(100)
            if not more:
                break
            got += more
        assert got == msg(1) + msg(8, bytes(8))[:cut]
        back.close()
    front, back = connect()
    put(back, msg(1, bytes(8), 5))
    back.close()
    assert take(front, 100)[0] == msg(1, bytes(8), 5) and front.recv(1) == b""
    front, back = connect()
    front.shutdown(socket.SHUT_WR)
    assert back.recv(1) == b""
    put(back, msg(1, bytes(8), 5))
    assert take(front, 100)[0] == msg(1, bytes(8), 5)


def halves():
    """What is no whole message when the other side ends, or everything does."""
    front, back = connect()
    put(back, msg(1, bytes(8), 5)[:15])
    assert take(front, 100)[0] == msg(1, bytes(8), 5)[:15]
    front.close()
    assert back.recv(1) == b""
    front, back = connect()
    put(back, msg(1, bytes(8), 5)[:13])
    assert take(front, 100)[0] == msg(1, bytes(8), 5)[:13]
    put(front, msg(3)[:7])
    assert take(back, 100)[0] == msg(3)[:7]
    os.kill(int(open(os.path.dirname(sys.argv[2]) + "/trace.pid").read()), 15)
    assert back.recv(1) == b""


def channel():
    """The back-end's own channel goes through us, in both directions, with fds."""
    front, back = connect()
    ours, theirs = socket.socketpair()
    ours.settimeout(10)
    put(front, msg(16, struct.pack("=Q", 0x628)))
    put(front, msg(21, b"", 9), [theirs.fileno()])
    theirs.close()
    assert take(back, 20)[0] == msg(16, struct.pack("=Q", 0x628))
    data, anc, _, _ = back.recvmsg(100, socket.CMSG_SPACE(4))
    assert data == msg(21, b"", 9)
    end = socket.socket(fileno=struct.unpack("=i", anc[0][2])[0])
    end.settimeout(10)
    fds = memfds(1)
    put(end, msg(2, b"", 9))
    assert take(ours, 100)[0] == msg(2, b"", 9)
    put(ours, msg(2, struct.pack("=Q", 0), 5))
    assert take(end, 100)[0] == msg(2, struct.pack("=Q", 0), 5)
    data = msg(3, struct.pack("=QQQ", 1, 4096, 0))
    put(end, data, fds)
    assert take(ours, 100) == (data, inodes(fds))
    put(back, msg(21, struct.pack("=Q", 0), 5))
    assert take(front, 100)[0] == msg(21, struct.pack("=Q", 0), 5)
    end.close()
    assert ours.recv(1) == b""


def channel_again():
    """One that a second replaces goes on; each waits, or does not, as the one that was given."""
    front, back = connect()
    ends = []
    for waits in True, False:
        ours, theirs = socket.socketpair()
        ours.settimeout(10)
        theirs.setblocking(waits)
        put(front, msg(21), [theirs.fileno()])
        theirs.close()
        data, anc, _, _ = back.recvmsg(100, socket.CMSG_SPACE(4))
        assert data == msg(21)
        fd = struct.unpack("=i", anc[0][2])[0]
        assert bool(fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_NONBLOCK) != waits
        ends.append((ours, socket.socket(fileno=fd)))
    for n, (ours, end) in enumerate(ends):
        put(end, msg(4, struct.pack("=II", n, 0), 9))
        assert take(ours, 100)[0] == msg(4, struct.pack("=II", n, 0), 9)
        put(ours, msg(4, struct.pack("=Q", 0), 5))
        end.settimeout(10)
        assert take(end, 100)[0] == msg(4, struct.pack("=Q", 0), 5)
        end.close()
        assert ours.recv(1) == b""


def channels_many():
    """Twenty at once, more than a trace keeps: all go on, to the last word after the main one's end."""
    front, back = connect()
    pairs = []
    for n in range(20):
        ours, theirs = socket.socketpair()
        ours.settimeout(10)
        put(front, msg(21), [theirs.fileno()])
        theirs.close()
        data, anc, _, _ = back.recvmsg(100, socket.CMSG_SPACE(4))
        assert data == msg(21)
        end = socket.socket(fileno=struct.unpack("=i", anc[0][2])[0])
        end.settimeout(10)
        pairs.append((ours, end))
        for a, b in pairs:
            put(b, msg(4, struct.pack("=II", n, 0), 9))
            assert take(a, 100)[0] == msg(4, struct.pack("=II", n, 0), 9)
            put(a, msg(4, bytes(8), 5))
            assert take(b, 100)[0] == msg(4, bytes(8), 5)
    for _, end in pairs:
        put(end, msg(2))
    front.close()
    for ours, _ in pairs:
        assert take(ours, 100)[0] == msg(2)


def many_fds():
    """As many fds as the kernel lets through, on one byte after another of a message."""
    front, back = connect()
    fds = memfds(16)
    data = msg(5, bytes(40))
    for at, end, n in ((0, 1, 253), (1, 20, 253), (20, 52, 200)):
        put(front, data[at:end], (fds * 16)[:n])
    files, got = [], b""
    while len(got) < len(data):
        more, extra = take(back, 100)
        got += more
        files += extra
    want = (fds * 16)[:253] * 2 + (fds * 16)[:200]
    assert got == data and files == inodes(want), (len(got), len(files))


def pump(frm, to, data):
    """Sends all of it, and receives it all, whoever has to wait."""
    got, want = b"", len(data)
    while len(got) < want:
        for step in "send", "recv":
            try:
                if step == "recv":
                    got += to.recv(1 << 20, socket.MSG_DONTWAIT)
                elif data:
                    data = data[frm.send(data, socket.MSG_DONTWAIT) :]
            except BlockingIOError:
                pass
    return got


def pipelined():
    """Thousands of requests before the first answer."""
    front, back = connect()
    n = 3000
    answers = b"".join(msg(1, struct.pack("=Q", i), 5) for i in range(n))
    assert pump(front, back, msg(1) * n) == msg(1) * n
    assert pump(back, front, answers) == answers


def channel_late():
    """The fd of the channel is one of ours though it has to wait on its way."""
    front, back = connect()
    data, sent = msg(21, bytes(4000)), 0

    def queued():
        return struct.unpack("=i", fcntl.ioctl(back, termios.FIONREAD, bytes(4)))[0]

    while queued() == sent:  # until the last one finds no room
        ours, theirs = socket.socketpair()
        put(front, data, [theirs.fileno()])
        theirs.close()
        sent += len(data)
        late = time.monotonic() + 1
        while queued() < sent and time.monotonic() < late:
            time.sleep(0.001)
    got = b""
    while len(got) < sent:
        part, anc, _, _ = back.recvmsg(sent - len(got), socket.CMSG_SPACE(4))
        got += part
        end = socket.socket(fileno=struct.unpack("=i", anc[0][2])[0]) if anc else end
    ours.settimeout(10)
    put(end, msg(2))
    assert got == data * (sent // len(data)) and take(ours, 100)[0] == msg(2)


def postcopy():
    """A migration whose memory follows later, with a log."""
    front, back = connect()
    fds = memfds(2)
    table = struct.pack("=II", 2, 0) + struct.pack("=8Q", 0, 4096, 0x7000, 0, 4096, 8192, 0x9000, 0)
    region = bytes(8) + struct.pack("=4Q", 1 << 20, 4096, 0xB000, 0)
    for request, body, sent, answer in (
            (15, b"", [], (struct.pack("=Q", 0x810A), [])), (16, struct.pack("=Q", 0x810A), [], None),
            (6, struct.pack("=QQ", 4096, 0), fds[:1], (b"", [])), (28, b"", [], (b"", fds[:1])), (29, b"", [], None),
            (5, table, fds, (table, [])), (5, bytes(8), [], None), (37, region, fds[:1], (region, [])),
            (37, bytes(8), [], None), (30, b"", [], (bytes(8), []))):
        put(front, msg(request, body), sent)
        assert take(back, 1000) == (msg(request, body), inodes(sent))
        if answer:
            put(back, msg(request, answer[0], 5), answer[1])
            assert take(front, 1000) == (msg(request, answer[0], 5), inodes(answer[1]))


def many_links():
    """Connections don't get in each other's way."""
    links = [connect() for _ in range(40)]
    for i, (front, back) in enumerate(links):
        put(front, msg(i + 100))
    for i, (front, back) in enumerate(links):
        assert take(back, 100)[0] == msg(i + 100)
        put(back, msg(i + 100, bytes(8), 5))
    for i, (front, back) in enumerate(links):
        assert take(front, 100)[0] == msg(i + 100, bytes(8), 5)


def reconnects():
    """A front-end that leaves and comes again at once."""
    for _ in range(100):
        front, back = connect()
        put(front, msg(3))
        front.close()
        assert take(back, 100)[0] == msg(3)


def flood():
    """More than any output keeps: 3000 messages of 4 KiB, and all come through."""
    front, back = connect()
    message = msg(200, bytes(i & 255 for i in range(4096)))
    for n in range(3000):
        put(front, message)
        got = b""
        while len(got) < len(message):
            got += back.recv(len(message) - len(got))
        assert got == message, n


def round_trips():
    """Prints how long a round trip takes, through and without: a benchmark, no check."""
    front, back = connect()
    direct, other = socket.socketpair()
    front.settimeout(None)  # else each call on it is two, and none on the other
    for answering, rest in ((back, (front, direct, other)), (other, (front, back, direct))):
        if not os.fork():
            for r in rest:
                r.close()
            answering.settimeout(None)
            while answering.recv(100):
                answering.send(msg(1, bytes(8), 5))
            os._exit(0)
    back.close()
    other.close()
    for _ in range(3):
        for name, s in (("direct", direct), ("traced", front)):
            start = time.monotonic()
            for _ in range(3000):
                s.send(msg(1))
                s.recv(100)
            print(name, round((time.monotonic() - start) / 3000 * 1e6, 1), "us")


globals()[sys.argv[3]]()
