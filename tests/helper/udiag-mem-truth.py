# SPDX-License-Identifier: GPL-2.0-or-later
"""udiag-mem-truth.py SEED COMMAND...: makes connected sockets at random, and compares what
the command (udiag-mem --json) says of each with what this program knows of it."""
import json, os, random, socket as S, subprocess, sys

random.seed(int(sys.argv[1]))
TYPES = {S.SOCK_STREAM: "stream", S.SOCK_DGRAM: "dgram", S.SOCK_SEQPACKET: "seqpacket"}
by_proc = "proc" in sys.argv
truth, keep, faults = {}, [], 0


def inode(s):
    return os.fstat(s.fileno()).st_ino


def fill(sender, queue):
    """Sends until it would block, at most some messages; their lengths go to queue."""
    sender.setblocking(False)
    for _ in range(random.choice([0, 0, 1, 2, 8, 30])):
        try:
            queue.append(sender.send(os.urandom(random.choice([1, 10, 500, 3000]))))
        except OSError:
            return


def know(s, kind, peer, queue, shut):
    truth[inode(s)] = {
        "type": TYPES[kind],
        "state": "ESTAB",
        "sndbuf": s.getsockopt(S.SOL_SOCKET, S.SO_SNDBUF),
        "rcvbuf": s.getsockopt(S.SOL_SOCKET, S.SO_RCVBUF),
        "peer_inode": peer,
        "pid": os.getpid(),
        "fd": s.fileno(),
        "uid": os.getuid(),
        "other_owners": 0,
        "shutdown": sorted(shut),
        "unread_bytes": None if by_proc and kind == S.SOCK_DGRAM else sum(queue),
        "queue_depth": len(queue) if kind == S.SOCK_DGRAM and not by_proc else None,
    }
    keep.append(s)


for _ in range(200):
    kind = random.choice(list(TYPES))
    a, b = S.socketpair(S.AF_UNIX, kind)
    queues, shut = ([], []), (set(), set())
    for s in (a, b):
        if random.random() < 0.4:
            s.setsockopt(S.SOL_SOCKET, S.SO_SNDBUF, random.randrange(2500, 100000))
    fill(a, queues[1])
    fill(b, queues[0])
    connected = kind != S.SOCK_DGRAM
    what = random.choice(["nothing", "nothing", "send", "recv", "close"])
    if what == "send":
        a.shutdown(S.SHUT_WR)
        shut[0].add("send")
        shut[1].update(["recv"] if connected else [])
    elif what == "recv" and connected:
        b.shutdown(S.SHUT_RD)
        shut[1].add("recv")
        shut[0].add("send")
    if what == "close":
        b.close()
        know(a, kind, 0, queues[0], ["recv", "send"] if connected else [])
    else:
        know(a, kind, inode(b), queues[0], shut[0])
        know(b, kind, inode(a), queues[1], shut[1])

out = subprocess.run(sys.argv[2:], stdout=subprocess.PIPE, check=False).stdout
rows = {r["inode"]: r for r in map(json.loads, out.splitlines())}


def check(i, what, got, wanted):
    global faults
    if got != wanted:
        print(f"{i}: {what} is {got}, not {wanted}: {truth[i]}")
        faults += 1


for i, known in truth.items():
    r = rows.get(i, {})
    peer = rows.get(known["peer_inode"])
    for key, value in known.items():
        check(i, key, sorted(r[key]) if key == "shutdown" else r.get(key), value)
    full = r["alloc_bytes"] >= r["sndbuf"] or (
        not peer and (r["queue_depth"] or 0) > (r["queue_limit"] or 0))
    check(i, "full", "full" in r["flags"], full)
    check(i, "stalled", "stalled" in r["flags"], 4 * (r["alloc_bytes"] + 1) > r["sndbuf"])
    check(i, "gone", "peer-gone" in r["flags"], known["peer_inode"] == 0)
    check(i, "half", "half-shut" in r["flags"], len(known["shutdown"]) == 1)
    check(i, "longest", r["max_datagram_size"],
          None if known["type"] == "stream" else known["sndbuf"] - 32)
    if peer:
        check(i, "held", r["held_bytes"], peer["alloc_bytes"])
        if r["alloc_bytes"] and peer["unread_bytes"]:
            check(i, "overhead", round(r["overhead"] * peer["unread_bytes"]), r["alloc_bytes"])
check(next(iter(truth)), "number", len(rows), len(truth))
sys.exit(faults > 0)
